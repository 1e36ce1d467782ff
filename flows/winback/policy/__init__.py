"""The policy in force and what it allows."""
