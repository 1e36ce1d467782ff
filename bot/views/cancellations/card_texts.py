"""The texts of a card: its notification, its header and each of its facts, without markup."""

from datetime import UTC, datetime
from typing import Literal

from bot.views.blocks import escape
from bot.views.cancellations import other_plan
from bot.views.cancellations.kind_texts import asked_to_end, kind_texts
from domain.cancellations.stored_case import Facts, FollowUp, NotedReason
from domain.money import Money
from domain.winback.case_card import CaseCard
from wording.dates import day, full_day, tenure
from wording.decline import decline
from wording.grammar import count, ordinal, with_article
from wording.money import money, monthly, per_month
from wording.reason import feedback, kind, reason
from wording.sanitize import cut, one_line

WITHDRAWN = "did not cancel after all"
CardState = Literal["pending", "ended", "back", "switched", "withdrawn"]

_REASON = 150
_FOLLOW_UPS: dict[FollowUp, str] = {
    "reached": "reached them",
    "no_answer": "got no answer",
    "came_back": "says they came back",
    "lost": "says they are lost",
}


def card_state(card: CaseCard) -> CardState:
    """Return the state that a card shows: a customer who is back is "back", however it happened."""
    if card.case.episode.state == "withdrawn":
        return "withdrawn"
    if card.comeback is not None or card.case.episode.state == "resumed":
        return "back"
    if card.switched_to is not None:
        return "switched"
    return "ended" if card.case.episode.state == "ended" else "pending"


def headline(card: CaseCard) -> str:
    """Return the notification, without name, comment or address: locked screens show it.

    "A Pro customer cancelled: €49 a month, ends 3 Dec, too expensive".
    """
    a_plan = with_article(cut(one_line(other_plan.left(card)), _REASON))
    a_plan = a_plan[0].upper() + a_plan[1:]
    if card_state(card) == "withdrawn":
        return f"{a_plan} customer {WITHDRAWN}"
    if card_state(card) == "back":
        return f"{a_plan} customer {_return(card)}"
    if card.switched_to is not None:
        return f"{a_plan} customer switched to {plan_at(card.switched_to)}"
    told = [_worth(card), _when(card), _why(card), _earlier(card)]
    if card.still_with is not None:
        told.append(f"still subscribed to {plan_at(card.still_with)}")
    return f"{kind_texts(card).sentence.format(a_plan=a_plan)}: " + ", ".join(part for part in told if part)


def worth(card: CaseCard) -> tuple[str, str]:
    """Return a label and the monthly value: lost, kept, or paid before they came back with another subscription."""
    if card_state(card) == "back":
        if other_plan.is_on_it(card):
            return "Cancelled", other_plan.left_and_value(card)
        return ("Kept" if _same(card) else "Before"), _worth(card)
    if card.switched_to is None or card.switch_shared:
        return "Lost", _worth(card)
    return _difference(card, card.switched_to)


def end(card: CaseCard) -> tuple[str, datetime | None, str]:
    """Return a label, a time or None, and a remark: when access ends, or since when they are back."""
    episode = card.case.episode
    if card_state(card) == "back":
        back_at = card.comeback.at if card.comeback else episode.resumed_at
        if other_plan.is_on_it(card):
            return "Back since", back_at, f"now on {other_plan.accepted(card)}"
        return "Back since", back_at, "took the cancellation back" if _same(card) else f"with {new_plan(card)}"
    if card.switched_to is not None:
        return "Switched to", None, plan_at(card.switched_to) + ", which replaces several" * card.switch_several
    label = "Ended" if card_state(card) == "ended" else "Access ends"
    return label, episode.ends_at, "" if episode.ends_at else "when the paid period ends"


def given_reason(card: CaseCard) -> str:
    """Return the reason in words, or that none is given."""
    said = reason(card.case.episode.cancellation)
    if said:
        return cut(said, _REASON)
    if card.case.noted_reason:
        return f"{noted_reason(card.case.noted_reason)} (noted by staff)"
    cause = card.case.episode.cancellation.kind
    if cause not in {None, "cancellation_requested"}:
        return cut(kind(one_line(cause or "")), _REASON)
    if card.case.episode.cancellation.comment:
        return "only a comment"
    return "not given yet" if card.reason_state == "not_yet" else "no reason given"


def noted_reason(noted: NotedReason) -> str:
    """Return the reason that staff noted, in words."""
    return cut(one_line(noted.feedback_option or feedback(noted.feedback or "other")), _REASON)


def why(card: CaseCard) -> str:
    """Return the reason in words, a decline's included; nothing where what happened says it all."""
    told = declined(card)
    if told:
        return told[0]
    said_anything = asked_to_end(card) or reason(card.case.episode.cancellation)
    return given_reason(card) if said_anything else ""


def new_plan(card: CaseCard) -> str:
    """Return the plan and monthly value of the new subscription."""
    if card.back_with is None:
        return "a new subscription"
    return f"{cut(one_line(card.back_with.plan), _REASON)}: {monthly(card.back_with.value)}"


def plan_at(facts: Facts) -> str:
    """Return another subscription's plan and monthly value: "Business, €99 a month"."""
    return f"{cut(one_line(facts.plan), _REASON)}, {monthly(facts.value)}"


def history(card: CaseCard) -> str:
    """Return how long they have been a customer, how often they cancelled before, and what they were offered then."""
    since = tenure(card.facts.started_at, now=card.case.episode.requested_at, zone=UTC)
    which = f"{ordinal(card.number)} cancellation" if card.number > 1 else ""
    offers = count(card.offers_before, "offer") if card.offers_before else ""
    return ", ".join(part for part in (since, which, offers and f"{offers} before") if part)


def paid(card: CaseCard) -> str | None:
    """Return what they have paid so far, or None if unknown; with tax, where the amounts lost are without."""
    so_far = card.case.enrichment.paid if card.case.enrichment else None
    if so_far is None:
        return None
    return "at least " * so_far.at_least + money(so_far.amount) + " with tax" * so_far.with_tax


def declined(card: CaseCard) -> tuple[str, str] | None:
    """Return why a payment was declined and what usually helps, or None."""
    enrichment = card.case.enrichment
    if card.case.episode.cancellation.kind != "payment_failed" or not enrichment or not enrichment.decline_code:
        return None
    told = decline(enrichment.decline_code, enrichment.payment_method)
    return told.meaning, told.helps


def follow_up(answer: FollowUp) -> str:
    """Return the owner's answer, to follow a name."""
    return _FOLLOW_UPS[answer]


def day_of(moment: datetime) -> str:
    """Return a date for readers whose Slack doesn't localise dates."""
    return full_day(moment, zone=UTC)


def shipped_text(feature: str) -> str:
    """Return that a feature which the customer asks for has shipped, and how they are told."""
    name = escape(feature)
    return f"they ask for “{name}”, which has shipped. `/winback shipped {name}` proposes an email about it."


def comeback_text(card: CaseCard) -> str:
    """Return the reply under a card that the customer is back, without their name."""
    if card.comeback is None or card.comeback.same_subscription:
        return f"They came back: they took the cancellation of {escape(one_line(card.facts.plan))} back."
    return f"They came back, with {escape(new_plan(card))}."


def undone_text(card: CaseCard) -> str:
    """Return the reply under a card that the customer undid their acceptance, without their name."""
    return f"They undid their acceptance: {escape(one_line(card.facts.plan))} is cancelled as before."


def _difference(card: CaseCard, switched_to: Facts) -> tuple[str, str]:
    """Return what a switch gains or loses a month; "Before" where the two can't be compared."""
    before, after = card.case.lost(card.facts), switched_to.value
    if not (before.known and after.known) or before.now.currency != after.now.currency:
        return "Before", _worth(card)
    minor = after.now.minor - before.now.minor
    if not minor:
        return "Same price", _worth(card)
    changed = per_month(Money(abs(minor), after.now.currency)) + " without tax" * (before.less_tax or after.less_tax)
    return "Gained" if minor > 0 else "Lost", changed


def _same(card: CaseCard) -> bool:
    return card.comeback is None or card.comeback.same_subscription


def _return(card: CaseCard) -> str:
    if _same(card):
        if other_plan.is_on_it(card):
            return f"who had cancelled stays: {_worth(card)} before, now on {other_plan.accepted(card)}"
        return f"took their cancellation back: {_worth(card)}"
    return f"who had cancelled is back with {new_plan(card)}"


def _worth(card: CaseCard) -> str:
    return monthly(card.case.lost(card.facts))


def _when(card: CaseCard) -> str:
    ends_at = card.case.episode.ends_at
    if ends_at is None:
        return ""
    verb = "ended" if card_state(card) == "ended" else "ends"
    return f"{verb} {day(ends_at, now=card.case.episode.requested_at, zone=UTC)}"


def _why(card: CaseCard) -> str:
    if declined(card):
        return f"declined: {why(card)}"
    return "reason not given yet" if why(card) == "not given yet" else why(card)


def _earlier(card: CaseCard) -> str:
    return f"their {ordinal(card.number)}" if card.number > 1 else ""
