"""*Open in Stripe* only opens a page, but Slack wants even such a click acknowledged."""

from slack_bolt.async_app import AsyncApp

from bot.slack.acknowledge import acknowledge
from bot.views.cancellations.card import OPEN_IN_STRIPE


def register(app: AsyncApp) -> None:
    """Acknowledge; Slack: "Button element": a button with a `url` sends an interaction too."""
    app.action(OPEN_IN_STRIPE)(acknowledge)
