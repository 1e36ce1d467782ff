"""Conflicts between the parts of a policy: what can never happen as written, and what has no effect."""

from collections.abc import Iterable, Iterator
from dataclasses import fields

from bot.policy.reachable import audience_conflicts, hidden_behind, possible_phases
from bot.policy.rule_texts import duration_text
from domain.winback.offer import DiscountOffer, FreeMonths, ManagerLimits, Offer, kind_of
from domain.winback.offer_lifetime import REMINDER_DISTANCE
from domain.winback.policy import Limits, Match, Rule, Step
from domain.winback.price_offer import POSSIBLE_PHASES
from wording.emails.custom_template import check_override
from wording.grammar import listed
from wording.money import money
from wording.offer import percent

Conflict = tuple[str, str]
"""A key and what is wrong with it."""


def conflicts(rules: Iterable[Rule], limits: Limits) -> Iterator[str]:
    """Yield a sentence for everything that can never happen as written, with its rule and key."""
    for key, fault in _limit_conflicts(limits):
        yield f"limits.{key}: {fault}."
    earlier: list[Rule] = []
    for rule in rules:
        behind = hidden_behind(rule, earlier)
        if behind is not None:
            yield (
                f'rule "{rule.name}": never gets a case, because every case for it goes to the rule "{behind.name}" '
                f'above it; move it above "{behind.name}", or remove it.'
            )
        for key, fault in audience_conflicts(rule):
            yield f'rule "{rule.name}", {key}: {fault}.'
        for number, step in enumerate(rule.steps, start=1):
            same = next((at for at, other in enumerate(rule.steps[: number - 1], 1) if other == step), None)
            if same is not None:
                yield f'rule "{rule.name}", steps[{number}]: is the same as steps[{same}]; change it, or remove it.'
            for key, fault in _step_conflicts(step, rule, limits):
                yield f'rule "{rule.name}", steps[{number}]{key}: {fault}.'
        earlier.append(rule)


def _limit_conflicts(limits: Limits) -> Iterator[Conflict]:
    if limits.holdout == 1:
        yield "holdout", "holds everybody out, so nobody ever gets an offer; write a share of people, like 10"
    before = limits.remind_before_end
    if before and before + REMINDER_DISTANCE > limits.offer_lifetime:
        why = (
            f"limits.offer_lifetime is {duration_text(limits.offer_lifetime)} and a reminder keeps a day from the email"
        )
        yield "remind_before_end", f'never comes, because {why}; write fewer days, or "0 days" for none'
    for currency, daily in limits.budget_per_approver_a_day.items():
        monthly = limits.budget_a_month.get(currency)
        if monthly is not None and daily.minor > monthly.minor:
            yield (
                "budget_per_approver_a_day",
                f"{money(daily)} is more than a whole month's budget of {money(monthly)}, so it never limits anything",
            )


def _step_conflicts(step: Step, rule: Rule, limits: Limits) -> Iterator[Conflict]:
    yield from _above_limits(step.offer, step.up_to, limits)
    yield from _over_budget(step.offer, limits)
    yield from manager_limit_conflicts(step)
    yield from _times(step, rule.match, limits)
    yield from _currencies(step.offer, rule.match, limits)
    for fault in check_override(step.subject, step.text):
        key, _, sentence = fault.partition(": ")
        yield f".{key}", sentence.rstrip(".")
    possible = POSSIBLE_PHASES[kind_of(step.offer)]
    if not possible:
        return
    phases = possible_phases(rule.match)
    if step.when.anchor == "after_end" and "ended" not in possible:
        yield ".after_end", f"{kind_of(step.offer)} isn't possible after the subscription has ended"
    elif not phases & possible:
        yield (
            ".offer",
            f"{kind_of(step.offer)} isn't possible in a rule for these phases: {', '.join(sorted(phases))}",
        )


def _times(step: Step, match: Match, limits: Limits) -> Iterator[Conflict]:
    """Yield a step's time that never comes."""
    when, over = step.when, possible_phases(match) == {"ended"}
    if over and when.anchor == "before_end":
        yield ".before_end", 'never comes, because the rule is for ended ones only; write after_end = "14 days" instead'
    counts_from_end = when.anchor == "after_end" or (over and when.anchor == "after")
    if counts_from_end and when.span >= limits.oldest_case:
        oldest = duration_text(limits.oldest_case)
        yield (
            f".{when.anchor}",
            f"never comes, because limits.oldest_case ends all offers after {oldest}; write fewer days, or raise that",
        )
    if "ended" not in possible_phases(match) and when.anchor == "after_end":
        yield ".after_end", 'never comes, because the rule isn\'t for ended ones; write before_end = "7 days" instead'
    if match.kinds == {"payment_disputed"} and kind_of(step.offer) != "no_offer":
        yield ".offer", "never happens: nobody who disputes a payment gets an offer; remove the step"


def _currencies(offer: Offer, match: Match, limits: Limits) -> Iterator[Conflict]:
    """Yield each amount that none of the rule's customers can get."""
    if not isinstance(offer, DiscountOffer) or offer.amount is None:
        return
    currency = offer.amount.currency
    for key, bounds in (("monthly_min", match.monthly_min), ("monthly_max", match.monthly_max)):
        if bounds and currency not in {bound.currency for bound in bounds}:
            paid = ", ".join(bound.currency.upper() for bound in bounds)
            yield ".amount", f"is in {currency.upper()}, but {key} lets in only customers who pay in {paid}"


def _over_budget(offer: Offer, limits: Limits) -> Iterator[Conflict]:
    """Yield an amount that no budget ever holds."""
    if not isinstance(offer, DiscountOffer) or offer.amount is None:
        return
    for key in ("budget_a_month", "budget_per_approver_a_day"):
        budget = getattr(limits, key).get(offer.amount.currency)
        if budget is not None and offer.amount.minor > budget.minor:
            yield ".amount", f"is never possible, because limits.{key} is {money(budget)}; offer less, or raise that"


def _above_limits(offer: Offer, up_to: ManagerLimits, limits: Limits) -> Iterator[Conflict]:
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


def manager_limit_conflicts(step: Step) -> Iterator[tuple[str, str]]:
    """Yield each key of `up_to` that is below the step's offer, equal to it, or of no use to its kind."""
    up_to, offer = step.up_to, step.offer
    names = [each.name for each in fields(up_to)]
    takes = {each.name for each in fields(offer)}.intersection(names)
    for name in names:
        most = getattr(up_to, name)
        if most is None:
            continue
        key = f".up_to.{name}"
        if name not in takes:
            what = f"{kind_of(offer)} has no {name} that a manager could change"
            yield key, f"is of no use: {what}; " + (f"it takes {listed(sorted(takes), 'or')}" if takes else "remove it")
            continue
        own = getattr(offer, name)
        if own is None:
            continue
        if name == "amount" and most.currency != own.currency:
            yield key, f"is of no use: the step's amount is in {own.currency.upper()}; write the same currency"
        elif (most.minor if name == "amount" else most) <= (own.minor if name == "amount" else own):
            shown = money(own) if name == "amount" else percent(own) if name == "percent" else str(own)
            place = "below" if most != own else "the same as"
            yield key, f"is {place} the step's own {name}, which is {shown}; write more, or remove it"
