"""What happens on the line? One call as a state machine without I/O, and its words."""
