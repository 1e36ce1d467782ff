"""Offers: created, emailed, accepted, undone."""
