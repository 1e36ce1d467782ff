"""Stripe: the only room that calls it and knows its field names.

The types of its parameters (`stripe.params`) are imported for the type checker alone: they take 2 MB and 40 ms.
"""
