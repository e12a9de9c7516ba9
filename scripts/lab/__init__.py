"""Two Asterisks on one machine: the service's own switch, and a telephone network with phones and customers."""
