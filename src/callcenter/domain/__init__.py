"""Rules as pure functions over frozen values. Knows nobody: no I/O, no clock, no await, no logging."""
