"""Cancellations: observations and the cases they make."""
