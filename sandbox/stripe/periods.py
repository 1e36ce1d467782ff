"""Billing periods: an interval added to a moment the way Stripe counts months."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, timedelta

from sandbox.stripe.ledger import Json


def period_end(start: int, recurring: Json, *, anchor: int) -> int:
    """Return when the period that begins at `start` ends, in Unix seconds.

    Months keep the anchor's day where they have it, else their last day (Stripe: Set the billing cycle date).
    """
    count, interval = recurring["interval_count"], recurring["interval"]
    if interval in {"day", "week"}:
        return start + int(timedelta(days=count * (7 if interval == "week" else 1)).total_seconds())
    return add_months(start, count * (12 if interval == "year" else 1), day=datetime.fromtimestamp(anchor, UTC).day)


def add_months(start: int, months: int, *, day: int | None = None) -> int:
    """Add calendar months to a moment, landing on `day` (or the moment's own) or the month's last."""
    moment = datetime.fromtimestamp(start, UTC)
    years, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + years, month + 1
    last = calendar.monthrange(year, month)[1]
    return int(moment.replace(year=year, month=month, day=min(day or moment.day, last)).timestamp())
