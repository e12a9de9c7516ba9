"""What comes next? The hours, the number and the caller id of the next dial, and what follows an ended one."""
