"""The digest of cancellations: which period is due, and what it says of it and of the period before."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Literal

from domain.money import Money
from domain.results.funnel import Funnel
from domain.results.themes import Theme
from domain.winback.case_card import CaseCard

DigestRhythm = Literal["weekly", "daily", "off"]

_MONDAY, _SATURDAY = 0, 5
_DAYS_OF_A_WEEK, _DAYS_OF_A_WEEKEND = 7, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestPeriod:
    """A period, from `since` until just before `until`, and when the one before begins, which is as many days long."""

    since: datetime
    until: datetime
    before_since: datetime
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonCount:
    """How many cancelled for a reason, or in a way that nobody is asked about, in the period and in the one before."""

    name: str | None
    cases: int
    before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestFigures:
    """What happened in one period.

    `left` leaves out those who switched to another subscription. `back` counts who came back in the period, whenever
    they had left. `lost` is what those who left brought a month, without those who are back, by currency, sorted by
    code; `unknown` counts those whose value isn't known. `kept` is what those who came back had brought a month.
    """

    cases: int
    left: int
    back: int
    lost: tuple[Money, ...]
    kept: tuple[Money, ...]
    unknown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WithoutCard:
    """The cases of a period that got no card of their own: how many, what they lost, and the first few of them."""

    cases: int = 0
    lost: tuple[Money, ...] = ()
    first: tuple[CaseCard, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What the digest says. `uncounted` is of how many people something newer isn't counted yet.

    `holdout` is the share of people that would tell within a year what offers are worth, and in how many months; None:
    no share would, or one is held out already. `themes` are of the newest comments alone if `more_comments`.
    `began_at` is the first start if it lies in either period: nothing is known of the time before.
    """

    period: DigestPeriod
    now: DigestFigures
    before: DigestFigures
    reasons: tuple[ReasonCount, ...]
    decline_codes: tuple[tuple[str, int], ...]
    funnel: Funnel
    without_card: WithoutCard = WithoutCard()
    uncounted: int = 0
    holdout: tuple[Decimal, int] | None = None
    themes: tuple[Theme, ...] = ()
    more_comments: bool = False
    began_at: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing happened in the period."""
        return not self.now.cases and not self.now.back


def due_period(rhythm: DigestRhythm, *, at: time, zone: tzinfo, now: datetime) -> DigestPeriod | None:
    """Return the newest period that has ended; None: there is no digest.

    A week ends on Monday at a time of day. Days end on weekdays; Monday's has the weekend, too.
    """
    if rhythm == "off":
        return None
    day = now.astimezone(zone).date()
    if datetime.combine(day, at, zone) > now:
        day -= timedelta(days=1)
    while day.weekday() != _MONDAY if rhythm == "weekly" else day.weekday() >= _SATURDAY:
        day -= timedelta(days=1)
    days = _DAYS_OF_A_WEEK if rhythm == "weekly" else _DAYS_OF_A_WEEKEND if day.weekday() == _MONDAY else 1
    return period_until(datetime.combine(day, at, zone), days=days, zone=zone)


def period_until(until: datetime, *, days: int, zone: tzinfo) -> DigestPeriod:
    """Return the period of so many days until a moment; each begins at the same time of day."""

    def earlier(number: int) -> datetime:
        local = until.astimezone(zone)
        return datetime.combine(local.date() - timedelta(days=number), local.time(), zone).astimezone(UTC)

    return DigestPeriod(since=earlier(days), until=until.astimezone(UTC), before_since=earlier(2 * days), days=days)
