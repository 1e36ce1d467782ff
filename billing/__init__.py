"""Stripe: the only room that calls it and knows its field names.

The types of its parameters (`stripe.params`) are imported for the type checker alone: to load them takes 2 MB and 40 ms.
"""
