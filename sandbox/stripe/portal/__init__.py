"""Stripe's billing portal: sessions, configurations and pages."""
