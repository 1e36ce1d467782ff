"""Stripe: the only room that speaks to it, and the only one that knows its words."""
