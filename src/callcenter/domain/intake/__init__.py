"""What does a file say? Rows of customers and callbacks, blocklists, and everything that may be wrong with them."""
