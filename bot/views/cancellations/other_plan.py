"""The texts of a card whose customer accepted another plan: what was cancelled, and what is paid now."""

from bot.views.blocks import escape
from domain.winback.case_card import CaseCard
from domain.winback.proposal import OfferRow
from wording.money import money, monthly
from wording.offer import every, terms_words
from wording.plan import price_name
from wording.sanitize import cut, one_line

_MOST = 150


def is_on_it(card: CaseCard) -> bool:
    """Return whether the customer accepted another plan and is on it."""
    return card.winback is not None and card.winback.on_another_plan


def left(card: CaseCard) -> str:
    """Return the plan that was cancelled; after the switch the same subscription has the other one."""
    price = card.winback.left_price if card.winback is not None and card.winback.on_another_plan else None
    return cut(one_line(card.facts.plan), _MOST) if price is None else price_name(price)


def left_and_value(card: CaseCard) -> str:
    """Return the plan that was cancelled and its monthly value: "Pro, €49 a month"."""
    return f"{left(card)}, {monthly(card.case.lost(card.facts))}"


def accepted(card: CaseCard) -> str:
    """Return the plan that was accepted and what is paid for it: "Lite, €19 a month"."""
    terms = card.winback.terms if card.winback is not None else None
    if terms is None or terms.price is None:
        raise ValueError("no plan was accepted")
    return f"{price_name(terms.price)}, {money(terms.later)} {every(terms)}"


def accepted_text(card: CaseCard, offer: OfferRow) -> str:
    """Return the reply under a card that the customer accepted an offer, without their name."""
    again = " with a new subscription" if offer.terms.phase == "ended" else ""
    if is_on_it(card):
        return (
            f"They accepted and stay{again}: cancelled {escape(left_and_value(card))}, now on {escape(accepted(card))}."
        )
    return f"They accepted and stay{again}: {escape(terms_words(offer.terms))}. ({escape(one_line(card.facts.plan))})"
