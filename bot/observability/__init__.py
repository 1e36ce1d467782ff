"""Logs and tracebacks that hold no personal data."""
