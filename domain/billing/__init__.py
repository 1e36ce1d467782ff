"""Subscriptions, prices, periods and the billing portal."""
