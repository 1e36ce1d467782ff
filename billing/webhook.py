"""Stripe's webhooks: from signed bytes to an event, and from a stored event to what it says."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime

from billing.translate import event
from billing.translate.past_terms import past_terms
from domain.billing.past_terms import PastTerms
from domain.cancellations.observation import Observation
from domain.cancellations.routine import SubscriptionUpdate
from domain.ids import SessionId
from flows.ports import AddressChange, InvalidEvent, StripeEvent

TOLERANCE = 300  # seconds; Stripe: Verify webhook signatures


class StripeWebhooks:
    """`secrets` are endpoint secrets (`whsec_…`), any of which may have signed."""

    def __init__(self, *, secrets: Sequence[str]) -> None:
        self._keys = [secret.encode() for secret in secrets]

    def verify(self, body: bytes, signature: str | None, *, wall: datetime) -> StripeEvent:
        # Not the SDK's `construct_event`, which costs some ninety times as much.
        signed_at, candidates = _parts(signature)
        expected = [hmac.new(key, b"%d." % signed_at + body, hashlib.sha256).hexdigest().encode() for key in self._keys]
        if not any(hmac.compare_digest(ours, theirs) for ours in expected for theirs in candidates):
            raise InvalidEvent("wrong signature")
        if abs(wall.timestamp() - signed_at) > TOLERANCE:
            raise InvalidEvent("signature too old or ahead of time")
        try:
            payload = body.decode()
            read = json.loads(payload)
        except (ValueError, RecursionError):
            raise InvalidEvent("not JSON that can be read") from None
        if not event.is_shallow(read, payload):
            raise InvalidEvent("too deep to be an event of Stripe's")
        try:
            return event.stripe_event(read, payload)
        except event.UNREADABLE:
            raise InvalidEvent("not an event of Stripe's") from None

    def observation(self, stripe_event: StripeEvent) -> Observation | None:
        return event.observation(event.stored(stripe_event))

    def past_terms(self, stripe_event: StripeEvent) -> PastTerms | None:
        return past_terms(event.stored(stripe_event))

    def update(self, stripe_event: StripeEvent) -> SubscriptionUpdate | None:
        return event.update(event.stored(stripe_event))

    def completed_checkout(self, stripe_event: StripeEvent) -> SessionId | None:
        return event.completed_checkout(event.stored(stripe_event))

    def deleted_address(self, stripe_event: StripeEvent) -> str | None:
        return event.deleted_address(event.stored(stripe_event))

    def address_change(self, stripe_event: StripeEvent) -> AddressChange | None:
        return event.address_change(event.stored(stripe_event))


def _parts(signature: str | None) -> tuple[int, list[bytes]]:
    """Take `t=…,v1=…,v1=…` apart: the time in Unix seconds, and every v1 signature."""
    if not signature:
        raise InvalidEvent("no signature")
    fields = [part.strip().partition("=") for part in signature.split(",")]
    times = [value for name, _, value in fields if name == "t"]
    if not times or not (times[-1].isascii() and times[-1].isdigit() and len(times[-1]) <= 12):
        raise InvalidEvent("malformed signature")
    return int(times[-1]), [value.encode() for name, _, value in fields if name == "v1"]
