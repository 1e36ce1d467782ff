"""Stripe changes that offers need: coupons, codes, Checkout, previews, redemption."""
