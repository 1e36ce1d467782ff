"""Drafts by hand: within the rule's limits one person is enough, beyond them another must approve."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.views.winback.decision_replies import decision_text
from bot.views.winback.proposal_texts import people
from domain.cancellations.stored_case import Case
from domain.ids import CaseId
from domain.money import Money
from domain.winback.offer import CallBack, DiscountOffer, ManagerLimits, Offer, Pause, Restart
from domain.winback.policy import Step
from flows.people.staff_permissions import PermissionDenied
from flows.winback.policy.eligibility import NotConfigured, NotEligible
from flows.winback.proposals.answers import (
    AlreadyDecided,
    Approved,
    DecisionAnswer,
    DraftChanged,
    DraftForm,
    NeedsAnotherApprover,
    NoSuchProposal,
    Outdated,
    PricedDraft,
    Proposed,
)
from sandbox.server import Sandbox
from storage.store import SqlStore
from tests.domain.winback.leaving_customers import AT_ONCE, rule
from tests.flows.winback.harness import ADA, AGENT, DAY, MAX, MONA, TWENTY, ProposalHarness, harness_on, rules

TWENTY_FIVE = replace(TWENTY, percent=Decimal(25))
THIRTY = replace(TWENTY, percent=Decimal(30))
LEEWAY = rules(
    rule(Step(when=AT_ONCE, offer=TWENTY, up_to=ManagerLimits(percent=Decimal(25))), never=frozenset({"pause"})),
    second_approver_above={"eur": Money(4000, "eur")},
)


@pytest.fixture
def harness(harness: ProposalHarness) -> ProposalHarness:
    harness.follow(LEEWAY)
    return harness


async def propose(harness: ProposalHarness, case: Case, offer: Offer, by: Any = AGENT, **more: Any) -> DecisionAnswer:
    return await harness.flows.drafts.propose(
        requester=by, case_id=case.id, offer=offer, **({"note": None, "send_at": None} | more), now=harness.now()
    )


async def quiet(harness: ProposalHarness) -> Case:
    """Let somebody leave for whom the policy has nothing by itself."""
    harness.follow(replace(LEEWAY, rules=()))
    _, case = await harness.leaving()
    await harness.work()
    return case


async def test_a_small_change_can_be_self_approved(harness: ProposalHarness) -> None:
    proposal = await harness.proposed()

    changed = await harness.change(proposal, TWENTY_FIVE, note="We would love to keep you.")

    assert isinstance(changed, DraftChanged)
    assert not changed.by_hand
    assert changed.proposal.draft.terms.cost == Money(3675, "eur")
    await harness.work()
    assert harness.shown(proposal.id).proposal == changed.proposal
    assert isinstance(await harness.approve(changed.proposal), Approved)
    offer = await harness.offer(proposal.id)
    assert offer is not None
    assert (offer.note, offer.terms.cost) == ("We would love to keep you.", Money(3675, "eur"))


async def test_a_large_change_counts_as_by_hand(harness: ProposalHarness) -> None:
    harness.follow(replace(LEEWAY, limits=replace(LEEWAY.limits, second_approver_above={"eur": Money(10_000, "eur")})))
    proposal = await harness.proposed()

    changed = await harness.change(proposal, THIRTY)

    assert isinstance(changed, DraftChanged)
    assert changed.by_hand
    assert changed.proposal.by_hand == MONA.id
    assert await harness.approve(changed.proposal, MONA) == NeedsAnotherApprover(ask=(MAX.id,))
    assert isinstance(await harness.approve(changed.proposal, MAX), Approved)


async def test_the_proposer_can_be_one_of_two(harness: ProposalHarness) -> None:
    changed = await harness.change(await harness.proposed(), THIRTY)
    assert isinstance(changed, DraftChanged)

    first = await harness.approve(changed.proposal, MONA)
    assert isinstance(first, Approved)
    assert first.needs_second
    second = await harness.approve(first.proposal, MAX)

    assert isinstance(second, Approved)
    assert not second.needs_second


async def test_a_new_note_keeps_the_author(harness: ProposalHarness) -> None:
    changed = await harness.change(await harness.proposed(), THIRTY, MONA)
    assert isinstance(changed, DraftChanged)

    reworded = await harness.change(changed.proposal, THIRTY, MAX, note="Come back!")

    assert isinstance(reworded, DraftChanged)
    assert reworded.proposal.by_hand == MONA.id


async def test_a_change_removes_approvals(harness: ProposalHarness) -> None:
    changed = await harness.change(await harness.proposed(), THIRTY)
    assert isinstance(changed, DraftChanged)
    first = await harness.approve(changed.proposal, MAX)
    assert isinstance(first, Approved)

    again = await harness.change(first.proposal, TWENTY_FIVE, MONA)

    assert isinstance(again, DraftChanged)
    assert again.proposal.approvals == ()


async def test_a_change_of_the_words_alone_says_so(harness: ProposalHarness) -> None:
    changed = await harness.change(await harness.proposed(), THIRTY)
    assert isinstance(changed, DraftChanged)
    assert not changed.only_words
    first = await harness.approve(changed.proposal, MAX)
    assert isinstance(first, Approved)
    assert first.needs_second
    await harness.work()

    reworded = await harness.change(first.proposal, THIRTY, MONA, note="Come back!")
    await harness.work()

    assert isinstance(reworded, DraftChanged)
    assert reworded.only_words
    assert "Only the words were changed; the offer is the same" in decision_text(reworded)
    assert reworded.proposal.approvals == first.proposal.approvals
    shown = harness.shown(reworded.proposal.id)
    assert shown.proposal.reworded is not None
    assert (shown.proposal.reworded.by, shown.proposal.reworded.since) == (MONA.id, first.proposal.version)
    assert any("Only the words were changed, by <@U0MANAGER1>" in each for each in people(shown))
    [told] = harness.board.in_threads
    assert told.startswith("Only the words were changed, by <@U0MANAGER1>. The offer is the same: 30")
    assert "<@U0MANAGER2>: your approval still counts." in told
    stale = await harness.approve(first.proposal, MAX)
    assert stale == Outdated(proposal=reworded.proposal, only_words=True)
    assert "Only the words were changed since you looked" in decision_text(stale)
    older = await harness.approve(changed.proposal, MAX)
    assert older == Outdated(proposal=reworded.proposal, only_words=False)
    assert isinstance(await harness.approve(reworded.proposal, MONA), Approved)
    offer = await harness.offer(reworded.proposal.id)
    assert offer is not None
    assert offer.note == "Come back!"


async def test_another_offer_or_time_is_no_change_of_words(harness: ProposalHarness) -> None:
    reworded = await harness.change(await harness.proposed(), TWENTY, note="Come back!")
    assert isinstance(reworded, DraftChanged)
    assert reworded.only_words

    tomorrow = harness.now() + DAY
    later = await harness.change(reworded.proposal, TWENTY, note="Do come back!", send_at=tomorrow)
    assert isinstance(later, DraftChanged)
    assert (later.only_words, later.proposal.reworded) == (False, None)
    again = await harness.change(later.proposal, TWENTY, note="Come!", send_at=tomorrow)
    assert isinstance(again, DraftChanged)
    assert again.only_words
    dearer = await harness.change(again.proposal, TWENTY_FIVE, note="Come!", send_at=tomorrow)
    assert isinstance(dearer, DraftChanged)
    assert (dearer.only_words, dearer.proposal.reworded) == (False, None)


@pytest.mark.parametrize(
    ("offer", "why"),
    [
        (replace(TWENTY, percent=Decimal(31)), "percent_limit"),
        (replace(TWENTY, invoices=4), "invoices_limit"),
        (DiscountOffer(percent=None, amount=Money(500, "usd"), invoices=1), "currency"),
    ],
)
async def test_limits_hold_by_hand_too(harness: ProposalHarness, offer: Offer, why: str) -> None:
    proposal = await harness.proposed()

    answer = await harness.change(proposal, offer)

    assert isinstance(answer, NotEligible)
    assert why in {each.why for each in answer.rejected}
    assert await harness.proposal(proposal.id) == proposal


async def test_a_change_to_what_the_rule_never_gives_takes_two(harness: ProposalHarness) -> None:
    changed = await harness.change(await harness.proposed(), Pause(months=1))

    assert isinstance(changed, DraftChanged)
    assert changed.proposal.overrides == "rule"
    first = await harness.approve(changed.proposal, MAX)
    assert isinstance(first, Approved)
    assert first.needs_second
    back = await harness.change(first.proposal, TWENTY)
    assert isinstance(back, DraftChanged)
    assert back.proposal.overrides is None


async def test_a_stale_change_does_nothing(harness: ProposalHarness) -> None:
    proposal = await harness.proposed()
    await harness.change(proposal, TWENTY_FIVE)

    assert isinstance(await harness.change(proposal, TWENTY), Outdated)
    await harness.approve(await harness.proposal(proposal.id))
    assert isinstance(await harness.change(proposal, TWENTY), AlreadyDecided)


async def test_an_email_cannot_be_set_after_the_end(harness: ProposalHarness) -> None:
    proposal = await harness.proposed()

    answer = await harness.change(proposal, TWENTY, send_at=harness.now() + 60 * DAY)

    assert isinstance(answer, NotEligible)
    assert [each.why for each in answer.rejected] == ["too_late"]


async def test_an_email_goes_out_at_the_chosen_time(harness: ProposalHarness) -> None:
    wished = harness.now() + timedelta(days=2)
    changed = await harness.change(await harness.proposed(), TWENTY, send_at=wished)
    assert isinstance(changed, DraftChanged)

    await harness.approve(changed.proposal)

    offer = await harness.offer(changed.proposal.id)
    assert offer is not None
    assert offer.send_at == wished


async def test_an_agents_proposal_needs_a_manager(harness: ProposalHarness) -> None:
    case = await quiet(harness)

    answer = await propose(harness, case, TWENTY)
    await harness.work()

    assert isinstance(answer, Proposed)
    assert (answer.proposal.rule, answer.proposal.by_hand) == (None, AGENT.id)
    assert harness.shown(answer.proposal.id).proposal == answer.proposal
    assert isinstance(await harness.approve(answer.proposal, AGENT), PermissionDenied)
    assert isinstance(await harness.approve(answer.proposal, MONA), Approved)


async def test_a_managers_proposal_needs_another(harness: ProposalHarness) -> None:
    answer = await propose(harness, await quiet(harness), TWENTY, MONA)
    assert isinstance(answer, Proposed)

    assert await harness.approve(answer.proposal, MONA) == NeedsAnotherApprover(ask=(MAX.id,))
    assert isinstance(await harness.approve(answer.proposal, MAX), Approved)


async def test_an_open_proposal_blocks_another(harness: ProposalHarness) -> None:
    case = await quiet(harness)
    await propose(harness, case, TWENTY)

    answer = await propose(harness, case, Restart())

    assert isinstance(answer, NotEligible)
    assert "open_already" in {each.why for each in answer.rejected}


async def test_two_proposals_at_once_leave_one(empty_sandbox: Sandbox, store: SqlStore) -> None:
    async with harness_on(empty_sandbox, store) as harness:
        case = await quiet(harness)

        answers = await asyncio.gather(*(propose(harness, case, offer) for offer in (TWENTY, Restart(), TWENTY)))

        assert [type(answer) for answer in answers].count(Proposed) == 1
        told = [answer.rejected for answer in answers if isinstance(answer, NotEligible)]
        assert ["open_already" in {each.why for each in rejected} for rejected in told] == [True, True]
        async with harness.store.read() as unit:
            assert len(await unit.proposals.of_case(case.id)) == 1


async def test_the_holdout_gets_only_calls_by_hand(harness: ProposalHarness) -> None:
    harness.follow(replace(LEEWAY, rules=(), limits=replace(LEEWAY.limits, holdout=Decimal(1))))
    _, case = await harness.leaving()

    answer = await propose(harness, case, TWENTY)

    assert isinstance(answer, NotEligible)
    assert [each.why for each in answer.rejected] == ["holdout"]
    before = await harness.flows.drafts.form(requester=AGENT, case_id=case.id, now=harness.now())
    assert isinstance(before, NotEligible)  # before a form opens
    assert "they are in the group that gets no offers" in decision_text(before)
    assert isinstance(await propose(harness, case, CallBack(who=AGENT.id)), Proposed)


async def test_proposing_needs_permission_and_a_case(harness: ProposalHarness) -> None:
    case = await quiet(harness)

    assert isinstance(await propose(harness, case, TWENTY, ADA), PermissionDenied)
    assert await propose(harness, replace(case, id=CaseId(harness.new_id())), TWENTY) == NoSuchProposal()


async def test_a_call_needs_no_email_or_consent(harness: ProposalHarness) -> None:
    case = await quiet(harness)
    harness.settings(mail=False)

    assert await propose(harness, case, TWENTY) == NotConfigured(what="smtp")
    assert isinstance(await propose(harness, case, CallBack(who=None)), Proposed)


async def test_a_form_starts_from_the_rules_offer(harness: ProposalHarness) -> None:
    harness.follow(replace(LEEWAY, rules=()))
    _, case = await harness.leaving()
    harness.follow(LEEWAY)

    ready = await harness.flows.drafts.form(requester=AGENT, case_id=case.id, now=harness.now())

    assert isinstance(ready, DraftForm)
    assert set(ready.kinds) >= {"discount", "free_months", "restart", "call_back"}
    assert "extend_trial" not in ready.kinds
    assert "pause" in ready.kinds  # which the rule never gives: it takes two managers
    assert ready.terms is not None
    assert ready.terms.offer == TWENTY


async def test_a_change_form_starts_from_the_draft(harness: ProposalHarness) -> None:
    changed = await harness.change(await harness.proposed(), TWENTY_FIVE, note="Hello.")
    assert isinstance(changed, DraftChanged)

    ready = await harness.flows.drafts.form(requester=MONA, proposal_id=changed.proposal.id, now=harness.now())

    assert isinstance(ready, DraftForm)
    assert ready.terms is not None
    assert (ready.proposal, ready.terms.offer, ready.note) == (changed.proposal, TWENTY_FIVE, "Hello.")
    await harness.approve(changed.proposal)
    settled = await harness.flows.drafts.form(requester=MONA, proposal_id=changed.proposal.id, now=harness.now())
    assert isinstance(settled, AlreadyDecided)


async def test_a_form_lists_what_blocks_all_offers(harness: ProposalHarness) -> None:
    case = await quiet(harness)
    await harness.flows.case_actions.never_contact(requester=AGENT, case_id=case.id, now=harness.now())

    answer = await harness.flows.drafts.form(requester=AGENT, case_id=case.id, now=harness.now())

    assert isinstance(answer, NotEligible)
    assert "suppressed" in {each.why for each in answer.rejected}


@pytest.mark.parametrize(
    ("offer", "by_hand", "needs_second"), [(TWENTY, False, False), (TWENTY_FIVE, False, False), (THIRTY, True, True)]
)
async def test_typing_shows_cost_and_approvers(
    harness: ProposalHarness, offer: Offer, *, by_hand: bool, needs_second: bool
) -> None:
    proposal = await harness.proposed()

    worked = await harness.flows.drafts.price(
        requester=MONA, case_id=proposal.case_id, proposal_id=proposal.id, offer=offer, now=harness.now()
    )

    assert isinstance(worked, PricedDraft)
    assert (worked.by_hand, worked.needs_second) == (by_hand, needs_second)
    assert await harness.proposal(proposal.id) == proposal


async def test_a_decision_meanwhile_stops_a_change(harness: ProposalHarness) -> None:
    proposal = await harness.proposed()

    async def meanwhile() -> None:
        assert isinstance(await harness.approve(proposal, MAX), Approved)

    harness.interrupt(meanwhile)
    answer = await harness.change(proposal, TWENTY_FIVE)

    assert isinstance(answer, AlreadyDecided)
    offer = await harness.offer(proposal.id)
    assert offer is not None
    assert offer.terms.offer == TWENTY
