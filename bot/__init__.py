"""Slack: all that staff see or press, and the program itself."""
