"""Failed payments that are no mishap: the customer ended the payments themselves, or must not be asked for one."""

_OWN_DECISIONS = frozenset(
    {
        "authorization_revoked", "billing_invalid_mandate", "debit_disputed", "debit_not_authorized",
        "india_recurring_payment_mandate_canceled", "invalid_authorization", "invalid_billing_agreement",
        "payment_disputed", "payment_intent_mandate_invalid", "payment_method_customer_decline", "recipient_deceased",
        "revocation_of_all_authorizations", "revocation_of_authorization", "stop_payment_order",
    }
)  # fmt: skip
"""Stripe's codes. A mandate or agreement that is not valid any more counts: in the rule its owner ended it."""


def is_own_decision(code: str | None) -> bool:
    """Return whether a decline code says that somebody decided not to pay, so that nothing went wrong."""
    return code in _OWN_DECISIONS
