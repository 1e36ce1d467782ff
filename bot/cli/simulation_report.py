"""The result of a simulated policy, as a table or as JSON."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from domain.winback.decision import Rejection
from domain.winback.lift import NeverKnown
from domain.winback.offer import kind_of
from flows.winback.policy.simulate import CaseWithoutOffer, SimulatedOffer, SimulationResult
from wording.decision_reasons import against_words, rejected_words
from wording.grammar import count
from wording.money import money
from wording.offer import amounts, percent, terms_words


def as_text(simulated: SimulationResult) -> str:
    """Return a table: who would have got what, who nothing and why, and the total."""
    return "\n".join(_lines(simulated))


def as_json(simulated: SimulationResult) -> dict[str, Any]:
    """Return everything as JSON: amounts in minor units, times in ISO 8601, steps counted from 1."""
    months = simulated.months
    return {
        "cases": simulated.cases,
        "gone": simulated.gone,
        "offers": [_offer(each) for each in simulated.offers],
        "without": [_without(each) for each in simulated.without],
        "cost": {amount.currency: amount.minor for amount in simulated.cost},
        "holdout": f"{simulated.holdout:f}" if simulated.is_held_out else "0",
        "months_until_lift_is_known": months if simulated.is_held_out and isinstance(months, int) else None,
    }


def _lines(simulated: SimulationResult) -> Iterator[str]:
    sent = [each for each in simulated.offers if not each.held_back]
    held_back = [each for each in simulated.offers if each.held_back]
    if sent:
        yield from _table([("when", "who", "rule", "offer", "costs at most"), *map(_row, sent)])
        yield ""
    if held_back:
        people = len({each.customer_id for each in held_back})
        yield f"Held out to measure the lift: {count(people, 'customer')}, {count(len(held_back), 'offer')}."
        yield ""
    if simulated.without:
        yield "Nothing:"
        yield from _table(
            [(f"{each.requested_at:%Y-%m-%d}", each.customer_id, _why(each)) for each in simulated.without]
        )
        yield ""
        yield "Why not, the most frequent first:"
        reasons = Counter(why for each in simulated.without for why in dict.fromkeys(map(_bare, each.rejected)))
        yield from _table([(str(number), why) for why, number in reasons.most_common()])
        yield ""
    if simulated.gone:
        yield f"{count(simulated.gone, 'case')} left out: Stripe doesn't have the subscription any more."
    people = len({each.customer_id for each in sent})
    cost = f"cost at most {amounts(simulated.cost)}, given away or given up" if simulated.cost else "give away nothing"
    yield (
        f"{count(simulated.cases, 'case')}: {count(len(sent), 'offer')} to {count(people, 'customer')}. "
        f"If all of it were taken up it would {cost}."
    )
    if sent:
        yield _reminders(sent)
    yield _known(simulated)


def _known(simulated: SimulationResult) -> str:
    """Return when the lift would be known, with the policy's holdout or with one that would do."""
    months = simulated.months
    share = f"{percent(simulated.holdout * 100)} of people"
    nobody = "" if simulated.is_held_out else "Nobody is held out (limits.holdout is 0), so the lift isn't measured. "
    if isinstance(months, NeverKnown):
        held_out = "" if simulated.is_held_out else f", even with {share} held out"
        return (
            f"{nobody}Never at this volume{held_out}: to know the lift to ±5 points takes about {months.needed:,} "
            f"people within a year, and a year brings about {months.people_a_year:,}."
        )
    if months is None:
        return f"{nobody}At your volume the lift would never be known: nobody gets an offer, or everybody is held out."
    if not simulated.is_held_out:
        return f"{nobody}With {share} held out it would be known to ±5 points in about {count(months, 'month')}."
    return f"At your volume about {count(months, 'month')} until the lift is known to ±5 points."


def _reminders(sent: Sequence[SimulatedOffer]) -> str:
    """Return how many offers would be followed by a reminder, if all were approved at once and none was answered."""
    reminded = sum(each.remind_at is not None for each in sent)
    return f"Unanswered, {count(reminded, 'offer')} of {len(sent)} would be followed by one reminder before it ends."


def _row(offer: SimulatedOffer) -> tuple[str, ...]:
    cost = money(offer.terms.charge) if offer.terms.charge.minor else "nothing"
    return f"{offer.at:%Y-%m-%d}", offer.customer_id, offer.rule, terms_words(offer.terms), cost


def _why(case: CaseWithoutOffer) -> str:
    if case.look_at is not None:
        return f"not yet: the next look is on {case.look_at:%Y-%m-%d}"
    return "; ".join(map(rejected_words, case.rejected)) or "nothing was due"


def _bare(rejected: Rejection) -> str:
    """Return a reason without dates and quotations, so that equal reasons are counted together."""
    return against_words(rejected if rejected.why == "no_consent" else Rejection(why=rejected.why))


def _offer(offer: SimulatedOffer) -> dict[str, Any]:
    return {
        "case": str(offer.case_id),
        "customer": offer.customer_id,
        "at": offer.at.isoformat(),
        "rule": offer.rule,
        "step": offer.step + 1,
        "kind": kind_of(offer.terms.offer),
        "offer": terms_words(offer.terms),
        "cost": offer.terms.charge.minor,
        "gives_up": offer.terms.gives_up.minor if offer.terms.gives_up is not None else 0,
        "currency": offer.terms.cost.currency,
        "held_back": offer.held_back,
        "remind_at": None if offer.remind_at is None else offer.remind_at.isoformat(),
    }


def _without(case: CaseWithoutOffer) -> dict[str, Any]:
    return {
        "case": str(case.case_id),
        "customer": case.customer_id,
        "requested_at": case.requested_at.isoformat(),
        "why": list(dict.fromkeys(each.why for each in case.rejected)),
        "because": list(map(rejected_words, case.rejected)),
        "look_at": None if case.look_at is None else case.look_at.isoformat(),
    }


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Yield rows in columns as wide as their longest entry."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(entry.ljust(width) for entry, width in zip(row, widths, strict=True)).rstrip()
