"""The lanes of the outbox, one for each outside service: a refused credential pauses its lane only."""

from typing import ClassVar, Literal

Lane = Literal["slack", "stripe", "mail"]


class Effect:
    """One thing to do outside. Its fields are our own ids only."""

    lane: ClassVar[Lane]


class SlackEffect(Effect):
    """An effect that calls Slack."""

    lane = "slack"


class StripeEffect(Effect):
    """An effect that calls Stripe, or our database alone."""

    lane = "stripe"


class EmailEffect(Effect):
    """An effect that sends an email."""

    lane = "mail"
