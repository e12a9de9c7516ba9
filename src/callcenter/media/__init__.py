"""Recording files: fetched, mended, joined, measured, hashed, placed, checked again."""
