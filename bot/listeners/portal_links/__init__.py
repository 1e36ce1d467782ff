"""Buttons and shortcuts of portal links."""
