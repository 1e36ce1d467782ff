"""A customer and what they pay for, as an agent sees them: full address, never the whole card."""

from datetime import UTC, datetime

from bot.blocks import Block, button, escape, line, run, section
from bot.cards import OPEN_IN_STRIPE, dashboard_url
from domain.card import Facts
from domain.subscription import Customer, Subscription
from wording.cut import cut, one_line
from wording.dates import full_day
from wording.money import monthly
from wording.status import standing

_MOST_NAME = 80
_MOST_ADDRESS = 254  # RFC 5321


def identity(customer: Customer) -> Block:
    """Name a customer with their full address; in rich text nothing of it is markup."""
    name = cut(one_line(customer.name or ""), _MOST_NAME) or "(no name on file)"
    return line(run(name, bold=True), run(f" · {address(customer)}"))


def address(customer: Customer) -> str:
    """Return the address on file, or that there is none."""
    return cut(one_line(customer.email or ""), _MOST_ADDRESS) or "no address on file"


def plan(subscription: Subscription, facts: Facts, *, now: datetime) -> Block:
    """Say plan, price, status and since when."""
    since = full_day(subscription.started_at, zone=UTC)
    stands = standing(subscription, now=now, zone=UTC)
    return section(f"*{escape(facts.plan)}* · {escape(monthly(facts.value))} · {escape(stands)} · since {since}")


def in_stripe(customer: Customer) -> Block:
    """Link to the customer in Stripe's dashboard."""
    url = dashboard_url(f"customers/{customer.id}", livemode=customer.livemode)
    return button("Open in Stripe", action=OPEN_IN_STRIPE, url=url)
