"""Stripe: the only room that calls it and knows its field names."""
