"""What win-back needs to be set up: without it nothing is proposed, or nothing can be sent."""

from dataclasses import dataclass

from domain.winback.policy import Policy
from domain.winback.terms import RedemptionMethod
from flows.ports.context import FlowSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class NotConfigured:
    """Win-back is off, or cannot send: what is missing (`approvals_channel`, `timezone`, `smtp`, `public_url`)."""

    what: str


def missing(settings: FlowSettings, way: RedemptionMethod, policy: Policy) -> NotConfigured | None:
    """Return the first thing that an offer taken up in this way lacks, or None; a call needs no letter."""
    if settings.approvals is None:
        return NotConfigured(what="approvals_channel")
    if way == "call":
        return None
    if policy.zone is None:
        return NotConfigured(what="timezone")
    if not settings.mail:
        return NotConfigured(what="smtp")
    return None if settings.public_url is not None else NotConfigured(what="public_url")
