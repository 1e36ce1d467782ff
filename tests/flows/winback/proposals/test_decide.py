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
from tests.flows.winback.bureau import ADA, AGENT, DAY, MAX, MONA, TWENTY, Bureau, bureau_on, rules


@pytest.fixture
async def any_bureau(empty_sandbox: Sandbox, store: SqlStore) -> AsyncIterator[Bureau]:
    """On SQLite and on PostgreSQL, for what people do at the same moment."""
    empty_sandbox.faults.clear()
    async with bureau_on(empty_sandbox, store) as opened:
        yield opened


async def offers_of(bureau: Bureau, proposal: ProposalRow) -> int:
    async with bureau.store.read() as unit:
        return len(await unit.offers.of_case(proposal.case_id))


async def prepared(bureau: Bureau) -> int:
    await bureau.work()
    return sum(isinstance(effect, PrepareOffer) for effect in bureau.left)


async def test_approving_makes_an_offer(bureau: Bureau) -> None:
    proposal = await bureau.proposed()

    answer = await bureau.approve(proposal)

    assert isinstance(answer, Approved)
    assert not answer.needs_second
    offer = await bureau.offer(proposal.id)
    assert offer is not None
    assert (offer.state, offer.email_state, offer.approved_by) == ("sending", "waiting", MONA.id)
    assert offer.reserved == (f"month:{bureau.month()}", f"approver:{MONA.id}:{bureau.day()}")
    assert await bureau.spent(offer.reserved[0]) == await bureau.spent(offer.reserved[1]) == {"eur": 2940}
    assert [entry.outcome for entry in await bureau.recorded("approve")] == ["approved"]
    assert await prepared(bureau) == 1
    assert bureau.shown(proposal.id).offer == offer
    card = await bureau.flows.card_publisher.card(proposal.case_id, now=bureau.now())
    assert card is not None
    assert card.winback is not None
    assert (card.winback.state, card.winback.by) == ("sending", MONA.id)


async def test_two_managers_at_once_make_one_offer(any_bureau: Bureau) -> None:
    proposal = await any_bureau.proposed()

    answers = await asyncio.gather(*(any_bureau.approve(proposal, by) for by in (MONA, MAX)))

    assert sorted(type(answer).__name__ for answer in answers) == ["AlreadyDecided", "Approved"]
    assert await offers_of(any_bureau, proposal) == 1
    assert await prepared(any_bureau) == 1
    assert len(await any_bureau.recorded("approve")) == 1


async def test_approve_and_decline_is_one_decision(any_bureau: Bureau) -> None:
    proposal = await any_bureau.proposed()

    answers = await asyncio.gather(any_bureau.approve(proposal, MONA), decline(any_bureau, proposal))

    settled = [answer for answer in answers if isinstance(answer, AlreadyDecided)]
    assert len(settled) == 1
    final = (await any_bureau.proposal(proposal.id)).state
    assert settled[0].proposal.state == final
    assert await offers_of(any_bureau, proposal) == (1 if final == "approved" else 0)


async def test_never_contact_beats_an_approval(any_bureau: Bureau) -> None:
    proposal = await any_bureau.proposed()

    yes, never = await asyncio.gather(
        any_bureau.approve(proposal),
        any_bureau.flows.case_actions.never_contact(requester=AGENT, case_id=proposal.case_id, now=any_bureau.now()),
    )

    assert isinstance(never, Done)
    assert isinstance(yes, Approved | AlreadyDecided | NotEligible)
    offer = await any_bureau.offer(proposal.id)
    assert offer is None or (offer.state, offer.why) == ("over", "suppressed")
    assert (await any_bureau.proposal(proposal.id)).state in {"approved", "withdrawn"}
    assert sum((await any_bureau.spent(f"month:{any_bureau.month()}")).values()) == 0


async def test_approving_a_changing_offer_says_so(bureau: Bureau) -> None:
    proposal = await bureau.proposed()

    async def meanwhile() -> None:
        assert isinstance(await bureau.change(proposal, replace(TWENTY, invoices=1), MAX), DraftChanged)

    bureau.interrupt(meanwhile)
    answer = await bureau.approve(proposal)

    assert isinstance(answer, Outdated)
    assert answer.proposal.draft.terms.cost == Money(980, "eur")
    assert await offers_of(bureau, proposal) == 0


async def test_a_double_click_shows_the_decision(bureau: Bureau) -> None:
    proposal = await bureau.proposed()
    await bureau.approve(proposal)

    again = await bureau.approve(proposal)

    assert isinstance(again, AlreadyDecided)
    assert (again.proposal.state, again.proposal.decided_by) == ("approved", MONA.id)
    assert await offers_of(bureau, proposal) == 1


async def test_a_click_works_after_a_restart(bureau: Bureau) -> None:
    proposal = await bureau.proposed()
    async with bureau_on(bureau.sandbox, bureau.store) as restarted:
        assert isinstance(await restarted.approve(proposal), Approved)
        assert isinstance(await restarted.approve(proposal), AlreadyDecided)


async def test_a_budget_for_one_approves_one(any_bureau: Bureau) -> None:
    any_bureau.follow(rules(budget_a_month={"eur": Money(3000, "eur")}))
    proposals = [await any_bureau.proposed() for _ in range(2)]

    answers = await asyncio.gather(*(any_bureau.approve(each) for each in proposals))

    (refused,) = (answer for answer in answers if not isinstance(answer, Approved))
    assert refused == OverBudget(which="month", left=Money(60, "eur"))
    assert await any_bureau.spent(f"month:{any_bureau.month()}") == {"eur": 2940}
    states = sorted([(await any_bureau.proposal(each.id)).state for each in proposals])
    assert states == ["approved", "open"]
    assert await prepared(any_bureau) == 1


async def test_an_approver_has_a_daily_budget(bureau: Bureau) -> None:
    bureau.follow(rules(budget_per_approver_a_day={"eur": Money(3000, "eur")}))
    first, second = [await bureau.proposed() for _ in range(2)]
    await bureau.approve(first)

    assert await bureau.approve(second) == OverBudget(which="approver", left=Money(60, "eur"))
    assert isinstance(await bureau.approve(second, MAX), Approved)


async def test_two_proposals_to_a_person_are_one_offer(any_bureau: Bureau) -> None:
    """As two processes may have made them before either saw the other."""
    proposal = await any_bureau.proposed()
    twin = replace(proposal, id=ProposalId(any_bureau.new_id()), step=1)
    async with any_bureau.store.begin() as unit:
        await unit.proposals.add(twin)
        await unit.commit()

    answers = await asyncio.gather(*(any_bureau.yes(each) for each in (proposal, twin)))

    assert sorted(answer is None for answer in answers) == [False, True]
    assert NotEligible in {type(answer) for answer in answers}
    assert await offers_of(any_bureau, proposal) == 1


async def test_an_expired_proposal_cannot_be_approved(bureau: Bureau) -> None:
    proposal = await bureau.proposed()
    bureau.pass_time(proposal.expires_at - bureau.now())

    answer = await bureau.approve(proposal)

    assert isinstance(answer, AlreadyDecided)
    assert answer.proposal.state == "expired"
    assert await offers_of(bureau, proposal) == 0


async def test_an_unanswered_proposal_expires(bureau: Bureau) -> None:
    proposal = await bureau.proposed()
    bureau.pass_time(proposal.expires_at - bureau.now())

    await bureau.work()

    shown = bureau.shown(proposal.id)
    assert shown.proposal.state == "expired"
    assert shown.card.winback is not None
    assert shown.card.winback.state == "expired"


async def test_an_outdated_click_does_nothing(bureau: Bureau) -> None:
    proposal = await bureau.proposed()
    await bureau.change(proposal, replace(TWENTY, invoices=2))

    answer = await bureau.approve(proposal)

    assert isinstance(answer, Outdated)
    assert answer.proposal.draft.terms.cost == Money(1960, "eur")
    assert await offers_of(bureau, proposal) == 0


async def test_a_changed_cost_is_shown_again(bureau: Bureau) -> None:
    proposal = await bureau.proposed()
    subscription = bureau.subscription(proposal)
    bureau.account.subscriptions.update(
        subscription, {"items": [{"id": subscription["items"]["data"][0]["id"], "quantity": 2}]}
    )

    answer = await bureau.approve(proposal)

    assert isinstance(answer, Outdated)
    assert answer.proposal.draft.terms.cost == Money(5880, "eur")
    assert isinstance(await bureau.approve(answer.proposal), Approved)


async def test_returned_people_get_no_offer(bureau: Bureau) -> None:
    proposal = await bureau.proposed()
    bureau.account.take_back(bureau.subscription(proposal))

    answer = await bureau.approve(proposal)
    await bureau.work()

    assert isinstance(answer, NotEligible)
    assert "back" in {each.why for each in answer.rejected}
    shown = bureau.shown(proposal.id).proposal
    assert (shown.state, shown.why) == ("withdrawn", "back")
    assert isinstance(await bureau.approve(proposal), AlreadyDecided)


async def test_temporary_blockers_keep_it_open(bureau: Bureau) -> None:
    proposal = await bureau.proposed()
    bureau.account.customers.update(
        bureau.account.ledger.get("customer", proposal.customer_id), {"metadata": {"marketing_consent": ""}}
    )

    answer = await bureau.approve(proposal)

    assert isinstance(answer, NotEligible)
    assert [each.why for each in answer.rejected] == ["no_consent"]
    assert (await bureau.proposal(proposal.id)).state == "open"


@pytest.mark.parametrize("who", [AGENT, ADA])
async def test_without_permission_others_are_named(bureau: Bureau, who: Any) -> None:
    proposal = await bureau.proposed()

    for answer in (
        await bureau.approve(proposal, who),
        await decline(bureau, proposal, who),
        await snooze(bureau, proposal, bureau.now() + DAY, who),
        await bureau.change(proposal, TWENTY, who),
    ):
        assert isinstance(answer, PermissionDenied)
        assert answer.ask == (MONA.id, MAX.id)
    assert await bureau.proposal(proposal.id) == proposal


async def test_above_the_amount_it_takes_two_people(bureau: Bureau) -> None:
    bureau.follow(rules(second_approver_above={"eur": Money(2939, "eur")}))
    proposal = await bureau.proposed()
    assert bureau.shown(proposal.id).needs_second

    first = await bureau.approve(proposal, MONA)
    assert isinstance(first, Approved)
    assert first.needs_second
    assert await offers_of(bureau, proposal) == 0

    assert await bureau.approve(first.proposal, MONA) == NeedsAnotherApprover(ask=(MAX.id,))
    second = await bureau.approve(first.proposal, MAX)

    assert isinstance(second, Approved)
    assert not second.needs_second
    assert [each.by for each in second.proposal.approvals] == [MONA.id, MAX.id]
    assert await offers_of(bureau, proposal) == 1


async def test_at_the_amount_one_person_is_enough(bureau: Bureau) -> None:
    bureau.follow(rules(second_approver_above={"eur": Money(2940, "eur")}))

    answer = await bureau.approve(await bureau.proposed())

    assert isinstance(answer, Approved)
    assert not answer.needs_second


async def test_a_former_managers_approval_is_void(bureau: Bureau) -> None:
    bureau.follow(rules(second_approver_above={"eur": Money(1, "eur")}))
    first = await bureau.approve(await bureau.proposed(), MONA)
    assert isinstance(first, Approved)
    del bureau.roster.people[MONA.id]

    second = await bureau.approve(first.proposal, MAX)

    assert isinstance(second, Approved)
    assert second.needs_second
    assert [each.by for each in second.proposal.approvals] == [MAX.id]


async def test_a_call_assigns_the_case(bureau: Bureau) -> None:
    bureau.follow(rules(rule(step(CallBack(who=AGENT.id)))))
    proposal = await bureau.proposed()

    await bureau.approve(proposal)

    async with bureau.store.read() as unit:
        case = await unit.cases.get(proposal.case_id)
    assert case is not None
    assert case.owner == AGENT.id
    assert await prepared(bureau) == 0
    bureau.pass_time(2 * DAY)
    await bureau.work()
    assert [effect.case_id for effect in bureau.left if isinstance(effect, AskFollowUp)] == [case.id]
    card = await bureau.flows.card_publisher.card(case.id, now=bureau.now())
    assert card is not None
    assert card.winback is not None
    assert card.winback.state == "approved"
    gathered = await bureau.flows.eligibility.gather(case.id, bureau.policies.current, now=bureau.now())
    assert gathered is not None
    assert len(gathered[1].earlier) == 1


async def test_an_email_waits_but_not_past_the_end(bureau: Bureau) -> None:
    morning = SendingHours(start=time(9), end=time(10), weekdays=frozenset({0}))
    bureau.follow(rules(hours=morning))
    proposal = await bureau.proposed()

    answer = await bureau.approve(proposal)

    assert isinstance(answer, Approved)
    offer = await bureau.offer(proposal.id)
    assert offer is not None
    local = offer.send_at.astimezone(ZoneInfo("Europe/Berlin"))
    assert (local.weekday(), local.hour) == (0, 9)
    assert offer.expires_at <= (proposal.last_useful_at or offer.expires_at)


async def test_too_late_to_send_cannot_be_approved(bureau: Bureau) -> None:
    weekday = (bureau.now() + 5 * DAY).weekday()
    never = SendingHours(start=time(9), end=time(9, 1), weekdays=frozenset({weekday}))
    proposal = await bureau.proposed()
    bureau.pass_time((proposal.last_useful_at or bureau.now()) - bureau.now() - timedelta(minutes=1))
    bureau.follow(rules(hours=never))
    async with bureau.store.begin() as unit:
        late = replace(proposal, expires_at=bureau.now() + DAY)
        assert await unit.proposals.save(late)
        await unit.commit()

    answer = await bureau.flows.approvals.approve(
        requester=MONA, proposal_id=proposal.id, version=None, now=bureau.now()
    )

    assert isinstance(answer, NotEligible)
    assert [each.why for each in answer.rejected] == ["too_late"]
    assert await offers_of(bureau, proposal) == 0
    assert (await bureau.proposal(proposal.id)).state == "open"


async def test_paused_sending_blocks_approvals(bureau: Bureau) -> None:
    proposal = await bureau.proposed()
    await bureau.flows.pause_control.pause(requester=ADA, now=bureau.now())

    answer = await bureau.approve(proposal)

    assert isinstance(answer, SendingPause)
    assert answer.by == ADA.id
    assert (await bureau.proposal(proposal.id)).state == "open"
    await bureau.flows.pause_control.resume(requester=ADA, now=bureau.now())
    assert isinstance(await bureau.approve(proposal), Approved)


@pytest.mark.parametrize(("missing", "what"), [({"mail": False}, "smtp"), ({"public_url": None}, "public_url")])
async def test_missing_settings_are_named(bureau: Bureau, missing: dict[str, Any], what: str) -> None:
    proposal = await bureau.proposed()
    bureau.settings(**missing)

    assert await bureau.approve(proposal) == NotConfigured(what=what)


async def test_a_stripe_outage_changes_nothing(bureau: Bureau) -> None:
    proposal = await bureau.proposed()
    bureau.sandbox.faults.add("stripe", "/v1/subscriptions", "error", status=500, times=None)

    answer = await bureau.approve(proposal)

    assert isinstance(answer, OutsideFailure)
    assert answer.what == "stripe"
    assert await bureau.proposal(proposal.id) == proposal


async def test_unknown_proposals_say_so(bureau: Bureau) -> None:
    unknown = ProposalId(bureau.new_id())

    answer = await bureau.flows.approvals.approve(requester=MONA, proposal_id=unknown, version=1, now=bureau.now())

    assert answer == NoSuchProposal()


async def test_a_batch_checks_each_up_to_twenty(bureau: Bureau) -> None:
    bureau.follow(rules(budget_a_month={"eur": Money(6000, "eur")}))
    proposals = [await bureau.proposed() for _ in range(3)]
    chosen = [(each.id, each.version) for each in proposals] + [(ProposalId(bureau.new_id()), 1)] * 20

    several = await bureau.flows.approvals.approve_many(requester=MONA, proposals=chosen, now=bureau.now())

    kinds = [type(answer) for _, answer in several.answers]
    assert kinds[:4] == [Approved, Approved, OverBudget, NoSuchProposal]
    assert len(kinds) == 20


async def test_a_decline_keeps_its_reason(bureau: Bureau) -> None:
    proposal = await bureau.proposed()

    answer = await decline(bureau, proposal)

    assert isinstance(answer, Declined)
    assert (answer.proposal.state, answer.proposal.why, answer.proposal.decided_by) == (
        "declined", "not_worth_it", MONA.id,
    )  # fmt: skip
    assert isinstance(await bureau.approve(proposal), AlreadyDecided)


async def test_a_snoozed_proposal_is_hidden(bureau: Bureau) -> None:
    proposal = await bureau.proposed()

    answer = await snooze(bureau, proposal, bureau.now() + 2 * DAY)

    assert isinstance(answer, Snoozed)
    assert await pending(bureau) == []
    bureau.pass_time(2 * DAY)
    await bureau.work()
    (view,) = await pending(bureau)
    assert view.snoozed_until is None
    assert view.expires_at > proposal.expires_at


async def test_snoozing_leaves_time_to_decide(bureau: Bureau) -> None:
    proposal = await bureau.proposed()
    assert proposal.last_useful_at is not None

    answer = await snooze(bureau, proposal, proposal.last_useful_at + DAY)

    assert isinstance(answer, Snoozed)
    assert answer.until == proposal.last_useful_at - timedelta(hours=4)
    assert answer.proposal.expires_at == proposal.last_useful_at
    bureau.pass_time(answer.until - bureau.now())
    late = await snooze(bureau, answer.proposal, bureau.now() + DAY)
    assert isinstance(late, NotEligible)


async def test_pending_lists_the_first_to_expire_first(bureau: Bureau) -> None:
    proposals = [await bureau.proposed() for _ in range(2)]
    await bureau.approve(proposals[0])
    proposals.append(await bureau.proposed())

    assert [each.id for each in await pending(bureau)] == [each.id for each in proposals[1:]]
    assert isinstance(await bureau.flows.approvals.pending(requester=AGENT, now=bureau.now()), PermissionDenied)


async def pending(bureau: Bureau) -> list[ProposalRow]:
    waiting = await bureau.flows.approvals.pending(requester=MONA, now=bureau.now())
    assert isinstance(waiting, WaitingProposals)
    return [view.proposal for view in waiting.listed]


async def decline(bureau: Bureau, proposal: ProposalRow, by: Any = MONA) -> Any:
    return await bureau.flows.approvals.decline(
        requester=by, proposal_id=proposal.id, version=proposal.version, why="not_worth_it", now=bureau.now()
    )


async def snooze(bureau: Bureau, proposal: ProposalRow, until: datetime, by: Any = MONA) -> Any:
    return await bureau.flows.approvals.snooze(
        requester=by, proposal_id=proposal.id, version=proposal.version, until=until, now=bureau.now()
    )


async def test_an_approval_follows_one_policy(bureau: Bureau) -> None:
    lifetime = bureau.policies.current.limits.offer_lifetime
    proposal = await bureau.proposed()

    async def meanwhile() -> None:
        bureau.follow(rules(offer_lifetime=lifetime / 2))

    bureau.interrupt(meanwhile)
    assert isinstance(await bureau.approve(proposal), Approved)

    offer = await bureau.offer(proposal.id)
    assert offer is not None
    assert offer.expires_at == offer.send_at + lifetime
