"""The bot's adapter of Stripe, on a sandbox's account."""

from datetime import timedelta

from billing.stripe_billing import StripeBilling
from flows.events.router import EVENT_TYPES
from flows.ports import Clock
from sandbox.server import Sandbox


def stripe_billing(sandbox: Sandbox, *, seconds: float = 10, clock: Clock | None = None) -> StripeBilling:
    """Connect to a sandbox's account; each call may take so many seconds."""
    return StripeBilling(
        api_key=sandbox.stripe.access.restricted_key,
        url=sandbox.stripe_api_url,
        configuration=None,
        event_types=EVENT_TYPES,
        timeout=timedelta(seconds=seconds),
        calls_per_second=1000,
        clock=clock or sandbox.clock.now,
    )
