"""What win-back needs to be set up: without it nothing is proposed, or nothing can be sent."""

from dataclasses import dataclass

from domain.ids import ChannelId
from domain.winback.policy import Policy
from domain.winback.terms import RedemptionMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class NotConfigured:
    """Win-back is off, or cannot send: what is missing (`approvals_channel`, `timezone`, `smtp`, `public_url`)."""

    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirements:
    """What the settings give. `approvals` None: win-back is off. `mail`: letters can be sent."""

    approvals: ChannelId | None
    public_url: str | None
    mail: bool

    def missing(self, way: RedemptionMethod, policy: Policy) -> NotConfigured | None:
        """Name the first thing that an offer taken up in this way lacks; a call needs no letter."""
        if self.approvals is None:
            return NotConfigured(what="approvals_channel")
        if way == "call":
            return None
        if policy.zone is None:
            return NotConfigured(what="timezone")
        if not self.mail:
            return NotConfigured(what="smtp")
        return None if self.public_url is not None else NotConfigured(what="public_url")
