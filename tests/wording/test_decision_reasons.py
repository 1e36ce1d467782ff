"""Every code of a decision has words, whatever detail comes with it."""

from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from domain.winback.decision import DecisionReason, DecisionReasonKind, Rejection, RejectionReason
from domain.winback.terms import ImpossibleReason
from tests.wording.emails.winback import TWENTY
from wording.decision_reasons import because_words, rejected_words

MOMENT = datetime(2026, 12, 17, 9, tzinfo=UTC).isoformat()
DETAILS: dict[str, tuple[str, ...]] = {
    "phase": ("pending", "trialing", "ended"),
    "outlasts": (MOMENT, ""),
    "percent_limit": ("30",),
    "invoices_limit": ("3", "1"),
    "too_early": (MOMENT, ""),
    "too_late": (MOMENT, ""),
    "cooldown": (MOMENT, ""),
    "cooldown_by_card": (MOMENT, ""),
    "budget": ("4900 eur", ""),
    "no_consent": ("DE", ""),
    "value": ("4900 eur",),
    "costs_more": ("2940 eur",),
    "paid_months": ("14", "1", "None"),
    "moment": (MOMENT, ""),
}
"""What the domain says beside a code, where it is more than a name."""


def codes(alias: Any) -> list[str]:
    """List a Literal's values, those of the Literals in a union too."""
    return [one for each in get_args(alias) for one in ([each] if isinstance(each, str) else codes(each))]


@pytest.mark.parametrize("why", codes(RejectionReason))
def test_every_reason_against_an_offer_has_words(why: Any) -> None:
    for detail in DETAILS.get(why, ("", "Pro <b>\nplan")):
        said = rejected_words(Rejection(why=why, detail=detail))
        assert " " in said
        assert not {"_", "\n"} & set(said)
        assert "None" not in said


@pytest.mark.parametrize("what", codes(DecisionReasonKind))
def test_every_reason_for_an_offer_has_words(what: Any) -> None:
    for detail in DETAILS.get(what, ("Pro <b>\nplan",)):
        said = because_words(DecisionReason(what=what, detail=detail))
        assert " " in said
        assert not {"_", "\n"} & set(said)
        assert "None" not in said


def test_the_codes_are_all_there() -> None:
    assert set(codes(ImpossibleReason)) < set(codes(RejectionReason))
    assert len(codes(DecisionReasonKind)) > 10


@pytest.mark.parametrize(
    ("rejected", "said"),
    [
        (
            Rejection(why="too_early", offer=TWENTY, detail=MOMENT),
            "20% off 3 invoices: its time has not come yet: it is due on 17 Dec 2026",
        ),
        (Rejection(why="budget", detail="1250 eur"), "this month's budget has only €12.50 left"),
        (Rejection(why="no_consent", detail="DE"), "they have not agreed to such emails, and in DE that is needed"),
        (Rejection(why="needs_a_person", detail="closed"), "they wrote “closed” and a person should read that first"),
        (
            Rejection(why="percent_limit", detail="30"),
            "with what runs already it would be over the policy's limit of 30%",
        ),
    ],
)
def test_the_words_say_the_detail(rejected: Rejection, said: str) -> None:
    assert rejected_words(rejected) == said


@pytest.mark.parametrize(
    ("because", "said"),
    [
        (DecisionReason(what="reason", detail="too_expensive"), "they said: too expensive"),
        (DecisionReason(what="reason", detail="none"), "they gave no reason"),
        (DecisionReason(what="value", detail="4900 eur"), "they are worth €49 a month"),
        (DecisionReason(what="rule", detail="too expensive"), "the rule “too expensive” is for cases like this"),
        (DecisionReason(what="paid_months", detail="14"), "they paid for 14 months"),
    ],
)
def test_what_spoke_for_it_is_said_plainly(because: DecisionReason, said: str) -> None:
    assert because_words(because) == said
