"""The types of the settings' values, as they are written in environment variables."""

import re
from datetime import time, timedelta
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, SecretStr

from domain.cancellations.card_rules import CARD_KINDS
from domain.money import Money
from wording.money import NotAnAmount, typed_money

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_MEMBER = re.compile(r"[UWS][A-Z0-9]{2,}")
_CURRENCY = re.compile(r"[A-Za-z]{3}")
_LENGTH = re.compile(r"(\d+)\s*(ms|s|m|h|d)?")
_TIME_OF_DAY = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days", None: "seconds"}


def on_loopback(url: str) -> bool:
    """Return whether a URL points at this machine."""
    return urlsplit(url).hostname in _LOOPBACK


def _split(value: Any) -> Any:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _member_ids(value: tuple[str, ...]) -> tuple[str, ...]:
    wrong = [name for name in value if not _MEMBER.fullmatch(name)]
    if wrong:
        raise ValueError(f"has values that aren't Slack ids: {', '.join(wrong)}")
    return value


def _active_statuses(value: tuple[str, ...]) -> tuple[str, ...]:
    wrong = set(value) - {"active", "trialing", "past_due", "unpaid", "paused"}
    if wrong:
        raise ValueError(f"has statuses that can't count as active: {', '.join(sorted(wrong))}")
    return value


def _not_everybody(value: tuple[IPv4Network | IPv6Network, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    if any(network.prefixlen == 0 for network in value):
        raise ValueError("has a network of all addresses, so anybody could pretend to be anybody")
    return value


def _card_kinds(value: Any) -> Any:
    kinds = _split(value)
    wrong = sorted(set(kinds) - CARD_KINDS)
    if wrong:
        raise ValueError(f"has kinds that don't exist: {', '.join(wrong)}; there are {', '.join(sorted(CARD_KINDS))}")
    return frozenset(kinds)


def _amounts(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    found = dict[str, Money]()
    for each in _split(value):
        currency, _, amount = each.partition(" ")
        if not _CURRENCY.fullmatch(currency):
            raise ValueError("must be amounts like EUR 20, separated by commas")
        if currency.lower() in found:
            raise ValueError(f"names {currency.upper()} twice")
        try:
            found[currency.lower()] = typed_money(amount, currency.lower())
        except NotAnAmount as fault:
            raise ValueError(str(fault)) from None
    return found


def _length(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    found = _LENGTH.fullmatch(value.strip())
    if found is None:
        raise ValueError("isn't a duration: write a number and ms, s, m, h or d")
    try:
        return timedelta(**{_UNITS[found[2]]: int(found[1])})
    except OverflowError:
        raise ValueError("is too long") from None


def _a_day_or_more(value: timedelta) -> timedelta:
    if value < timedelta(days=1):
        raise ValueError("must be at least 1d")
    return value


def _time_of_day(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    found = _TIME_OF_DAY.fullmatch(value.strip())
    if found is None:
        raise ValueError("isn't a time of day: write it like 09:00")
    return time(int(found[1]), int(found[2]))


def _zone(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("isn't a time zone of the IANA database") from None


KindSet = Annotated[frozenset[str], BeforeValidator(_card_kinds)]
AmountByCurrency = Annotated[dict[str, Money], BeforeValidator(_amounts)]
NameList = Annotated[tuple[str, ...], BeforeValidator(_split)]
MemberList = Annotated[NameList, AfterValidator(_member_ids)]
StatusList = Annotated[NameList, AfterValidator(_active_statuses)]
SecretList = Annotated[tuple[SecretStr, ...], BeforeValidator(_split)]
NetworkList = Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(_split), AfterValidator(_not_everybody)]
ZoneName = Annotated[ZoneInfo, BeforeValidator(_zone)]
TimeOfDay = Annotated[time, BeforeValidator(_time_of_day)]
WaitTime = Annotated[timedelta, BeforeValidator(_length)]
KeepTime = Annotated[timedelta, BeforeValidator(_length), AfterValidator(_a_day_or_more)]
