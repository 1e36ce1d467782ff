"""Emails to customers, as plain text and HTML."""
