"""Alerts suggest another try only where it can help."""

from uuid import UUID

import pytest

from bot.views.alerts import dead_effect_text
from domain.ids import OfferId
from flows.effects import Effect, EmailConfirmation, EmailOffer, PrepareOffer, RedeemOffer, UndoOffer

OFFER = OfferId(UUID(int=1))


@pytest.mark.parametrize("effect", [PrepareOffer(OFFER), EmailOffer(OFFER), RedeemOffer(OFFER), UndoOffer(OFFER)])
def test_a_failed_offer_is_not_retried(effect: Effect) -> None:
    told = dead_effect_text(effect, "Stripe refused to apply an offer (resource_missing).", "1")
    assert "Trying again would not help" in told
    assert "effects retry" not in told


def test_other_effects_can_be_retried() -> None:
    assert "winback effects retry 1" in dead_effect_text(EmailConfirmation(OFFER), "no address", "1")
