"""Which callbacks wait, and which does a hand-out pass over?"""
