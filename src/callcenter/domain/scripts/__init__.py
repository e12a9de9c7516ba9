"""What is said in a talk, and what is asked: scripts as data, their branching, and what the answers cause."""
