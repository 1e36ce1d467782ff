"""The holdout: a share of people who get no offer, so that offers can be measured against nothing."""

from decimal import Decimal

from domain.winback.offer import CallBack, Offer, Restart


def draw_holdout(digest: bytes, *, share: Decimal) -> bool:
    """Draw a person by a keyed digest of theirs, of eight bytes at least; the same digest draws the same."""
    return int.from_bytes(digest[:8]) < share * 2**64


def is_exempt(offer: Offer, kind: str | None) -> bool:
    """Say whether an offer is made to the holdout too: a talk, and the way back after a failed payment.

    `kind` is the case's, as Stripe names it.
    """
    return isinstance(offer, CallBack) or (isinstance(offer, Restart) and kind == "payment_failed")
