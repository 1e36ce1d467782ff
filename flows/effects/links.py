"""Effects of a portal link."""

from domain.ids import LinkId
from flows.effects.priority import Priority
from flows.effects.row import EmailEffect, SlackEffect, StripeEffect


class EmailLink(EmailEffect, priority=Priority.WAITED_FOR, prunable=True):
    """Send the email with a portal link to the address on file at Stripe."""

    link_id: LinkId


class EmailCode(EmailEffect, priority=Priority.WAITED_FOR, prunable=True):
    """Send a link's six-digit code to the address on file at Stripe."""

    link_id: LinkId


class ShowLink(SlackEffect, priority=Priority.SOON, post_queue="people"):
    """Post or edit the message that tells an agent what became of a link. One row per link, desired state."""

    link_id: LinkId


class CompareReturn(StripeEffect, priority=Priority.SOON, prunable=True):
    """Read a customer who came back from the portal, and tell the link's agent what they changed."""

    link_id: LinkId


class ExpireLink(StripeEffect, prunable=True):
    """Message a link's agent that it has expired."""

    link_id: LinkId
