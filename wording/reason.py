"""Why customers leave, in words. Values that Stripe adds later are shown as they are."""

from domain.billing.subscription import Cancellation
from wording.sanitize import one_line

# The eight that Stripe's Subscription knows as a feedback.
_FEEDBACK = {
    "customer_service": "unhappy with customer service",
    "low_quality": "quality too low",
    "missing_features": "features missing",
    "other": "another reason",
    "switched_service": "switched to another service",
    "too_complex": "too complex",
    "too_expensive": "too expensive",
    "unused": "doesn't use it enough",
}

FEEDBACKS = tuple(_FEEDBACK)
"""The reasons that Stripe knows."""

# What Stripe calls the reason, and the domain the kind.
_KIND = {
    "cancellation_requested": "cancellation requested",
    "payment_failed": "payment failed",
    "payment_disputed": "payment disputed",
    "canceled_by_retention_policy": "removed by Stripe's retention policy for test data",
    "trial_ended": "trial ended without a way to pay",
}


def reason(cancellation: Cancellation) -> str | None:
    """Return the reason given: a custom option's own words, else one of Stripe's eight; None where none was given."""
    if cancellation.feedback_option:
        return one_line(cancellation.feedback_option)
    return feedback(cancellation.feedback) if cancellation.feedback else None


def feedback(value: str) -> str:
    """Return one of Stripe's eight feedbacks in words that go on from "reason: "."""
    return _FEEDBACK.get(value, value)


def kind(value: str) -> str:
    """Return how a cancellation came about: asked for, a failed or disputed payment, a trial that ended."""
    return _KIND.get(value, value)


def why(cancellation: Cancellation) -> str | None:
    """Return the reason, and where none was given how it came about, unless it was simply asked for."""
    if said := reason(cancellation):
        return said
    if cancellation.kind is None or cancellation.kind == "cancellation_requested":
        return None
    return kind(cancellation.kind)
