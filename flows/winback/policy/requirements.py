"""What must be configured before win-back can propose and send."""

from dataclasses import dataclass

from domain.winback.policy import Policy
from domain.winback.terms import RedemptionMethod
from flows.ports.context import FlowSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class NotConfigured:
    """Win-back is off or can't send: `what` is missing (`approvals_channel`, `timezone`, `smtp`, `public_url`)."""

    what: str


def missing(settings: FlowSettings, way: RedemptionMethod, policy: Policy) -> NotConfigured | None:
    """Return the first missing setting for offers redeemed this way, or None; a call needs no email."""
    if settings.approvals is None:
        return NotConfigured(what="approvals_channel")
    if way == "call":
        return None
    if policy.zone is None:
        return NotConfigured(what="timezone")
    if not settings.mail:
        return NotConfigured(what="smtp")
    return None if settings.public_url is not None else NotConfigured(what="public_url")
