"""How long somebody has been a customer, in words."""

from datetime import datetime, tzinfo

from wording.ordinal import count


def tenure(since: datetime, *, now: datetime, zone: tzinfo) -> str:
    """Say how long somebody has been a customer: "customer for 1 year 3 months", "customer since today"."""
    start, end = since.astimezone(zone).date(), now.astimezone(zone).date()
    months = (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)
    if months > 0:
        years, rest = divmod(months, 12)
        parts = [count(years, "year")] * (years > 0) + [count(rest, "month")] * (rest > 0)
        return "customer for " + " ".join(parts)
    days = (end - start).days
    return f"customer for {count(days, 'day')}" if days > 0 else "customer since today"
