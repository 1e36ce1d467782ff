"""Offers: made, emailed, accepted, redeemed and undone."""
