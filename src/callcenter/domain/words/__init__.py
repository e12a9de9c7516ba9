"""What is said to a person? Refusals, policies and plans in English and Chinese."""
