"""Days and moments in words, in the reader's time zone."""

from datetime import datetime, tzinfo

from babel.dates import format_datetime, format_skeleton

from domain.billing.periods import whole_months
from wording.grammar import count

DAY_FIRST = "en_GB"
"""English with the day before the month: what staff read everywhere, and customers whose country we do not know."""


def day(moment: datetime, *, now: datetime, zone: tzinfo) -> str:
    """Write a day: "3 Dec", and with its year where that is not the present one: "3 Dec 2027"."""
    same_year = moment.astimezone(zone).year == now.astimezone(zone).year
    return format_skeleton("MMMd", moment, tzinfo=zone, locale=DAY_FIRST) if same_year else full_day(moment, zone=zone)


def full_day(moment: datetime, *, zone: tzinfo, locale: str = DAY_FIRST) -> str:
    """Write a day with its year: "3 Dec 2026"."""
    return format_skeleton("yMMMd", moment, tzinfo=zone, locale=locale)


def day_and_time(moment: datetime, *, zone: tzinfo, locale: str = DAY_FIRST) -> str:
    """Write a moment so that nobody can mistake it: "Thu, 3 Dec 2026, 14:05 UTC"."""
    date = format_skeleton("yMMMEd", moment, tzinfo=zone, locale=locale)
    return f"{date}, {format_datetime(moment, 'HH:mm z', tzinfo=zone, locale=locale)}"


def tenure(since: datetime, *, now: datetime, zone: tzinfo) -> str:
    """Return how long somebody has been a customer: "customer for 1 year 3 months", "customer since today"."""
    start, end = (moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0) for moment in (since, now))
    months = whole_months(start, end) if start <= end else 0
    if months > 0:
        years, rest = divmod(months, 12)
        parts = [count(years, "year")] * (years > 0) + [count(rest, "month")] * (rest > 0)
        return "customer for " + " ".join(parts)
    days = (end - start).days
    return f"customer for {count(days, 'day')}" if days > 0 else "customer since today"
