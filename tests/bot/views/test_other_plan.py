"""The card of somebody who accepted another plan: what was cancelled, and what is paid now."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.views.cancellations.card import CardStyle, card_message
from bot.views.cancellations.other_plan import accepted_text
from domain.cancellations.stored_case import CustomerReturn, Facts
from domain.ids import SubscriptionId
from domain.money import Money
from domain.winback.case_card import CaseCard
from domain.winback.offer import SwitchPlan
from domain.winback.proposal import OfferRow, UndoSnapshot
from domain.winback.status import status_of
from tests.bot.proposal_samples import OFFER, PROPOSAL, TERMS
from tests.bot.samples import CARD, ENDS_AT, NOW, PRICE, SUBSCRIPTION, card
from tests.bot.views.test_card import head_of

FULL = CardStyle(detail="full", portal_links=True, winback=True)
LITE = replace(PRICE, id="price_lite", product_name="Lite")
NINETEEN = Money(1900, "eur")
SWITCHED = replace(
    OFFER,
    terms=replace(
        TERMS,
        offer=SwitchPlan(price_id="price_lite"),
        price=LITE,
        later=NINETEEN,
        invoices=(replace(TERMS.invoices[0], after=NINETEEN),),
    ),
    before=UndoSnapshot(
        cancel_at=ENDS_AT, cancel_at_period_end=True, items=SUBSCRIPTION.items, discounts=(), trial_end_at=None
    ),
)
LITE_NOW = replace(CARD.facts, plan="Lite", value=replace(CARD.facts.value, now=NINETEEN, would_be=NINETEEN))


def stays(offer: OfferRow) -> CaseCard:
    """Return the card once the subscription itself is on the lighter plan."""
    episode = {"state": "resumed", "resumed_at": NOW}
    comeback = CustomerReturn(at=NOW, subscription_id=CARD.case.subscription_id, same_subscription=True)
    shown = card(episode=episode, case={"loss": CARD.facts.value}, comeback=comeback, facts=LITE_NOW)
    return replace(shown, winback=status_of(PROPOSAL, offer))


def back_again(offer: OfferRow) -> CaseCard:
    """Return the card of somebody whose subscription had ended, and who has bought the lighter plan."""
    episode = {"state": "ended", "ends_at": ENDS_AT, "ended_at": ENDS_AT}
    comeback = CustomerReturn(
        at=NOW + timedelta(days=2), subscription_id=SubscriptionId("sub_New"), same_subscription=False
    )
    shown = card(episode=episode, case={"loss": CARD.facts.value}, comeback=comeback, back_with=LITE_NOW)
    return replace(shown, winback=status_of(PROPOSAL, offer))


def test_the_card_says_what_was_cancelled_and_what_is_paid_now() -> None:
    shown = stays(SWITCHED)
    assert head_of(shown) == (
        "🟢 Dana Scully stays, now on Lite, €19 a month · cancelled Pro, €49 a month · back since 22 Nov 2026"
    )
    said = card_message(shown, style=FULL)["text"]
    assert said == "A Pro customer who had cancelled stays: €49 a month before, now on Lite, €19 a month"


def test_so_does_the_card_of_a_plan_that_is_bought_anew() -> None:
    ended = replace(SWITCHED, terms=replace(SWITCHED.terms, phase="ended", way="checkout"), before=None)
    assert head_of(back_again(ended)) == (
        "🟢 Dana Scully stays, now on Lite, €19 a month · cancelled Pro, €49 a month · back since 24 Nov 2026"
    )


@pytest.mark.parametrize("facts", [CARD.facts, LITE_NOW])
def test_the_reply_says_it_before_and_after_the_next_read(facts: Facts) -> None:
    shown = replace(stays(SWITCHED), facts=facts)
    said = "They accepted and stay: cancelled Pro, €49 a month, now on Lite, €19 a month."
    assert accepted_text(shown, SWITCHED) == said


def test_an_undone_switch_is_spoken_of_no_more() -> None:
    undone = replace(stays(replace(SWITCHED, state="undone", undone_at=NOW)), facts=CARD.facts)
    seen = json.dumps(card_message(undone, style=FULL)["blocks"], ensure_ascii=False)
    assert "now on Lite" not in seen
