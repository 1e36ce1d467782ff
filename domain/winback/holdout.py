"""The holdout: a share of people who get no offer, so that we can measure what offers achieve."""

from decimal import Decimal

from domain.winback.offer import CallBack, Offer, Restart


def draw_holdout(digest: bytes, *, share: Decimal) -> bool:
    """Return whether a person is in the holdout, by a keyed digest of at least eight bytes: same digest, same draw."""
    return int.from_bytes(digest[:8]) < share * 2**64


def is_exempt(offer: Offer, kind: str | None) -> bool:
    """Return whether the holdout gets this offer too: a call, or a restart after a failed payment.

    `kind` is the kind of cancellation, as Stripe names it.
    """
    return isinstance(offer, CallBack) or (isinstance(offer, Restart) and kind == "payment_failed")
