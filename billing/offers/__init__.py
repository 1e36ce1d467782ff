"""What offers need at Stripe: coupons, codes, Checkout, previews, redemption."""
