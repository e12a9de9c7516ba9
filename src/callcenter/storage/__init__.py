"""Tables and queries, one module an aggregate. A decision and its write are one statement."""
