"""Slack's date tokens (`<!date^…>`), told in UTC to whoever reads at a given moment."""

import re
from datetime import UTC, datetime, timedelta

from markupsafe import Markup, escape

_FIELD = re.compile(r"\{(\w+)\}")
_NEAR = {timedelta(days=-1): "yesterday", timedelta(0): "today", timedelta(days=1): "tomorrow"}


def render(token: str, *, fallback: str, now: datetime) -> Markup:
    """Render `!date^seconds^format` or `!date^seconds^format^link`; the fallback where it is malformed."""
    _, _, rest = token.partition("^")
    seconds, _, form = rest.partition("^")
    form, _, url = form.partition("^")
    if not seconds.lstrip("-").isdigit() or not form:
        return escape(fallback)
    return moment(int(seconds), form, url=url, fallback=fallback, now=now)


def moment(seconds: int, form: str, *, url: str, fallback: str, now: datetime) -> Markup:
    """Write a moment of the Unix clock in a format of Slack's fields; an unknown field gives the fallback."""
    try:
        at = datetime.fromtimestamp(seconds, tz=UTC)
    except (OverflowError, ValueError, OSError):
        return escape(fallback)
    unknown = [name for name in _FIELD.findall(form) if _field(name, at, now) is None]
    if unknown:
        return escape(fallback)
    words = _FIELD.sub(lambda found: _field(found[1], at, now) or "", form)
    shown = Markup('<time datetime="{}" title="{:%A, %-d %B %Y, %H:%M} UTC">{}</time>').format(
        at.isoformat(), at, words
    )
    if url.startswith(("http://", "https://")):
        return Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>').format(url, shown)
    return shown


def _field(name: str, at: datetime, now: datetime) -> str | None:
    ordinal = f"{at:%B} {at.day}{_suffix(at.day)}, {at.year}"
    near = _NEAR.get(at.date() - now.astimezone(UTC).date())
    written = {
        "date_num": f"{at:%Y-%m-%d}",
        "date": ordinal,
        "date_short": f"{at:%b} {at.day}, {at.year}",
        "date_long": f"{at:%A}, {ordinal}",
        "time": f"{at:%I:%M %p}".lstrip("0"),
        "time_secs": f"{at:%I:%M:%S %p}".lstrip("0"),
        "ago": _ago(now - at),
    }
    if name.endswith("_pretty") and name.removesuffix("_pretty") in ("date", "date_short", "date_long"):
        return near or written[name.removesuffix("_pretty")]
    return written.get(name)


def _suffix(day: int) -> str:
    if 11 <= day <= 13:
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _ago(gone: timedelta) -> str:
    seconds = abs(int(gone.total_seconds()))
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            words = f"{count} {unit}{'' if count == 1 else 's'}"
            return f"{words} ago" if gone > timedelta(0) else f"in {words}"
    return "just now"
