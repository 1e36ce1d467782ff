"""Exactly one decision: at most one offer comes of a proposal, and every click is answered."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from domain.ids import ProposalId
from domain.money import Money
from domain.winback.offer import CallBack
from domain.winback.policy import SendingHours
from domain.winback.proposal import ProposalRow, WaitingProposals
from flows.cancellations.case_actions import Done
from flows.effects import AskFollowUp, PrepareOffer
from flows.failures import OutsideFailure
from flows.people.staff_permissions import PermissionDenied
from flows.ports.store import SendingPause
from flows.winback.policy.budgets import OverBudget
from flows.winback.policy.eligibility import NotConfigured, NotEligible
from flows.winback.proposals.answers import (
    AlreadyDecided,
    Approved,
    Declined,
    DraftChanged,
    NeedsAnotherApprover,
    NoSuchProposal,
    Outdated,
    Snoozed,
)
from sandbox.server import Sandbox
from storage.store import SqlStore
from tests.domain.winback.leaving_customers import rule, step
from tests.flows.winback.harness import ADA, AGENT, DAY, MAX, MONA, TWENTY, ProposalHarness, harness_on, rules


@pytest.fixture
async def any_harness(empty_sandbox: Sandbox, store: SqlStore) -> AsyncIterator[ProposalHarness]:
    """On SQLite and on PostgreSQL, for what people do at the same moment."""
    empty_sandbox.faults.clear()
    async with harness_on(empty_sandbox, store) as opened:
        yield opened


async def offers_of(harness: ProposalHarness, proposal: ProposalRow) -> int:
    async with harness.store.read() as unit:
        return len(await unit.offers.of_case(proposal.case_id))


async def prepared(harness: ProposalHarness) -> int:
    await harness.work()
    return sum(isinstance(effect, PrepareOffer) for effect in harness.left)


async def test_approving_makes_an_offer(harness: ProposalHarness) -> None:
    proposal = await harness.proposed()

    answer = await harness.approve(proposal)

    assert isinstance(answer, Approved)
    assert not answer.needs_second
    offer = await harness.offer(proposal.id)
    assert offer is not None
    assert (offer.state, offer.email_state, offer.approved_by) == ("sending", "waiting", MONA.id)
    assert offer.reserved == (f"month:{harness.month()}", f"approver:{MONA.id}:{harness.day()}")
    assert await harness.spent(offer.reserved[0]) == await harness.spent(offer.reserved[1]) == {"eur": 2940}
    assert [entry.outcome for entry in await harness.recorded("approve")] == ["approved"]
    assert await prepared(harness) == 1
    assert harness.shown(proposal.id).offer == offer
    card = await harness.flows.card_publisher.card(proposal.case_id, now=harness.now())
    assert card is not None
    assert card.winback is not None
    assert (card.winback.state, card.winback.by) == ("sending", MONA.id)


async def test_two_managers_at_once_make_one_offer(any_harness: ProposalHarness) -> None:
    proposal = await any_harness.proposed()

    answers = await asyncio.gather(*(any_harness.approve(proposal, by) for by in (MONA, MAX)))

    assert sorted(type(answer).__name__ for answer in answers) == ["AlreadyDecided", "Approved"]
    assert await offers_of(any_harness, proposal) == 1
    assert await prepared(any_harness) == 1
    assert len(await any_harness.recorded("approve")) == 1


async def test_approve_and_decline_is_one_decision(any_harness: ProposalHarness) -> None:
    proposal = await any_harness.proposed()

    answers = await asyncio.gather(any_harness.approve(proposal, MONA), decline(any_harness, proposal))

    settled = [answer for answer in answers if isinstance(answer, AlreadyDecided)]
    assert len(settled) == 1
    final = (await any_harness.proposal(proposal.id)).state
    assert settled[0].proposal.state == final
    assert await offers_of(any_harness, proposal) == (1 if final == "approved" else 0)


async def test_never_contact_beats_an_approval(any_harness: ProposalHarness) -> None:
    proposal = await any_harness.proposed()

    yes, never = await asyncio.gather(
        any_harness.approve(proposal),
        any_harness.flows.case_actions.never_contact(requester=AGENT, case_id=proposal.case_id, now=any_harness.now()),
    )

    assert isinstance(never, Done)
    assert isinstance(yes, Approved | AlreadyDecided | NotEligible)
    offer = await any_harness.offer(proposal.id)
    assert offer is None or (offer.state, offer.why) == ("over", "suppressed")
    assert (await any_harness.proposal(proposal.id)).state in {"approved", "withdrawn"}
    assert sum((await any_harness.spent(f"month:{any_harness.month()}")).values()) == 0


async def test_approving_a_changing_offer_says_so(harness: ProposalHarness) -> None:
    proposal = await harness.proposed()

    async def meanwhile() -> None:
        assert isinstance(await harness.change(proposal, replace(TWENTY, invoices=1), MAX), DraftChanged)

    harness.interrupt(meanwhile)
    answer = await harness.approve(proposal)

    assert isinstance(answer, Outdated)
    assert answer.proposal.draft.terms.cost == Money(980, "eur")
    assert await offers_of(harness, proposal) == 0


async def test_a_double_click_shows_the_decision(harness: ProposalHarness) -> None:
    proposal = await harness.proposed()
    await harness.approve(proposal)

    again = await harness.approve(proposal)

    assert isinstance(again, AlreadyDecided)
    assert (again.proposal.state, again.proposal.decided_by) == ("approved", MONA.id)
    assert await offers_of(harness, proposal) == 1


async def test_a_click_works_after_a_restart(harness: ProposalHarness) -> None:
    proposal = await harness.proposed()
    async with harness_on(harness.sandbox, harness.store) as restarted:
        assert isinstance(await restarted.approve(proposal), Approved)
        assert isinstance(await restarted.approve(proposal), AlreadyDecided)


async def test_a_budget_for_one_approves_one(any_harness: ProposalHarness) -> None:
    any_harness.follow(rules(budget_a_month={"eur": Money(3000, "eur")}))
    proposals = [await any_harness.proposed() for _ in range(2)]

    answers = await asyncio.gather(*(any_harness.approve(each) for each in proposals))

    (refused,) = (answer for answer in answers if not isinstance(answer, Approved))
    assert refused == OverBudget(which="month", left=Money(60, "eur"))
    assert await any_harness.spent(f"month:{any_harness.month()}") == {"eur": 2940}
    states = sorted([(await any_harness.proposal(each.id)).state for each in proposals])
    assert states == ["approved", "open"]
    assert await prepared(any_harness) == 1


async def test_an_approver_has_a_daily_budget(harness: ProposalHarness) -> None:
    harness.follow(rules(budget_per_approver_a_day={"eur": Money(3000, "eur")}))
    first, second = [await harness.proposed() for _ in range(2)]
    await harness.approve(first)

    assert await harness.approve(second) == OverBudget(which="approver", left=Money(60, "eur"))
    assert isinstance(await harness.approve(second, MAX), Approved)


async def test_two_proposals_to_a_person_are_one_offer(any_harness: ProposalHarness) -> None:
    """As two processes may have made them before either saw the other."""
    proposal = await any_harness.proposed()
    twin = replace(proposal, id=ProposalId(any_harness.new_id()), step=1)
    async with any_harness.store.begin() as unit:
        await unit.proposals.add(twin)
        await unit.commit()

    answers = await asyncio.gather(*(any_harness.yes(each) for each in (proposal, twin)))

    assert sorted(answer is None for answer in answers) == [False, True]
    assert NotEligible in {type(answer) for answer in answers}
    assert await offers_of(any_harness, proposal) == 1


async def test_an_expired_proposal_cannot_be_approved(harness: ProposalHarness) -> None:
    proposal = await harness.proposed()
    harness.pass_time(proposal.expires_at - harness.now())

    answer = await harness.approve(proposal)

    assert isinstance(answer, AlreadyDecided)
    assert answer.proposal.state == "expired"
    assert await offers_of(harness, proposal) == 0


async def test_an_unanswered_proposal_expires(harness: ProposalHarness) -> None:
    proposal = await harness.proposed()
    harness.pass_time(proposal.expires_at - harness.now())

    await harness.work()

    shown = harness.shown(proposal.id)
    assert shown.proposal.state == "expired"
    assert shown.card.winback is not None
    assert shown.card.winback.state == "expired"


async def test_an_outdated_click_does_nothing(harness: ProposalHarness) -> None:
    proposal = await harness.proposed()
    await harness.change(proposal, replace(TWENTY, invoices=2))

    answer = await harness.approve(proposal)

    assert isinstance(answer, Outdated)
    assert answer.proposal.draft.terms.cost == Money(1960, "eur")
    assert await offers_of(harness, proposal) == 0


async def test_a_changed_cost_is_shown_again(harness: ProposalHarness) -> None:
    proposal = await harness.proposed()
    subscription = harness.subscription(proposal)
    harness.account.subscriptions.update(
        subscription, {"items": [{"id": subscription["items"]["data"][0]["id"], "quantity": 2}]}
    )

    answer = await harness.approve(proposal)

    assert isinstance(answer, Outdated)
    assert answer.proposal.draft.terms.cost == Money(5880, "eur")
    assert isinstance(await harness.approve(answer.proposal), Approved)


async def test_returned_people_get_no_offer(harness: ProposalHarness) -> None:
    proposal = await harness.proposed()
    harness.account.take_back(harness.subscription(proposal))

    answer = await harness.approve(proposal)
    await harness.work()

    assert isinstance(answer, NotEligible)
    assert "back" in {each.why for each in answer.rejected}
    shown = harness.shown(proposal.id).proposal
    assert (shown.state, shown.why) == ("withdrawn", "back")
    assert isinstance(await harness.approve(proposal), AlreadyDecided)


async def test_temporary_blockers_keep_it_open(harness: ProposalHarness) -> None:
    proposal = await harness.proposed()
    harness.account.customers.update(
        harness.account.ledger.get("customer", proposal.customer_id), {"metadata": {"marketing_consent": ""}}
    )

    answer = await harness.approve(proposal)

    assert isinstance(answer, NotEligible)
    assert [each.why for each in answer.rejected] == ["no_consent"]
    assert (await harness.proposal(proposal.id)).state == "open"


@pytest.mark.parametrize("who", [AGENT, ADA])
async def test_without_permission_others_are_named(harness: ProposalHarness, who: Any) -> None:
    proposal = await harness.proposed()

    for answer in (
        await harness.approve(proposal, who),
        await decline(harness, proposal, who),
        await snooze(harness, proposal, harness.now() + DAY, who),
        await harness.change(proposal, TWENTY, who),
    ):
        assert isinstance(answer, PermissionDenied)
        assert answer.ask == (MONA.id, MAX.id)
    assert await harness.proposal(proposal.id) == proposal


async def test_above_the_amount_it_takes_two_people(harness: ProposalHarness) -> None:
    harness.follow(rules(second_approver_above={"eur": Money(2939, "eur")}))
    proposal = await harness.proposed()
    assert harness.shown(proposal.id).needs_second

    first = await harness.approve(proposal, MONA)
    assert isinstance(first, Approved)
    assert first.needs_second
    assert await offers_of(harness, proposal) == 0

    assert await harness.approve(first.proposal, MONA) == NeedsAnotherApprover(ask=(MAX.id,))
    second = await harness.approve(first.proposal, MAX)

    assert isinstance(second, Approved)
    assert not second.needs_second
    assert [each.by for each in second.proposal.approvals] == [MONA.id, MAX.id]
    assert await offers_of(harness, proposal) == 1


async def test_at_the_amount_one_person_is_enough(harness: ProposalHarness) -> None:
    harness.follow(rules(second_approver_above={"eur": Money(2940, "eur")}))

    answer = await harness.approve(await harness.proposed())

    assert isinstance(answer, Approved)
    assert not answer.needs_second


async def test_a_former_managers_approval_is_void(harness: ProposalHarness) -> None:
    harness.follow(rules(second_approver_above={"eur": Money(1, "eur")}))
    first = await harness.approve(await harness.proposed(), MONA)
    assert isinstance(first, Approved)
    del harness.roster.people[MONA.id]

    second = await harness.approve(first.proposal, MAX)

    assert isinstance(second, Approved)
    assert second.needs_second
    assert [each.by for each in second.proposal.approvals] == [MAX.id]


async def test_a_call_assigns_the_case(harness: ProposalHarness) -> None:
    harness.follow(rules(rule(step(CallBack(who=AGENT.id)))))
    proposal = await harness.proposed()

    await harness.approve(proposal)

    async with harness.store.read() as unit:
        case = await unit.cases.get(proposal.case_id)
    assert case is not None
    assert case.owner == AGENT.id
    assert await prepared(harness) == 0
    harness.pass_time(2 * DAY)
    await harness.work()
    assert [effect.case_id for effect in harness.left if isinstance(effect, AskFollowUp)] == [case.id]
    card = await harness.flows.card_publisher.card(case.id, now=harness.now())
    assert card is not None
    assert card.winback is not None
    assert card.winback.state == "approved"
    gathered = await harness.flows.eligibility.gather(case.id, harness.policies.current, now=harness.now())
    assert gathered is not None
    assert len(gathered[1].earlier) == 1


async def test_an_email_waits_but_not_past_the_end(harness: ProposalHarness) -> None:
    morning = SendingHours(start=time(9), end=time(10), weekdays=frozenset({0}))
    harness.follow(rules(hours=morning))
    proposal = await harness.proposed()

    answer = await harness.approve(proposal)

    assert isinstance(answer, Approved)
    offer = await harness.offer(proposal.id)
    assert offer is not None
    local = offer.send_at.astimezone(ZoneInfo("Europe/Berlin"))
    assert (local.weekday(), local.hour) == (0, 9)
    assert offer.expires_at <= (proposal.last_useful_at or offer.expires_at)


async def test_too_late_to_send_cannot_be_approved(harness: ProposalHarness) -> None:
    weekday = (harness.now() + 5 * DAY).weekday()
    never = SendingHours(start=time(9), end=time(9, 1), weekdays=frozenset({weekday}))
    proposal = await harness.proposed()
    harness.pass_time((proposal.last_useful_at or harness.now()) - harness.now() - timedelta(minutes=1))
    harness.follow(rules(hours=never))
    async with harness.store.begin() as unit:
        late = replace(proposal, expires_at=harness.now() + DAY)
        assert await unit.proposals.save(late)
        await unit.commit()

    answer = await harness.flows.approvals.approve(
        requester=MONA, proposal_id=proposal.id, version=None, now=harness.now()
    )

    assert isinstance(answer, NotEligible)
    assert [each.why for each in answer.rejected] == ["too_late"]
    assert await offers_of(harness, proposal) == 0
    assert (await harness.proposal(proposal.id)).state == "open"


async def test_paused_sending_blocks_approvals(harness: ProposalHarness) -> None:
    proposal = await harness.proposed()
    await harness.flows.pause_control.pause(requester=ADA, now=harness.now())

    answer = await harness.approve(proposal)

    assert isinstance(answer, SendingPause)
    assert answer.by == ADA.id
    assert (await harness.proposal(proposal.id)).state == "open"
    await harness.flows.pause_control.resume(requester=ADA, now=harness.now())
    assert isinstance(await harness.approve(proposal), Approved)


@pytest.mark.parametrize(("missing", "what"), [({"mail": False}, "smtp"), ({"public_url": None}, "public_url")])
async def test_missing_settings_are_named(harness: ProposalHarness, missing: dict[str, Any], what: str) -> None:
    proposal = await harness.proposed()
    harness.settings(**missing)

    assert await harness.approve(proposal) == NotConfigured(what=what)


async def test_a_stripe_outage_changes_nothing(harness: ProposalHarness) -> None:
    proposal = await harness.proposed()
    harness.sandbox.faults.add("stripe", "/v1/subscriptions", "error", status=500, times=None)

    answer = await harness.approve(proposal)

    assert isinstance(answer, OutsideFailure)
    assert answer.what == "stripe"
    assert await harness.proposal(proposal.id) == proposal


async def test_unknown_proposals_say_so(harness: ProposalHarness) -> None:
    unknown = ProposalId(harness.new_id())

    answer = await harness.flows.approvals.approve(requester=MONA, proposal_id=unknown, version=1, now=harness.now())

    assert answer == NoSuchProposal()


async def test_a_batch_checks_each_up_to_twenty(harness: ProposalHarness) -> None:
    harness.follow(rules(budget_a_month={"eur": Money(6000, "eur")}))
    proposals = [await harness.proposed() for _ in range(3)]
    chosen = [(each.id, each.version) for each in proposals] + [(ProposalId(harness.new_id()), 1)] * 20

    several = await harness.flows.approvals.approve_many(requester=MONA, proposals=chosen, now=harness.now())

    kinds = [type(answer) for _, answer in several.answers]
    assert kinds[:4] == [Approved, Approved, OverBudget, NoSuchProposal]
    assert len(kinds) == 20


async def test_a_decline_keeps_its_reason(harness: ProposalHarness) -> None:
    proposal = await harness.proposed()

    answer = await decline(harness, proposal)

    assert isinstance(answer, Declined)
    assert (answer.proposal.state, answer.proposal.why, answer.proposal.decided_by) == (
        "declined", "not_worth_it", MONA.id,
    )  # fmt: skip
    assert isinstance(await harness.approve(proposal), AlreadyDecided)


async def test_a_snoozed_proposal_is_hidden(harness: ProposalHarness) -> None:
    proposal = await harness.proposed()

    answer = await snooze(harness, proposal, harness.now() + 2 * DAY)

    assert isinstance(answer, Snoozed)
    assert await pending(harness) == []
    harness.pass_time(2 * DAY)
    await harness.work()
    (view,) = await pending(harness)
    assert view.snoozed_until is None
    assert view.expires_at > proposal.expires_at


async def test_snoozing_leaves_time_to_decide(harness: ProposalHarness) -> None:
    proposal = await harness.proposed()
    assert proposal.last_useful_at is not None

    answer = await snooze(harness, proposal, proposal.last_useful_at + DAY)

    assert isinstance(answer, Snoozed)
    assert answer.until == proposal.last_useful_at - timedelta(hours=4)
    assert answer.proposal.expires_at == proposal.last_useful_at
    harness.pass_time(answer.until - harness.now())
    late = await snooze(harness, answer.proposal, harness.now() + DAY)
    assert isinstance(late, NotEligible)


async def test_pending_lists_the_first_to_expire_first(harness: ProposalHarness) -> None:
    proposals = [await harness.proposed() for _ in range(2)]
    await harness.approve(proposals[0])
    proposals.append(await harness.proposed())

    assert [each.id for each in await pending(harness)] == [each.id for each in proposals[1:]]
    assert isinstance(await harness.flows.approvals.pending(requester=AGENT, now=harness.now()), PermissionDenied)


async def pending(harness: ProposalHarness) -> list[ProposalRow]:
    waiting = await harness.flows.approvals.pending(requester=MONA, now=harness.now())
    assert isinstance(waiting, WaitingProposals)
    return [view.proposal for view in waiting.listed]


async def decline(harness: ProposalHarness, proposal: ProposalRow, by: Any = MONA) -> Any:
    return await harness.flows.approvals.decline(
        requester=by, proposal_id=proposal.id, version=proposal.version, why="not_worth_it", now=harness.now()
    )


async def snooze(harness: ProposalHarness, proposal: ProposalRow, until: datetime, by: Any = MONA) -> Any:
    return await harness.flows.approvals.snooze(
        requester=by, proposal_id=proposal.id, version=proposal.version, until=until, now=harness.now()
    )


async def test_an_approval_follows_one_policy(harness: ProposalHarness) -> None:
    lifetime = harness.policies.current.limits.offer_lifetime
    proposal = await harness.proposed()

    async def meanwhile() -> None:
        harness.follow(rules(offer_lifetime=lifetime / 2))

    harness.interrupt(meanwhile)
    assert isinstance(await harness.approve(proposal), Approved)

    offer = await harness.offer(proposal.id)
    assert offer is not None
    assert offer.expires_at == offer.send_at + lifetime
