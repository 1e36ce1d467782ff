"""Stripe events: received, routed, polled, backfilled."""
