"""Limits on how often somebody may send a request; see docs/decisions/0008-rate-limits-in-memory.md."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` at once, and one more each `every`."""

    burst: int
    every: timedelta


class RateLimit:
    """Token buckets by key, in this process's memory: at most `keys` of them, the longest unused are forgotten.

    A forgotten or unknown key starts with a full bucket.
    """

    def __init__(self, rate: Rate, *, keys: int = 10_000) -> None:
        self._rate = rate
        self._keys = keys
        self._full_at: OrderedDict[str, datetime] = OrderedDict()

    def take(self, key: str, *, wall: datetime) -> timedelta | None:
        """Take one; None: there was one. Else how long to wait for the next, and nothing was taken."""
        full_at = max(self._full_at.pop(key, wall), wall)
        wait = full_at - wall - self._rate.every * (self._rate.burst - 1)
        if wait <= timedelta():
            full_at += self._rate.every
        self._full_at[key] = full_at
        if len(self._full_at) > self._keys:
            self._full_at.popitem(last=False)
        return None if wait <= timedelta() else wait


def network_of(address: str) -> str:
    """Return what an address counts as: an IPv4 address itself, of an IPv6 one the /64, which one household has.

    What is no address, as a proxy may pass it on, all counts as one.
    """
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is None:
            return str(ip_network((parsed, 64), strict=False))
        parsed = parsed.ipv4_mapped
    return str(parsed)
