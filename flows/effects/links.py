"""Effects of a portal link."""

from domain.ids import LinkId
from flows.effects.priority import Priority
from flows.effects.row import EmailEffect


class EmailLink(EmailEffect, priority=Priority.WAITED_FOR, prunable=True):
    """Send the email with a portal link to the address on file at Stripe."""

    link_id: LinkId


class EmailCode(EmailEffect, priority=Priority.WAITED_FOR, prunable=True):
    """Send a link's six-digit code to the address on file at Stripe."""

    link_id: LinkId
