"""Effects of a portal link."""

from dataclasses import dataclass

from domain.ids import LinkId
from flows.effects.priority import Priority
from flows.effects.row import EmailEffect


@dataclass(frozen=True)
class EmailLink(EmailEffect):
    """Send the email with a portal link to the address on file at Stripe."""

    priority = Priority.WAITED_FOR
    prunable = True

    link_id: LinkId


@dataclass(frozen=True)
class EmailCode(EmailEffect):
    """Send a link's six-digit code to the address on file at Stripe."""

    priority = Priority.WAITED_FOR
    prunable = True

    link_id: LinkId
