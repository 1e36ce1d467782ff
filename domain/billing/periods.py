"""Billing periods, counted as Stripe counts them: months keep the anchor's day, or end on their last."""

import calendar
from datetime import datetime, timedelta

from domain.billing.subscription import Price


def add_months(moment: datetime, months: int, *, day: int | None = None) -> datetime:
    """Add calendar months, landing on `day` (the moment's own if None) or on the month's last (Stripe: Billing cycle).

    A month after 31 January is 28 February.
    """
    years, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + years, month + 1
    last = calendar.monthrange(year, month)[1]
    return moment.replace(year=year, month=month, day=min(day or moment.day, last))


def whole_months(since: datetime, until: datetime) -> int:
    """Return how many months have passed, as Stripe counts them: one from 31 January to 28 February.

    Raises:
        ValueError: `until` is before `since`.
    """
    if until < since:
        raise ValueError("the end is before the beginning")
    months = (until.year - since.year) * 12 + until.month - since.month
    return months - (add_months(since, months) > until)


def period_end(start: datetime, price: Price, *, anchor: datetime) -> datetime:
    """Return when the period that begins at `start` ends; `anchor` is the subscription's billing cycle anchor."""
    return add_interval(start, price.interval, price.interval_count, day=anchor.day)


def add_interval(start: datetime, interval: str, count: int, *, day: int | None = None) -> datetime:
    """Add billing intervals (`day`, `week`, `month`, `year`); months land on `day` as in `add_months`."""
    match interval:
        case "day":
            return start + timedelta(days=count)
        case "week":
            return start + timedelta(weeks=count)
        case "month":
            return add_months(start, count, day=day)
        case _:
            return add_months(start, 12 * count, day=day)


def is_one_month(price: Price) -> bool:
    """Return whether a price is due every month."""
    return (price.interval, price.interval_count) == ("month", 1)


def is_within_a_month(price: Price) -> bool:
    """Return whether a price is due every month or more often."""
    longest = {"day": 31, "week": 4, "month": 1}.get(price.interval, 0)
    return price.interval_count <= longest
