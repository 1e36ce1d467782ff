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
from tests.flows.winback.bureau import ADA, AGENT, DAY, MAX, MONA, TWENTY, Bureau, bureau_on, rules

TWENTY_FIVE = replace(TWENTY, percent=Decimal(25))
THIRTY = replace(TWENTY, percent=Decimal(30))
LEEWAY = rules(
    rule(Step(when=AT_ONCE, offer=TWENTY, up_to=ManagerLimits(percent=Decimal(25))), never=frozenset({"pause"})),
    second_approver_above={"eur": Money(4000, "eur")},
)


@pytest.fixture
def bureau(bureau: Bureau) -> Bureau:
    bureau.follow(LEEWAY)
    return bureau


async def propose(bureau: Bureau, case: Case, offer: Offer, by: Any = AGENT, **more: Any) -> DecisionAnswer:
    return await bureau.flows.drafts.propose(
        requester=by, case_id=case.id, offer=offer, **({"note": None, "send_at": None} | more), now=bureau.now()
    )


async def quiet(bureau: Bureau) -> Case:
    """Let somebody leave for whom the policy has nothing by itself."""
    bureau.follow(replace(LEEWAY, rules=()))
    _, case = await bureau.leaving()
    await bureau.work()
    return case


async def test_a_small_change_can_be_self_approved(bureau: Bureau) -> None:
    proposal = await bureau.proposed()

    changed = await bureau.change(proposal, TWENTY_FIVE, note="We would love to keep you.")

    assert isinstance(changed, DraftChanged)
    assert not changed.by_hand
    assert changed.proposal.draft.terms.cost == Money(3675, "eur")
    await bureau.work()
    assert bureau.shown(proposal.id).proposal == changed.proposal
    assert isinstance(await bureau.approve(changed.proposal), Approved)
    offer = await bureau.offer(proposal.id)
    assert offer is not None
    assert (offer.note, offer.terms.cost) == ("We would love to keep you.", Money(3675, "eur"))


async def test_a_large_change_counts_as_by_hand(bureau: Bureau) -> None:
    bureau.follow(replace(LEEWAY, limits=replace(LEEWAY.limits, second_approver_above={"eur": Money(10_000, "eur")})))
    proposal = await bureau.proposed()

    changed = await bureau.change(proposal, THIRTY)

    assert isinstance(changed, DraftChanged)
    assert changed.by_hand
    assert changed.proposal.by_hand == MONA.id
    assert await bureau.approve(changed.proposal, MONA) == NeedsAnotherApprover(ask=(MAX.id,))
    assert isinstance(await bureau.approve(changed.proposal, MAX), Approved)


async def test_the_proposer_can_be_one_of_two(bureau: Bureau) -> None:
    changed = await bureau.change(await bureau.proposed(), THIRTY)
    assert isinstance(changed, DraftChanged)

    first = await bureau.approve(changed.proposal, MONA)
    assert isinstance(first, Approved)
    assert first.needs_second
    second = await bureau.approve(first.proposal, MAX)

    assert isinstance(second, Approved)
    assert not second.needs_second


async def test_a_new_note_keeps_the_author(bureau: Bureau) -> None:
    changed = await bureau.change(await bureau.proposed(), THIRTY, MONA)
    assert isinstance(changed, DraftChanged)

    reworded = await bureau.change(changed.proposal, THIRTY, MAX, note="Come back!")

    assert isinstance(reworded, DraftChanged)
    assert reworded.proposal.by_hand == MONA.id


async def test_a_change_removes_approvals(bureau: Bureau) -> None:
    changed = await bureau.change(await bureau.proposed(), THIRTY)
    assert isinstance(changed, DraftChanged)
    first = await bureau.approve(changed.proposal, MAX)
    assert isinstance(first, Approved)

    again = await bureau.change(first.proposal, TWENTY_FIVE, MONA)

    assert isinstance(again, DraftChanged)
    assert again.proposal.approvals == ()


async def test_a_change_of_the_words_alone_says_so(bureau: Bureau) -> None:
    changed = await bureau.change(await bureau.proposed(), THIRTY)
    assert isinstance(changed, DraftChanged)
    assert not changed.only_words
    first = await bureau.approve(changed.proposal, MAX)
    assert isinstance(first, Approved)
    assert first.needs_second
    await bureau.work()

    reworded = await bureau.change(first.proposal, THIRTY, MONA, note="Come back!")
    await bureau.work()

    assert isinstance(reworded, DraftChanged)
    assert reworded.only_words
    assert "Only the words were changed; the offer is the same" in decision_text(reworded)
    assert reworded.proposal.approvals == first.proposal.approvals
    shown = bureau.shown(reworded.proposal.id)
    assert shown.proposal.reworded is not None
    assert (shown.proposal.reworded.by, shown.proposal.reworded.since) == (MONA.id, first.proposal.version)
    assert any("Only the words were changed, by <@U0MANAGER1>" in each for each in people(shown))
    [told] = bureau.board.in_threads
    assert told.startswith("Only the words were changed, by <@U0MANAGER1>. The offer is the same: 30")
    assert "<@U0MANAGER2>: your approval still counts." in told
    stale = await bureau.approve(first.proposal, MAX)
    assert stale == Outdated(proposal=reworded.proposal, only_words=True)
    assert "Only the words were changed since you looked" in decision_text(stale)
    older = await bureau.approve(changed.proposal, MAX)
    assert older == Outdated(proposal=reworded.proposal, only_words=False)
    assert isinstance(await bureau.approve(reworded.proposal, MONA), Approved)
    offer = await bureau.offer(reworded.proposal.id)
    assert offer is not None
    assert offer.note == "Come back!"


async def test_another_offer_or_time_is_no_change_of_words(bureau: Bureau) -> None:
    reworded = await bureau.change(await bureau.proposed(), TWENTY, note="Come back!")
    assert isinstance(reworded, DraftChanged)
    assert reworded.only_words

    tomorrow = bureau.now() + DAY
    later = await bureau.change(reworded.proposal, TWENTY, note="Do come back!", send_at=tomorrow)
    assert isinstance(later, DraftChanged)
    assert (later.only_words, later.proposal.reworded) == (False, None)
    again = await bureau.change(later.proposal, TWENTY, note="Come!", send_at=tomorrow)
    assert isinstance(again, DraftChanged)
    assert again.only_words
    dearer = await bureau.change(again.proposal, TWENTY_FIVE, note="Come!", send_at=tomorrow)
    assert isinstance(dearer, DraftChanged)
    assert (dearer.only_words, dearer.proposal.reworded) == (False, None)


@pytest.mark.parametrize(
    ("offer", "why"),
    [
        (replace(TWENTY, percent=Decimal(31)), "percent_limit"),
        (replace(TWENTY, invoices=4), "invoices_limit"),
        (Pause(months=1), "never"),
        (DiscountOffer(percent=None, amount=Money(500, "usd"), invoices=1), "currency"),
    ],
)
async def test_limits_hold_by_hand_too(bureau: Bureau, offer: Offer, why: str) -> None:
    proposal = await bureau.proposed()

    answer = await bureau.change(proposal, offer)

    assert isinstance(answer, NotEligible)
    assert why in {each.why for each in answer.rejected}
    assert await bureau.proposal(proposal.id) == proposal


async def test_a_stale_change_does_nothing(bureau: Bureau) -> None:
    proposal = await bureau.proposed()
    await bureau.change(proposal, TWENTY_FIVE)

    assert isinstance(await bureau.change(proposal, TWENTY), Outdated)
    await bureau.approve(await bureau.proposal(proposal.id))
    assert isinstance(await bureau.change(proposal, TWENTY), AlreadyDecided)


async def test_an_email_cannot_be_set_after_the_end(bureau: Bureau) -> None:
    proposal = await bureau.proposed()

    answer = await bureau.change(proposal, TWENTY, send_at=bureau.now() + 60 * DAY)

    assert isinstance(answer, NotEligible)
    assert [each.why for each in answer.rejected] == ["too_late"]


async def test_an_email_goes_out_at_the_chosen_time(bureau: Bureau) -> None:
    wished = bureau.now() + timedelta(days=2)
    changed = await bureau.change(await bureau.proposed(), TWENTY, send_at=wished)
    assert isinstance(changed, DraftChanged)

    await bureau.approve(changed.proposal)

    offer = await bureau.offer(changed.proposal.id)
    assert offer is not None
    assert offer.send_at == wished


async def test_an_agents_proposal_needs_a_manager(bureau: Bureau) -> None:
    case = await quiet(bureau)

    answer = await propose(bureau, case, TWENTY)
    await bureau.work()

    assert isinstance(answer, Proposed)
    assert (answer.proposal.rule, answer.proposal.by_hand) == (None, AGENT.id)
    assert bureau.shown(answer.proposal.id).proposal == answer.proposal
    assert isinstance(await bureau.approve(answer.proposal, AGENT), PermissionDenied)
    assert isinstance(await bureau.approve(answer.proposal, MONA), Approved)


async def test_a_managers_proposal_needs_another(bureau: Bureau) -> None:
    answer = await propose(bureau, await quiet(bureau), TWENTY, MONA)
    assert isinstance(answer, Proposed)

    assert await bureau.approve(answer.proposal, MONA) == NeedsAnotherApprover(ask=(MAX.id,))
    assert isinstance(await bureau.approve(answer.proposal, MAX), Approved)


async def test_an_open_proposal_blocks_another(bureau: Bureau) -> None:
    case = await quiet(bureau)
    await propose(bureau, case, TWENTY)

    answer = await propose(bureau, case, Restart())

    assert isinstance(answer, NotEligible)
    assert "open_already" in {each.why for each in answer.rejected}


async def test_two_proposals_at_once_leave_one(empty_sandbox: Sandbox, store: SqlStore) -> None:
    async with bureau_on(empty_sandbox, store) as bureau:
        case = await quiet(bureau)

        answers = await asyncio.gather(*(propose(bureau, case, offer) for offer in (TWENTY, Restart(), TWENTY)))

        assert [type(answer) for answer in answers].count(Proposed) == 1
        told = [answer.rejected for answer in answers if isinstance(answer, NotEligible)]
        assert ["open_already" in {each.why for each in rejected} for rejected in told] == [True, True]
        async with bureau.store.read() as unit:
            assert len(await unit.proposals.of_case(case.id)) == 1


async def test_the_holdout_gets_only_calls_by_hand(bureau: Bureau) -> None:
    bureau.follow(replace(LEEWAY, rules=(), limits=replace(LEEWAY.limits, holdout=Decimal(1))))
    _, case = await bureau.leaving()

    answer = await propose(bureau, case, TWENTY)

    assert isinstance(answer, NotEligible)
    assert [each.why for each in answer.rejected] == ["holdout"]
    assert isinstance(await propose(bureau, case, CallBack(who=AGENT.id)), Proposed)


async def test_proposing_needs_permission_and_a_case(bureau: Bureau) -> None:
    case = await quiet(bureau)

    assert isinstance(await propose(bureau, case, TWENTY, ADA), PermissionDenied)
    assert await propose(bureau, replace(case, id=CaseId(bureau.new_id())), TWENTY) == NoSuchProposal()


async def test_a_call_needs_no_email_or_consent(bureau: Bureau) -> None:
    case = await quiet(bureau)
    bureau.settings(mail=False)

    assert await propose(bureau, case, TWENTY) == NotConfigured(what="smtp")
    assert isinstance(await propose(bureau, case, CallBack(who=None)), Proposed)


async def test_a_form_starts_from_the_rules_offer(bureau: Bureau) -> None:
    bureau.follow(replace(LEEWAY, rules=()))
    _, case = await bureau.leaving()
    bureau.follow(LEEWAY)

    ready = await bureau.flows.drafts.form(requester=AGENT, case_id=case.id, now=bureau.now())

    assert isinstance(ready, DraftForm)
    assert set(ready.kinds) >= {"discount", "free_months", "restart", "call_back"}
    assert not {"pause", "extend_trial"} & set(ready.kinds)
    assert ready.terms is not None
    assert ready.terms.offer == TWENTY


async def test_a_change_form_starts_from_the_draft(bureau: Bureau) -> None:
    changed = await bureau.change(await bureau.proposed(), TWENTY_FIVE, note="Hello.")
    assert isinstance(changed, DraftChanged)

    ready = await bureau.flows.drafts.form(requester=MONA, proposal_id=changed.proposal.id, now=bureau.now())

    assert isinstance(ready, DraftForm)
    assert ready.terms is not None
    assert (ready.proposal, ready.terms.offer, ready.note) == (changed.proposal, TWENTY_FIVE, "Hello.")
    await bureau.approve(changed.proposal)
    settled = await bureau.flows.drafts.form(requester=MONA, proposal_id=changed.proposal.id, now=bureau.now())
    assert isinstance(settled, AlreadyDecided)


async def test_a_form_lists_what_blocks_all_offers(bureau: Bureau) -> None:
    case = await quiet(bureau)
    await bureau.flows.case_actions.never_contact(requester=AGENT, case_id=case.id, now=bureau.now())

    answer = await bureau.flows.drafts.form(requester=AGENT, case_id=case.id, now=bureau.now())

    assert isinstance(answer, NotEligible)
    assert "suppressed" in {each.why for each in answer.rejected}


@pytest.mark.parametrize(
    ("offer", "by_hand", "needs_second"), [(TWENTY, False, False), (TWENTY_FIVE, False, False), (THIRTY, True, True)]
)
async def test_typing_shows_cost_and_approvers(
    bureau: Bureau, offer: Offer, *, by_hand: bool, needs_second: bool
) -> None:
    proposal = await bureau.proposed()

    worked = await bureau.flows.drafts.price(
        requester=MONA, case_id=proposal.case_id, proposal_id=proposal.id, offer=offer, now=bureau.now()
    )

    assert isinstance(worked, PricedDraft)
    assert (worked.by_hand, worked.needs_second) == (by_hand, needs_second)
    assert await bureau.proposal(proposal.id) == proposal


async def test_a_decision_meanwhile_stops_a_change(bureau: Bureau) -> None:
    proposal = await bureau.proposed()

    async def meanwhile() -> None:
        assert isinstance(await bureau.approve(proposal, MAX), Approved)

    bureau.interrupt(meanwhile)
    answer = await bureau.change(proposal, TWENTY_FIVE)

    assert isinstance(answer, AlreadyDecided)
    offer = await bureau.offer(proposal.id)
    assert offer is not None
    assert offer.terms.offer == TWENTY
