"""What is kept of a visit? The log, what it lacks, how it is closed, and what is found again."""
