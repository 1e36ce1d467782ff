"""Cancellations: cases tracked, cards published."""
