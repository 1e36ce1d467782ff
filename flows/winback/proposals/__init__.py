"""Proposals: evaluated, published, decided."""
