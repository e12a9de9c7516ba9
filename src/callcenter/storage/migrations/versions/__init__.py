"""The versions of the tables. A version that has been released is never changed; a later one follows it."""
