"""How a line is taxed: what its price includes, what comes on top, and what is left of it without tax."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from domain.money import half_up


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """How a line is taxed, in percent of its net amount: the rates that its price includes, and what comes on top.

    There are neither where nothing is taxed: no rates, an exempt customer, a reverse charge.
    """

    included: tuple[Decimal, ...]
    on_top: Decimal

    def net(self, amount: int) -> int:
        """Take the taxes included off a line's amount in minor units, each rounded to a whole unit."""
        gross = 100 + sum(self.included)
        return amount - sum(half_up(amount * rate / gross) for rate in self.included)


UNTAXED = Tax(included=(), on_top=Decimal(0))

TaxKind = Literal["none", "included", "on_top", "mixed", "unknown"]
"""How an amount stands to tax: there is none, it is in it, it comes on top, both of these, or nobody knows."""


def tax_kind(taxes: Iterable[Tax | None]) -> TaxKind:
    """Return how the sum of lines that are taxed like this stands to tax."""
    kinds: set[TaxKind] = {_kind(tax) for tax in taxes}
    if "unknown" in kinds:
        return "unknown"
    kinds.discard("none")
    return "mixed" if len(kinds) > 1 else next(iter(kinds), "none")


def _kind(tax: Tax | None) -> TaxKind:
    if tax is None:
        return "unknown"
    if tax.included and tax.on_top:
        return "mixed"
    if tax.included:
        return "included"
    return "on_top" if tax.on_top else "none"
