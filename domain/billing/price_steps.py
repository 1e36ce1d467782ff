"""What a subscription costs from when on: "€24.50 a month until 9 Oct, then €49 a month"."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from domain.billing.billing_schedule import NEVER, Course, Due
from domain.billing.periods import add_months
from domain.billing.tax import TaxKind, tax_kind
from domain.money import Money

TOLD_MONTHS = 24
"""How far ahead steps are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceStep:
    """What each invoice is from the one at `starts_at` on; `invoices` is how many, None for the last step."""

    starts_at: datetime
    amount: Money
    invoices: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSteps:
    """The steps of what is billed once every `count` × `interval` ("month", …).

    `tax` is how the amounts stand to tax; what comes on top isn't in them. `usage_based`: usage is billed besides, or
    only usage, and then there are no steps.
    """

    count: int
    interval: str
    steps: tuple[PriceStep, ...]
    tax: TaxKind
    usage_based: bool


def price_steps(course: Course, *, at: datetime) -> tuple[PriceSteps, ...] | None:
    """Return the steps of all invoices in the two years after `at`, by interval; None where an amount isn't known.

    `course` is how billing goes on: `Course.resumed`, or with an offer `less(…)`, `at_price(…)`, `begun_at(…)`,
    `paused_until(…)`. On a day on which several intervals are billed, one invoice is the sum of theirs. A step begins
    with its first invoice: €49 monthly, billed on the 9th, half off until 9 October, is €24.50 from 9 July and €49 from
    9 October. Invoices that a pause leaves uncollected are in no step; a pause without an end leaves none. Discounts
    that run for longer than two years are followed to their end, so the last step holds until something changes.
    """
    if not course.is_known():
        return None
    dues = _dues(course, at)
    every = dict.fromkeys(item.price.every for item in course.items)
    return tuple(_steps(course, dues, each) for each in every)


def _dues(course: Course, at: datetime) -> list[Due]:
    """List the invoices to describe: those of two years, and of each item one after all ends of discounts."""
    if not course.items or course.collected_from == NEVER:
        return []
    ends = [discount.ends_at for discount in course.all_discounts if discount.ends_at is not None]
    until = max([add_months(at, TOLD_MONTHS), *ends])
    missing = {item.id for item in course.items}
    found: list[Due] = []
    for due in course.dues():
        if due.at > until and not missing:
            break
        if course.collects(due):
            found.append(due)
            missing -= {item.id for item in due.items if due.at >= until}
    return found


def _steps(course: Course, dues: Iterable[Due], every: tuple[int, str]) -> PriceSteps:
    steps: list[PriceStep] = []
    for due in dues:
        of_interval = [line.amount for line in course.lines(due) if line.item.price.every == every]
        if not of_interval:
            continue
        amount = Money(sum(of_interval), course.currency)
        if steps and steps[-1].amount == amount:
            steps[-1] = replace(steps[-1], invoices=(steps[-1].invoices or 0) + 1)
        else:
            steps.append(PriceStep(starts_at=due.at, amount=amount, invoices=1))
    if steps:
        steps[-1] = replace(steps[-1], invoices=None)
    items = [item for item in course.items if item.price.every == every]
    return PriceSteps(
        count=every[0],
        interval=every[1],
        steps=tuple(steps),
        tax=tax_kind(item.tax for item in items if not item.price.metered),
        usage_based=any(item.price.metered for item in items),
    )
