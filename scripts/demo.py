"""The first run: everything started, one call shown."""

print("Everything is set up.")
