"""An amount of one currency, counted in that currency's minor units as Stripe counts them."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

_SMALLEST = {"isk": 100, "ugx": 100, "bhd": 10, "jod": 10, "kwd": 10, "omr": 10, "tnd": 10}
"""The smallest payment step of a currency in its minor units, where it is not one."""


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """`minor` units (cents, yen, fils) of `currency`, a lower-case ISO 4217 code as Stripe writes it."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency != self.currency.lower():
            raise ValueError("a currency is written in lower case, as Stripe does")

    @classmethod
    def rounded(cls, minor: Decimal, currency: str) -> "Money":
        """Round a computed amount half up to whole minor units."""
        return cls(half_up(minor), currency)

    @property
    def is_chargeable(self) -> bool:
        """Whether a payment can be of this amount (Stripe: Supported currencies, special cases).

        Stripe stores krónur and Ugandan shillings in hundredths that must be whole, and takes the third decimal of a
        dinar only as 0.
        """
        return self.minor % _SMALLEST.get(self.currency, 1) == 0

    def __add__(self, other: "Money") -> "Money":
        """Add an amount of the same currency; another currency raises ValueError."""
        if other.currency != self.currency:
            raise ValueError("amounts of two currencies cannot be added")
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        """Subtract an amount of the same currency; another currency raises ValueError."""
        return self + Money(-other.minor, other.currency)


def half_up(minor: Decimal) -> int:
    """Round to a whole minor unit, halves away from zero."""
    return int(minor.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def sum_by_currency(amounts: Iterable[Money]) -> tuple[Money, ...]:
    """Return the sum per currency, sorted by code."""
    sums: dict[str, Money] = {}
    for amount in amounts:
        sums[amount.currency] = amount + sums.get(amount.currency, Money(0, amount.currency))
    return tuple(sums[currency] for currency in sorted(sums))
