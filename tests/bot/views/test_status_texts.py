"""The state of a win-back on cards and proposals, and every answer to a click, in a sentence each."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import pytest

from bot.listeners.winback.offer_form_session import LatestOnly
from bot.views.cancellations.card import CardStyle, card_message
from bot.views.charts import as_lines, as_tables, chart
from bot.views.status_texts import code_text, status_text
from bot.views.winback import decision_replies
from bot.views.winback import reports as reports_view
from bot.views.winback.customer_profile import profiles_message
from bot.views.winback.proposal import proposal_message, reminder_message
from bot.views.winback.proposal_details import read_message
from bot.views.winback.proposal_texts import times
from domain.ids import StaffId
from domain.money import Money
from domain.results.funnel import funnel
from domain.winback.case_card import OfferReminder, WinbackState, WinbackStatus
from domain.winback.decision import DecisionReason, EarlierOffer, Rejection
from domain.winback.lift import Arm, lift
from domain.winback.offer import CallBack, Pause, SwitchPlan
from domain.winback.proposal import Approval, CustomerRequest, WaitingProposal, WaitingProposals
from flows.failures import Unavailable
from flows.ports.store import SendingPause, Suppression
from flows.winback.offers.undo import NOT_UNDONE
from flows.winback.policy.budgets import OverBudget
from flows.winback.policy.eligibility import NotConfigured, NotEligible
from flows.winback.proposals.answers import (
    AlreadyDecided,
    Approved,
    DecisionAnswer,
    NeedsAnotherApprover,
    NoSuchProposal,
    Outdated,
    Snoozed,
)
from flows.winback.results.answers import CustomerProfile, FoundProfiles, FunnelCounts, Loss, LossReport, Stats, Summary
from sandbox.slack.blocks import check_message
from tests.bot.proposal_samples import MAX, MONA, OFFER, PROPOSAL, TERMS, VIEW
from tests.bot.samples import CARD, CASE_ID, CUSTOMER, ENDS_AT, NOW, cancelled_by, card

FULL = CardStyle(detail="full", portal_links=True, winback=True)


def winback(state: WinbackState, **more: Any) -> WinbackStatus:
    known: dict[str, Any] = {"terms": TERMS, "at": NOW, "by": MONA, "why": None, "email_out": False}
    return WinbackStatus(state=state, **(known | more))


def reminded(state: Any, why: str | None = None) -> WinbackStatus:
    return winback("sent", email_out=True, reminder=OfferReminder(state=state, at=ENDS_AT, why=why))


SAID: list[tuple[WinbackStatus, str]] = [
    (winback("proposed", by=None), "Proposed: 20% off 3 invoices. It waits for"),
    (winback("snoozed", by=None), "It is snoozed until"),
    (winback("approved"), "A personal talk instead of an email, approved by <@U0MANAGER1>"),
    (winback("declined", why="in_touch"), "because somebody is in touch with them already."),
    (winback("expired", by=None), "Nobody decided in time, so nothing was sent"),
    (winback("withdrawn", why="back"), "Not sent: they are back already. It would have been 20% off 3 invoices"),
    (winback("stopped", why="no_consent"), "Not sent: they have not agreed to such emails"),
    (winback("sending"), "Approved by <@U0MANAGER1>: 20% off 3 invoices. The email goes out"),
    (winback("unclear", email_out=True), "Whether its email arrived is unclear"),
    (winback("sent", email_out=True), "approved by <@U0MANAGER1>: 20% off 3 invoices"),
    (winback("sent", email_out=True, no_thanks_at=NOW, no_thanks_why="too_expensive"), "(too expensive): no reminder"),
    (winback("sent", passed_on_by=StaffId("U0AGENT001")), "Nothing is emailed; <@U0AGENT001> passes on its link."),
    (winback("over", email_out=True, why="taken_back_mistake"), "Taken back because it was approved by mistake:"),
    (winback("sent", email_out=True, no_thanks_at=NOW), "They declined the offer <!date^"),
    (reminded("planned"), "20% off 3 invoices. Reminder on <!date^"),
    (reminded("sent"), "20% off 3 invoices. Reminder sent on <!date^"),
    (reminded("unclear"), "A reminder may have been sent on <!date^"),
    (reminded("stopped", why="no_consent"), "No reminder is sent: they have not agreed to such emails, and"),
    (winback("accepting", email_out=True), "They said yes"),
    (winback("accepted", email_out=True), "Accepted <!date^"),
    (winback("accepted", email_out=True, given=Money(980, "eur")), "Given so far: €9.80 of at most €"),
    (
        winback("accepted", email_out=True, given=Money(6860, "eur"), grown_to=Money(6860, "eur")),
        "more than was approved. Given so far: €68.60 of at most €68.60.",
    ),
    (winback("accepted", email_out=True, why=NOT_UNDONE), "Stripe refused: please do it there by hand."),
    (winback("undoing", email_out=True), "is being undone at Stripe"),
    (winback("undone", email_out=True), "it is as before the offer"),
    (winback("over", why="expired", email_out=True), "the offer no longer holds: it has expired"),
    (winback("over", why="expired", email_out=True, no_thanks_at=NOW), "They declined the offer <!date^"),
    (winback("over", why="unsubscribed"), "Not sent: they unsubscribed from such emails."),
    (winback("failed", why="code_taken"), "Failed: the promotion code belongs to somebody else. Nothing was sent."),
    (winback("failed", why="subscription_over", email_out=True), "It was not carried out."),
    (winback("failed", why="weird <fault>"), "the fault is called “weird &lt;fault&gt;”"),
]


def test_every_state_is_said() -> None:
    assert {each.state for each, _ in SAID} == set(get_args(WinbackState))


@pytest.mark.parametrize(("standing", "sentence"), SAID, ids=[each.state for each, _ in SAID])
def test_card_shows_the_win_back_state(standing: WinbackStatus, sentence: str) -> None:
    shown = card_message(card(winback=standing), style=FULL)

    check_message(shown["blocks"], charts_allowed=False)
    assert sentence in status_text(standing)
    assert any(
        block.get("text", {}).get("text", "") == f"*Win-back:* {status_text(standing)}" for block in shown["blocks"]
    )


@pytest.mark.parametrize(
    ("changed", "offered"),
    [
        ({}, True),
        ({"winback": winback("declined")}, True),
        ({"winback": winback("failed", why="code_taken")}, True),
        ({"winback": winback("proposed")}, False),
        ({"winback": winback("sent", email_out=True)}, False),
        ({"suppressed": True}, False),
        ({"episode": {"state": "resumed", "resumed_at": NOW}}, False),
    ],
)
def test_propose_button_needs_no_open_offer(changed: dict[str, Any], offered: bool) -> None:  # a table's column
    shown = json.dumps(card_message(card(**changed), style=FULL))

    assert ("card_propose" in shown) is offered
    assert "card_propose" not in json.dumps(card_message(card(**changed), style=replace(FULL, winback=False)))


def test_slack_accepts_the_fullest_proposal() -> None:
    offer = SwitchPlan(price_id="price_" + "x" * 200)
    full = replace(
        VIEW,
        card=card(
            facts=replace(CARD.facts, customer_name="*N* <!here> " * 50, plan="P" * 900),
            episode={"cancellation": cancelled_by("cancellation_requested", feedback="other", comment="w " * 4000)},
        ),
        proposal=replace(
            PROPOSAL,
            reasons=tuple(DecisionReason(what="tag", detail="<@U1> " * 100) for _ in range(30)),
            rejected=tuple(Rejection(why="never", rule="r", offer=offer, detail="& " * 300) for _ in range(30)),
            by_hand=MAX,
            approvals=(Approval(by=MONA, at=NOW),),
            draft=replace(PROPOSAL.draft, send_at=NOW + timedelta(days=1)),
        ),
        earlier=tuple(EarlierOffer(at=NOW, case_id=CASE_ID, offer=offer, by_card=True) for _ in range(30)),
        email_text="Dear <!channel>, " * 2000,
        needs_second=True,
    )

    for style in (full, replace(full, proposal=replace(full.proposal, snoozed_until=NOW))):
        check_message(proposal_message(style)["blocks"], charts_allowed=False)
    check_message(read_message(full)["blocks"], charts_allowed=False)
    assert "• and 22 more" in json.dumps(read_message(full), ensure_ascii=False)
    shown = json.dumps(proposal_message(full), ensure_ascii=False)
    assert "One more manager has to." in shown
    one = WaitingProposal(proposal=full.proposal, customer_name="Dana <!channel> " * 20)
    waiting = WaitingProposals(listed=(one,) * 20, first=0, total=500, charges=(Money(1_470_000, "eur"),), more=2)
    check_message(reminder_message(waiting)["blocks"], charts_allowed=False)


def test_what_was_decided_keeps_no_button() -> None:
    declined = replace(PROPOSAL, state="declined", why="too_much", decided_by=MONA, decided_at=NOW)

    shown = proposal_message(replace(VIEW, proposal=declined, email_text=None))

    assert shown["text"] == ("The win-back offer for a Pro customer (20% off 3 invoices, at most €29.40): declined")
    assert not [block for block in shown["blocks"] if block["type"] == "actions"]


def test_approved_talk_sends_nothing() -> None:
    terms = replace(TERMS, offer=CallBack(who=None), way="call", invoices=(), cost=Money(0, "eur"))
    view = replace(VIEW, proposal=replace(PROPOSAL, draft=replace(PROPOSAL.draft, terms=terms)), email_text=None)

    [buttons] = [block for block in proposal_message(view)["blocks"] if block["type"] == "actions"]

    approve = buttons["elements"][0]
    assert approve["text"]["text"] == "Approve"
    assert approve["confirm"]["text"]["text"] == "Dana Scully gets a personal talk. Nothing is emailed."


def test_a_link_is_not_sent_by_approving_it() -> None:
    request = CustomerRequest(ticket="HELP-7", by=StaffId("U0AGENT001"), delivery="link")
    view = replace(VIEW, proposal=replace(PROPOSAL, request=request, by_hand=request.by), email_text=None)

    [buttons] = [block for block in proposal_message(view)["blocks"] if block["type"] == "actions"]

    approve, *_, more = buttons["elements"]
    assert (approve["text"]["text"], approve["confirm"]["title"]["text"]) == ("Approve", "Approve?")
    assert more["options"][0]["text"]["text"] == "Read more"


ANSWERS: list[tuple[DecisionAnswer, str]] = [
    (Approved(proposal=PROPOSAL, needs_second=False), "Approved: 20% off 3 invoices. The email goes out as soon as"),
    (Approved(proposal=PROPOSAL, needs_second=True), "This amount needs approval from two managers"),
    (Approved(proposal=replace(PROPOSAL, overrides="unused"), needs_second=True), "never gives this: it takes two"),
    (Snoozed(proposal=PROPOSAL, until=NOW), "Snoozed until <!date^"),
    (AlreadyDecided(proposal=replace(PROPOSAL, state="expired", decided_at=NOW)), "Nobody decided in time"),
    (Outdated(proposal=PROPOSAL), "It has changed since you looked, so nothing was done."),
    (NeedsAnotherApprover(ask=(MAX,)), "your approval alone isn't enough. Nothing was sent. Ask <@U0MANAGER2>."),
    (NeedsAnotherApprover(ask=()), "It takes another manager."),
    (NotEligible(rejected=(Rejection(why="back"), Rejection(why="back"))), "Nothing was done: they are back already."),
    (OverBudget(which="month", left=Money(500, "eur")), "this month's budget has only €5 left"),
    (OverBudget(which="approver", left=Money(500, "eur")), "your own budget of today has only €5 left"),
    (NoSuchProposal(), "I no longer have that proposal"),
    (SendingPause(by=StaffId("U0ADMIN001"), at=NOW), "Not approved: <@U0ADMIN001> paused all sending"),
    (NotConfigured(what="approvals_channel"), "APPROVALS_CHANNEL"),
    (NotConfigured(what="timezone"), "TIMEZONE is not set"),
    (NotConfigured(what="smtp"), "SMTP_URL and MAIL_FROM are not set"),
    (NotConfigured(what="public_url"), "PUBLIC_URL is not set"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "said"), ANSWERS, ids=[type(each).__name__ for each, _ in ANSWERS])
def test_every_click_gets_an_answer(answer: DecisionAnswer, said: str) -> None:
    sentence = decision_replies.decision_text(answer)

    assert said in sentence
    assert sentence.endswith((".", "here again."))


def test_missing_reason_is_named() -> None:
    assert code_text(None) == "nobody noted why"


TALLY = FunnelCounts(
    cases=40, offered=20, sent=18, accepted=5, after_email=2, by_themselves=3, verified_30=4, verified_90=1,
    kept_30=(Money(19_600, "eur"), Money(2_000, "usd")), kept_90=(Money(14_700, "eur"),),
)  # fmt: skip


@pytest.mark.parametrize(
    ("won", "said"),
    [
        (40, "+20.0 points: 40 of 100 with an offer came back and paid, 20 of 100 held out did."),
        (22, "so it may be chance"),
    ],
)
def test_lift_names_interval_and_method(won: int, said: str) -> None:
    summary = Summary(since=NOW, until=NOW, whole=TALLY, by_reason=(), by_rule=())
    answer = Stats(
        summary=summary,
        lift=lift(Arm(people=100, won=won), Arm(people=100, won=20)),
        funnel=funnel({}, consent_key="marketing_consent"),
        lift_since=NOW,
        lift_until=NOW,
        talked_to=3,
    )

    told = reports_view.lift_text(answer)

    assert said in told
    assert "With 95% confidence" in told
    assert "Newcombe" in told
    assert "Staff talked to 3 of those held out" in told


def test_currencies_are_never_added_up() -> None:
    said = reports_view.tally_text(TALLY)

    assert "4 stayed and paid for 30 days (€196 and $20 net), 1 for 90 days (€147 net)." in said


def test_charts_stay_within_slacks_limits() -> None:
    drawn = chart("bar", "T" * 80, [f"a reason that is long {each}" for each in range(25)], {"Left": [1] * 25})

    check_message([drawn], charts_allowed=True)
    check_message(as_tables([drawn]), charts_allowed=False)
    check_message(as_lines([drawn]), charts_allowed=False)
    assert len({point["label"] for point in drawn["chart"]["series"][0]["data"]}) == 20


def test_pause_says_when_billing_restarts() -> None:
    restarts_at = ENDS_AT + timedelta(days=62)
    terms = replace(TERMS, offer=Pause(months=2), cost=Money(9800, "eur"), restarts_at=restarts_at, access="kept")
    view = replace(VIEW, proposal=replace(PROPOSAL, draft=replace(PROPOSAL.draft, terms=terms)))

    shown = json.dumps(proposal_message(view))

    assert "A pause of 2 months: billing restarts on 3 Feb 2027" in shown
    assert (
        "\\u20ac98 not billed (2 months), and they keep access. If they stay, \\u20ac49 a month from 3 Feb 2027 on."
        in shown
    )


@pytest.mark.parametrize(
    ("tally", "said"),
    [
        (replace(TALLY, cases=0), "Nobody cancelled."),
        (
            replace(TALLY, accepted=0, after_email=0, by_themselves=0),
            "40 cancellations, 20 offered something. None of them is back yet.",
        ),
        (
            replace(TALLY, after_email=0, verified_30=0, verified_90=0),
            "8 back: 5 by an accepted offer, 3 by themselves. None of these has stayed and paid for 30 days yet.",
        ),
        (
            replace(TALLY, switched=3, still_subscribed=1),
            "40 cancellations (3 switched to another subscription, 1 still subscribed to another), 20 offered",
        ),
        (replace(TALLY, verified_90=0), "4 stayed and paid for 30 days (€196 and $20 net)."),
    ],
)
def test_month_leaves_out_empty_figures(tally: FunnelCounts, said: str) -> None:
    assert said in reports_view.tally_text(tally)


@pytest.mark.parametrize(
    ("whole", "said"),
    [
        ((), "May: nobody left for good, so nothing is lost."),
        ((Loss(cases=1, monthly=Money(3000, "eur"), addressed=Money(0, "eur")),), "€30 a month"),
    ],
)
def test_leak_tells_what_switches_gain(whole: tuple[Loss, ...], said: str) -> None:
    leak = LossReport(since=NOW, until=NOW, whole=whole, groups=(), gained=(Money(5000, "eur"),))

    told = reports_view.loss_message(leak, span="May")["text"]

    assert said in told
    assert told.endswith("Those who switched to a more expensive plan pay €50 a month more.")


def test_a_report_says_that_it_is_not_complete() -> None:
    leak = LossReport(since=NOW, until=NOW, whole=(), groups=(), uncounted=1)

    assert "I'm still counting what is new about 1 person" in reports_view.loss_message(leak, span="May")["text"]


def test_only_the_latest_answer_is_shown() -> None:
    latest = LatestOnly()
    with latest.entered("V1", "1795.1") as first, latest.entered("V1", "1795.3") as last:
        with latest.entered("V1", "1795.2") as late:
            assert not late()
        assert (first(), last()) == (False, True)
    assert len(latest) == 0


def test_lookup_that_raises_leaves_no_entry() -> None:
    latest = LatestOnly()
    with pytest.raises(Unavailable), latest.entered("V1", "1795.1"):
        raise Unavailable("Stripe is away")
    assert len(latest) == 0


def test_fullest_profile_fits_one_message() -> None:
    suppression = Suppression(by=None, why="unsubscribed", at=NOW)
    dossier = CustomerProfile(
        customers=((CUSTOMER, "given"),) * 5,
        cases=((CARD.case, CARD.facts),) * 30,
        proposals=(PROPOSAL,) * 30,
        offers=(OFFER,),
        suppression=suppression,
    )

    shown = profiles_message(FoundProfiles(people=(dossier,) * 9, search_answered=False), who="cus_1")

    check_message(shown["blocks"], charts_allowed=False)
    told = json.dumps(shown, ensure_ascii=False)
    assert "by themselves, and nobody here can undo that" in told
    assert "Accepted <!date^" in told
    assert "other spellings of the address were not checked" in told


def test_a_proposal_tells_when_the_reminder_would_follow() -> None:
    told = times(replace(VIEW, remind_at=ENDS_AT))

    assert "Approved now, one reminder follows on <!date^" in told
    assert "reminder" not in times(VIEW)


@pytest.mark.parametrize(
    ("noted", "said"),
    [
        (12, "Reason known for 49 of 80 who cancelled themselves, 12 noted by staff."),
        (0, "Reason known for 49 of 80 who cancelled themselves."),
    ],
)
def test_stats_say_how_many_reasons_are_known(noted: int, said: str) -> None:
    tally = replace(TALLY, asked_why=80, reason_known=49, reason_noted=noted)
    assert reports_view.reasons_text(tally) == said
