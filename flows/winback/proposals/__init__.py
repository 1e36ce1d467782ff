"""Proposals: evaluated, drafted, published and decided."""
