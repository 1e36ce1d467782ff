"""Buttons and modals of a cancellation's card."""
