"""A customer and their subscriptions, for support: the full address, but never the whole card."""

from datetime import UTC, datetime

from bot.views.blocks import Block, button, escape, rich_line, section, text_run
from bot.views.cancellations.card import OPEN_IN_STRIPE, dashboard_url
from domain.billing.monthly_value import monthly_value
from domain.billing.subscription import Customer, Subscription
from wording.dates import full_day
from wording.money import monthly
from wording.plan import plan_name, price_line
from wording.sanitize import cut, one_line
from wording.status import status_line

_MOST_NAME = 80
_MOST_ADDRESS = 254  # RFC 5321


def customer_name_line(customer: Customer) -> Block:
    """Return a customer's name and full address; rich text has no markup."""
    name = cut(one_line(customer.name or ""), _MOST_NAME) or "(no name on file)"
    return rich_line(text_run(name, bold=True), text_run(f" · {email_text(customer)}"))


def email_text(customer: Customer) -> str:
    """Return the address on file, or that none is on file."""
    return cut(one_line(customer.email or ""), _MOST_ADDRESS) or "no address on file"


def subscription_section(subscription: Subscription, *, now: datetime) -> Block:
    """Return plan, list price, monthly value if it differs, status and start date."""
    since = full_day(subscription.started_at, zone=UTC)
    stands = status_line(subscription, now=now, zone=UTC)
    price, worth = price_line(subscription), monthly(monthly_value(subscription, at=now))
    paid = price if price == worth else f"{price} ({worth})"
    return section(f"*{escape(plan_name(subscription))}* · {escape(paid)} · {escape(stands)} · since {since}")


def stripe_button(customer: Customer) -> Block:
    """Return a button to the customer in Stripe's dashboard."""
    url = dashboard_url(f"customers/{customer.id}", livemode=customer.livemode)
    return button("Open in Stripe", action=OPEN_IN_STRIPE, url=url)
