"""The policy in use, and what it allows for a case."""
