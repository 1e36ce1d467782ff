"""How far cases have come, and what stopped them."""

from datetime import UTC, datetime

import pytest

from bot.policy import built_in
from bot.views.winback.funnel import funnel_block, nothing_proposed_text
from domain.results.funnel import CaseProgress, Evaluation, Stage, Stop, funnel, stop_of

NOW = datetime(2026, 3, 11, 10, tzinfo=UTC)
WITHOUT_CONSENT = Evaluation(rule="price", due_at=NOW, cause="no_consent")


@pytest.mark.parametrize(
    ("progress", "stop"),
    [
        (CaseProgress(evaluation=None), "0:not_evaluated"),
        (CaseProgress(evaluation=Evaluation(rule=None, due_at=None, cause="no_rule")), "0:no_rule"),
        (CaseProgress(evaluation=Evaluation(rule="price", due_at=None, cause="too_early")), "1:too_early"),
        (CaseProgress(evaluation=WITHOUT_CONSENT), "2:no_consent"),
        (CaseProgress(evaluation=None, proposals=[("held_out", None)]), "2:holdout"),
        (CaseProgress(evaluation=WITHOUT_CONSENT, proposals=[("open", None)]), "3:open"),
        (CaseProgress(evaluation=None, proposals=[("withdrawn", "back")]), "3:back"),
        (CaseProgress(evaluation=None, proposals=[("expired", "held")]), "3:expired"),  # nobody decided after *Hold*
        (CaseProgress(evaluation=None, proposals=[("stopped", "suppressed")]), "4:suppressed"),
        (
            CaseProgress(evaluation=None, proposals=[("approved", None)], offers=[("sending", "waiting", None)]),
            "4:sending",
        ),
        (CaseProgress(evaluation=None, offers=[("sent", "sent", None)]), "5:unanswered"),
        (
            CaseProgress(evaluation=None, offers=[("sent", "sent", None)], returned="after_email"),
            "5:back_without_offer",
        ),
        (CaseProgress(evaluation=None, offers=[("sent", "none", None)]), "5:unanswered"),  # a link that is passed on
        (CaseProgress(evaluation=None, offers=[("sent", "sent", "no_thanks")]), "5:no_thanks"),
        (CaseProgress(evaluation=None, offers=[("over", "none", "call")]), "4:call"),
        (CaseProgress(evaluation=None, offers=[("over", "sent", "taken_back_mistake")]), "5:taken_back"),
        (CaseProgress(evaluation=None, offers=[("accepted", "sent", None)]), "6:not_yet_30_days"),
        (CaseProgress(evaluation=None, returned="accepted", stayed_30=False), "6:left_again"),
        (CaseProgress(evaluation=None, returned="accepted", stayed_30=True), "7:"),
    ],
)
def test_how_far_a_case_has_come(progress: CaseProgress, stop: str) -> None:
    assert str(stop_of(progress)) == stop
    assert Stop.read(stop) == stop_of(progress)


def test_causes_have_their_remedy() -> None:
    found = funnel({Stop(Stage.DUE, "no_consent"): 41, Stop(Stage.CANCELLED, "no_rule"): 2}, consent_key="opted_in")

    told = funnel_block(found)["text"]["text"]

    assert "*Cancelled:* 43" in told
    assert "41: no recorded consent: set `opted_in` in Stripe, or `consent.not_needed`" in told
    assert told.endswith("*Proposed:* 0\n*Approved:* nothing yet")
    assert nothing_proposed_text(found).startswith(":hourglass: 41 cancellations came due in the last week")


def test_remedies_name_keys_that_exist() -> None:
    told = funnel_block(funnel({Stop(Stage.DUE, "budget"): 3}, consent_key="opted_in"))["text"]["text"]
    assert "raise `limits.budget_a_month`" in told
    assert "\n# budget_a_month = " in built_in()


def test_without_cases_there_is_nothing_yet() -> None:
    told = funnel_block(funnel({}, consent_key="opted_in"))["text"]["text"]
    assert told == "*How far it went*\n*Cancelled:* nothing yet"
