"""The phone in the agent's browser, as far as the service carries it."""
