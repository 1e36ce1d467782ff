"""Slack: everything staff see or press, and the program itself."""
