"""The first line of a card: a sign of its state, who, what, how much, why, until when, and who talks to them."""

from bot.views.blocks import Block, text_run
from bot.views.cancellations import card_texts, other_plan
from bot.views.cancellations.kind_texts import asked_to_end, kind_texts
from domain.winback.case_card import CaseCard
from wording.grammar import with_article
from wording.sanitize import cut, isolated, mask_address, one_line

_MOST_NAME = 80
_SEPARATOR = text_run(" · ")
_TURNED = {"back": "🟢", "switched": "⚪", "withdrawn": "⚪"}
_OFFERED = frozenset({"sending", "unclear", "sent", "accepting"})
_PAYMENT = frozenset({"payment_failed", "payment_disputed"})


def head_line(card: CaseCard, *, named: bool) -> list[Block]:
    """Return the line as rich text; `named`: with the customer's name, else "A Pro customer"."""
    plan = [text_run(other_plan.left(card), bold=True)] if named else []
    told = [
        [text_run(f"{_sign(card)} "), text_run(_who(card, named=named), bold=True), *_happened(card, plan)],
        *_figures(card),
        _owner(card),
    ]
    runs = [run for number, part in enumerate(filter(None, told)) for run in ([_SEPARATOR] * bool(number) + part)]
    return [run for run in runs if run.get("text") != ""]


def _sign(card: CaseCard) -> str:
    state = card_texts.card_state(card)
    if state in _TURNED:
        return _TURNED[state]
    if card.winback is not None and card.winback.state in _OFFERED:
        return "🟡"
    return "🟠" if card.case.episode.cancellation.kind in _PAYMENT else "🔴"


def _who(card: CaseCard, *, named: bool) -> str:
    if named and (name := one_line(card.facts.customer_name or "")):
        return isolated(cut(name, _MOST_NAME))
    if named and card.facts.customer_email:
        return cut(one_line(mask_address(card.facts.customer_email)), _MOST_NAME)
    a_plan = with_article(other_plan.left(card))
    return f"{a_plan[0].upper()}{a_plan[1:]} customer"


def _happened(card: CaseCard, plan: list[Block]) -> list[Block]:
    """Return what happened, to follow a name, with the plan where the name doesn't say it."""
    match card_texts.card_state(card):
        case "withdrawn":
            return [text_run(f" {card_texts.WITHDRAWN}"), *([_SEPARATOR, *plan] if plan else [])]
        case "back" if other_plan.is_on_it(card):
            return [text_run(f" stays, now on {other_plan.accepted(card)}")]
        case "back" if card.comeback is not None and not card.comeback.same_subscription:
            return [text_run(f" is back with {card_texts.new_plan(card)}")]
        case "back":
            return [text_run(" stays with " if plan else " stays"), *plan]
        case "switched" if card.switched_to is not None:
            several = ", which replaces several" * card.switch_several
            to = text_run(f" to {card_texts.plan_at(card.switched_to)}{several}")
            return [text_run(" switched from " if plan else " switched"), *plan, to]
        case _:
            joined = text_run(" ") if asked_to_end(card) else _SEPARATOR
            return [text_run(kind_texts(card).happened), *([joined, *plan] if plan else [])]


def _figures(card: CaseCard) -> list[list[Block]]:
    """Return what it is worth, the reason, and the end or the day they came back."""
    state = card_texts.card_state(card)
    if state == "withdrawn":
        return []
    label, value = card_texts.worth(card)
    lost = state in {"pending", "ended"}
    worth = [text_run(value if lost else f"{'was' if label == 'Before' else label.lower()} {value}")]
    said = card_texts.why(card) if lost else ""
    why = [text_run(f"reason {said}" if said == "not given yet" else said)] if said else []
    still = [text_run(f"still subscribed to {card_texts.plan_at(card.still_with)}")] if card.still_with else []
    return [worth, why, _until(card), still]


def _until(card: CaseCard) -> list[Block]:
    label, moment, remark = card_texts.end(card)
    if card_texts.card_state(card) == "switched":
        return []
    if moment is not None:
        shown = {"format": "{date_short_pretty}", "fallback": card_texts.day_of(moment)}  # in each reader's own zone
        date = {"type": "date", "timestamp": int(moment.timestamp()), **shown}
        return [text_run(f"{label.removeprefix('Access ').lower()} "), date]
    return [text_run(remark)] if remark else []


def _owner(card: CaseCard) -> list[Block]:
    case = card.case
    if not case.owner:
        return []
    does = card_texts.follow_up(case.follow_up) if case.follow_up else "is talking to them"
    return [{"type": "user", "user_id": case.owner}, text_run(f" {does}")]
