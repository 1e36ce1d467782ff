"""The reasons among which a customer may choose after *No, thanks*: Stripe's own, in the customer's words."""

REASONS = {
    "too_expensive": "It's too expensive",
    "missing_features": "I need features that are missing",
    "switched_service": "I've found something else",
    "unused": "I don't use it enough",
    "customer_service": "Customer service was less than I expected",
    "too_complex": "It's hard to use",
    "low_quality": "The quality was less than I expected",
    "other": "Another reason",
}
"""Each of Stripe's feedbacks, as its portal asks for them in our own words."""
