"""Whether `up_to` lets a manager change anything about a step's offer."""

from collections.abc import Iterator
from dataclasses import fields

from domain.winback.offer import kind_of
from domain.winback.policy import Step
from wording.grammar import listed
from wording.money import money
from wording.offer import percent


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
