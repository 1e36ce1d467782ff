"""What is paid from when on, and how it stands to tax: "€24.50 a month until 9 Oct, then €49 a month"."""

from collections.abc import Callable
from datetime import datetime

from domain.billing.price_steps import PriceStep, PriceSteps
from domain.billing.tax import TaxKind
from domain.money import Money
from domain.winback.terms import OfferTerms
from wording.offer import every, every_words

_TOLD = 4
"""So many steps are listed; a subscription with more has several discounts that end one after another."""


def regular(terms: OfferTerms, *, amount: Callable[[Money], str], day: Callable[[datetime], str]) -> str:
    """Return what is paid again and again, each step with its day; with a coupon, after its invoices."""
    since = regular_since(terms)
    told = [_of_interval(each, since, amount, day) for each in terms.steps if each.steps]
    return " and ".join(told) or f"{amount(terms.later)} {every(terms)}"


def regular_since(terms: OfferTerms) -> datetime:
    """Return the date of the first invoice that no coupon of the offer reduces."""
    if terms.coupon is None or terms.later_at is None:
        return terms.invoices[0].at
    return terms.later_at


def steps_from(steps: tuple[PriceStep, ...], since: datetime) -> tuple[PriceStep, ...]:
    """Return the first steps that hold at a moment or later."""
    begun = sum(step.starts_at <= since for step in steps)
    return steps[max(0, begun - 1) :][:_TOLD]


def _of_interval(
    each: PriceSteps, since: datetime, amount: Callable[[Money], str], day: Callable[[datetime], str]
) -> str:
    often = every_words(each.count, each.interval)
    steps = steps_from(each.steps, since)
    said = [f"{amount(step.amount)} {often}" for step in steps]
    until = [f" until {day(following.starts_at)}" for following in steps[1:]]
    return ", then ".join(words + end for words, end in zip(said, [*until, ""], strict=True))


def plus_tax(said: str, tax: TaxKind) -> str:
    """Add to an amount that tax comes on top, if it does: "€39.20 + tax"."""
    return f"{said} + tax" if tax in {"on_top", "mixed"} else said


def tax_sentence(tax: TaxKind) -> str:
    """Return how the amounts stand to tax."""
    match tax:
        case "included":
            return "Tax included."
        case "on_top" | "mixed":
            return "Tax is added to these amounts as it then applies."
        case "none":
            return "No tax is due on these amounts now; any that applies later is added."
        case "unknown":
            return "We can't say yet whether tax is added to these amounts."
