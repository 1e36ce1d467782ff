"""Buttons and modals of win-back."""
