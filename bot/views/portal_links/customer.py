"""A customer and their subscriptions, for support: the full address, but never the whole card."""

from datetime import UTC, datetime

from bot.views.blocks import Block, button, context, escape, mrkdwn, rich_line, section, text_run
from bot.views.cancellations.card import OPEN_IN_STRIPE, dashboard_url
from bot.views.texts import time_text
from domain.billing.monthly_value import monthly_charge
from domain.billing.subscription import Customer, Subscription
from wording.dates import full_day
from wording.money import monthly
from wording.plan import plan_name, price_line, tax_note
from wording.sanitize import cut, one_line
from wording.status import status_line

_MOST_NAME = 80
_MOST_ADDRESS = 254  # RFC 5321
_MOST_MARK = 60
_MOST_NOTES = 2
"""How many of the company's notes (metadata) on a subscription are shown."""


def customer_name_line(customer: Customer) -> Block:
    """Return a customer's name and full address; rich text has no markup."""
    name = cut(one_line(customer.name or ""), _MOST_NAME) or "(no name on file)"
    return rich_line(text_run(name, bold=True), text_run(f" · {email_text(customer)}"))


def email_text(customer: Customer) -> str:
    """Return the address on file, or that none is on file."""
    return cut(one_line(customer.email or ""), _MOST_ADDRESS) or "no address on file"


def subscription_section(subscription: Subscription, *, now: datetime) -> Block:
    """Return plan, list price with tax noted, what is paid a month if it differs, status and start date."""
    return section(_about(subscription, now=now, since=full_day(subscription.started_at, zone=UTC)))


def subscription_row(subscription: Subscription, *, now: datetime) -> Block:
    """Return the same of one of several, with what tells it apart: start time, description or notes, end of the id."""
    notes = [f"{key}: {value}" for key, value in list(subscription.metadata.items())[:_MOST_NOTES]]
    marks = [escape(cut(one_line(each), _MOST_MARK)) for each in filter(None, (subscription.description, *notes))]
    about = _about(subscription, now=now, since=time_text(subscription.started_at))
    return section(" · ".join([about, *marks, f"`…{escape(subscription.id[-6:])}`"]))


def left_out_line(listed: int, total: int, *, prefix: str) -> Block:
    """Return that not all of a list fits, and what to ask by instead: an id that begins with `prefix`."""
    return context(mrkdwn(f"{listed} of {total} are listed. Use the `{prefix}…` id instead."))


def _about(subscription: Subscription, *, now: datetime, since: str) -> str:
    stands = status_line(subscription, now=now, zone=UTC)
    price, paid = price_line(subscription), monthly(monthly_charge(subscription, at=now))
    shown = (price if price == paid else f"{price} ({paid})") + tax_note(subscription)
    return f"*{escape(plan_name(subscription))}* · {escape(shown)} · {escape(stands)} · since {since}"


def stripe_button(customer: Customer) -> Block:
    """Return a button to the customer in Stripe's dashboard."""
    url = dashboard_url(f"customers/{customer.id}", livemode=customer.livemode)
    return button("Open in Stripe", action=OPEN_IN_STRIPE, url=url)
