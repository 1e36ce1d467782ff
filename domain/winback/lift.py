"""Lift: how many more people come back because of offers, with a 95% confidence interval."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from math import sqrt

from domain.winback.offer import CallBack, Offer, Restart


def draw_holdout(digest: bytes, *, share: Decimal) -> bool:
    """Return whether a person is in the holdout, by a keyed digest of at least eight bytes: same digest, same draw."""
    return int.from_bytes(digest[:8]) < share * 2**64


def is_exempt(offer: Offer, kind: str | None) -> bool:
    """Return whether the holdout gets this offer too: a call, or a restart after a failed payment.

    `kind` is the kind of cancellation, as Stripe names it.
    """
    return isinstance(offer, CallBack) or (isinstance(offer, Restart) and kind == "payment_failed")


MIN_PEOPLE = 30
"""Below this many people in either arm there is no figure: the interval would be as wide as the scale."""

_Z = 1.959963984540054
"""The 97.5% point of the normal distribution, for 95% intervals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """A group of people who were treated alike, and how many of them were won back."""

    people: int
    won: int

    def __post_init__(self) -> None:
        if not 0 <= self.won <= self.people:
            raise ValueError("more people were won than there are")

    @property
    def share(self) -> float:
        """The share that was won back, 0 to 1; 0 for an empty group."""
        return self.won / self.people if self.people else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift:
    """The difference between the two shares (0.05: five points), and its 95% interval."""

    offered: Arm
    held_out: Arm
    difference: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TooFew:
    """Not enough data yet: each arm needs `needed` people."""

    offered: Arm
    held_out: Arm
    needed: int = MIN_PEOPLE


def lift(offered: Arm, held_out: Arm) -> Lift | TooFew:
    """Compare people who were offered something with people in the holdout."""
    if min(offered.people, held_out.people) < MIN_PEOPLE:
        return TooFew(offered=offered, held_out=held_out)
    difference, low, high = difference_of(offered, held_out)
    return Lift(offered=offered, held_out=held_out, difference=difference, low=low, high=high)


def difference_of(first: Arm, second: Arm) -> tuple[float, float, float]:
    """Return the first share minus the second, and the low and high end of the 95% interval.

    Newcombe's hybrid score interval, without continuity correction: method 10 in R. G. Newcombe, "Interval estimation
    for the difference between independent proportions", Statistics in Medicine 17 (1998), 873-890.
    """
    (low_1, high_1), (low_2, high_2) = wilson(first), wilson(second)
    difference = first.share - second.share
    return (
        difference,
        difference - sqrt((first.share - low_1) ** 2 + (high_2 - second.share) ** 2),
        difference + sqrt((high_1 - first.share) ** 2 + (second.share - low_2) ** 2),
    )


def wilson(arm: Arm) -> tuple[float, float]:
    """Return the 95% score interval of one share (Wilson 1927); of an empty group, 0 to 1."""
    if not arm.people:
        return 0.0, 1.0
    n, share = arm.people, arm.share
    centre = share + _Z**2 / (2 * n)
    reach = _Z * sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
    scale = 1 + _Z**2 / n
    return max(0.0, (centre - reach) / scale), min(1.0, (centre + reach) / scale)


_LEAST_BACK = Decimal("0.05")
_MONTHS_TO_SETTLE = 5
_MONTHS_A_YEAR = Decimal(365) / 30


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverKnown:
    """The lift is never known well enough at this volume: it is taken of one year, which brings too few people."""

    needed: int
    people_a_year: int


def months_until_known(
    *, people_a_month: Decimal, holdout: Decimal, back: Decimal, within: Decimal = Decimal("0.05")
) -> int | NeverKnown | None:
    """Return in about how many months the lift is known to plus or minus `within`; None if one arm stays empty.

    An offer is decided for `people_a_month`. `holdout` is the share of them who get nothing, `back` the share who come
    back anyway (at least 5% is assumed). This includes the months in which the last of them may come back and stay.
    The lift is that of one year: if a year brings too few people, it is `NeverKnown`.
    """
    if people_a_month <= 0 or not 0 < holdout < 1:
        return None
    share = min(max(back, _LEAST_BACK), Decimal("0.5"))
    spread = share * (1 - share) * (1 / holdout + 1 / (1 - holdout))
    people = max(spread * (Decimal(_Z) / within) ** 2, MIN_PEOPLE / min(holdout, 1 - holdout))
    a_year = people_a_month * _MONTHS_A_YEAR
    if people > a_year:
        return NeverKnown(needed=int(people.to_integral_value(ROUND_CEILING)), people_a_year=int(a_year))
    return int((people / people_a_month).to_integral_value(ROUND_CEILING)) + _MONTHS_TO_SETTLE
