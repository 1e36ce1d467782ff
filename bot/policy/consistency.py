"""Conflicts between the parts of a policy: an offer above a limit, for nobody, or with a faulty template."""

from collections.abc import Iterable, Iterator

from domain.winback.offer import DiscountOffer, FreeMonths, ManagerLimits, Offer, kind_of
from domain.winback.policy import Limits, Rule, Step
from domain.winback.price_offer import POSSIBLE_PHASES
from wording.emails.custom_template import check_override
from wording.offer import percent


def conflicts(rules: Iterable[Rule], limits: Limits) -> Iterator[str]:
    """Yield a sentence for each step that can never happen as written, with its rule and key."""
    for rule in rules:
        for number, step in enumerate(rule.steps, start=1):
            for key, fault in _step_conflicts(step, rule, limits):
                yield f'rule "{rule.name}", steps[{number}]{key}: {fault}.'


def _step_conflicts(step: Step, rule: Rule, limits: Limits) -> Iterator[tuple[str, str]]:
    yield from _above_limits(step.offer, step.up_to, limits)
    for fault in check_override(step.subject, step.text):
        key, _, sentence = fault.partition(": ")
        yield f".{key}", sentence
    possible = POSSIBLE_PHASES[kind_of(step.offer)]
    if not possible:
        return
    if step.when.anchor == "after_end" and "ended" not in possible:
        yield ".after_end", f"{kind_of(step.offer)} isn't possible after the subscription has ended"
    elif rule.match.phases and not rule.match.phases & possible:
        yield (
            ".offer",
            f"{kind_of(step.offer)} isn't possible in a rule for these phases: {', '.join(sorted(rule.match.phases))}",
        )


def _above_limits(offer: Offer, up_to: ManagerLimits, limits: Limits) -> Iterator[tuple[str, str]]:
    over_percent = f"is above limits.percent, which is {percent(limits.percent)}"
    over_invoices = f"is above limits.invoices, which is {limits.invoices}"
    if isinstance(offer, DiscountOffer):
        for key, share in ((".percent", offer.percent), (".up_to.percent", up_to.percent)):
            if share is not None and share > limits.percent:
                yield key, over_percent
        for key, number in ((".invoices", offer.invoices), (".up_to.invoices", up_to.invoices)):
            if number is not None and number > limits.invoices:
                yield key, over_invoices
    if isinstance(offer, FreeMonths):
        for key, number in ((".months", offer.months), (".up_to.months", up_to.months)):
            if number is not None and number > limits.invoices:
                yield key, over_invoices
