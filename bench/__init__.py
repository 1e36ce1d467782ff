"""Figures to print, not to test: `make bench`."""
