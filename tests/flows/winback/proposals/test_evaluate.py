"""From a cancellation to a proposal: on time, once, and never to somebody who is blocked."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from domain.billing.monthly_value import MonthlyValue
from domain.cancellations.stored_case import Case
from domain.ids import CaseId
from domain.money import Money
from domain.winback.offer import CallBack, Restart
from domain.winback.policy import Match, StepTiming
from domain.winback.proposal import EmailState, OfferState
from flows.cancellations.case_actions import Already, Done
from flows.effects import EvaluateAllCases, EvaluateCase
from flows.outbox.message_updates import proposal_key
from flows.people.staff_permissions import PermissionDenied
from flows.winback.proposals.answers import AlreadyDecided, Approved, Declined, NoSuchProposal, Proposed
from tests.domain.winback.leaving_customers import rule, step
from tests.flows.winback.harness import AGENT, DAY, MONA, TWENTY, ProposalHarness, rules
from tests.flows.winback.offers.people import Scribe


async def test_a_due_step_is_proposed_and_shown(harness: ProposalHarness) -> None:
    _, case = await harness.leaving()

    await harness.work()

    proposal = await harness.newest(case.id)
    assert proposal is not None
    assert (proposal.state, proposal.rule, proposal.step) == ("open", "rule", 0)
    assert proposal.draft.terms.cost.minor == 2940
    assert harness.shown(proposal.id).proposal == proposal
    card = await harness.flows.card_publisher.card(case.id, now=harness.now())
    assert card is not None
    assert card.winback is not None
    assert (card.winback.state, card.winback.terms) == ("proposed", proposal.draft.terms)


async def test_a_step_waits_for_its_due_time(harness: ProposalHarness) -> None:
    harness.follow(rules(rule(step(TWENTY, StepTiming(anchor="before_end", span=3 * DAY)))))
    subscription, case = await harness.leaving()
    await harness.work()
    assert await harness.newest(case.id) is None

    harness.pass_time(timedelta(seconds=subscription["cancel_at"] - harness.now().timestamp()) - 3 * DAY)
    await harness.work()

    proposal = await harness.newest(case.id)
    assert proposal is not None
    assert proposal.last_useful_at is not None
    assert proposal.expires_at == proposal.last_useful_at


async def test_second_step_comes_at_its_time(harness: ProposalHarness) -> None:
    """The cooldown counts between cases; within one only the gap between two steps does."""
    before, after = StepTiming(anchor="before_end", span=7 * DAY), StepTiming(anchor="after_end", span=14 * DAY)
    harness.follow(rules(rule(step(TWENTY, before), step(Restart(), after)), cooldown=90 * DAY))
    subscription, case = await harness.leaving()
    end = datetime.fromtimestamp(subscription["cancel_at"], UTC)
    harness.pass_time(end - harness.now() - 7 * DAY)
    await harness.work()
    first = await harness.newest(case.id)
    assert first is not None
    assert isinstance(await harness.approve(first), Approved)
    await harness.send(first)
    harness.pass_time(end - harness.now())
    await harness.send(first, state="over")

    harness.pass_time(13 * DAY)
    await harness.work()
    assert await harness.newest(case.id) == await harness.proposal(first.id)
    harness.pass_time(end + 14 * DAY - harness.now())
    await harness.work()

    second = await harness.newest(case.id)
    assert second is not None
    assert (second.step, second.state, (second.created_at - end).days) == (1, "open", 14)
    assert isinstance(await harness.approve(second), Approved)


async def test_two_evaluations_propose_once(harness: ProposalHarness) -> None:
    _, case = await harness.leaving()
    looks = [EvaluateCase(case.id)] * 3
    gathered = [
        await harness.flows.eligibility.gather(each.case_id, harness.policies.current, now=harness.now())
        for each in looks
    ]
    assert all(each is not None for each in gathered)
    async with harness.store.begin() as unit:
        for number, each in enumerate(looks):
            await unit.outbox.add(each, key=f"look {number}", due_at=harness.now())
        await unit.commit()

    await harness.work()

    async with harness.store.read() as unit:
        assert len(await unit.proposals.of_case(case.id)) == 1


async def test_the_holdout_is_stored_but_not_shown(harness: ProposalHarness) -> None:
    harness.follow(rules(holdout=Decimal(1)))
    _, case = await harness.leaving()
    await harness.work()

    proposal = await harness.newest(case.id)

    assert proposal is not None
    assert proposal.state == "held_out"
    assert harness.board.proposals == {}
    async with harness.store.read() as unit:
        assert await unit.outbox.by_key(proposal_key(proposal.id)) is None
    card = await harness.flows.card_publisher.card(case.id, now=harness.now())
    assert card is not None
    assert card.winback is None
    assert isinstance(await harness.approve(proposal), NoSuchProposal)


async def test_the_holdout_is_drawn_once(harness: ProposalHarness) -> None:
    harness.follow(rules(holdout=Decimal(1)))
    _, case = await harness.leaving()
    await harness.flows.eligibility.gather(case.id, harness.policies.current, now=harness.now())
    harness.follow(rules(holdout=Decimal(0)))

    gathered = await harness.flows.eligibility.gather(case.id, harness.policies.current, now=harness.now())

    assert gathered is not None
    assert gathered[1].holdout


async def drawn(harness: ProposalHarness, case: Case) -> bool | None:
    """Gather what a decision needs, and return what is stored of the draw."""
    await harness.flows.eligibility.gather(case.id, harness.policies.current, now=harness.now())
    async with harness.store.read() as unit:
        return await unit.people.holdout(case.person_id)


async def test_nobody_is_drawn_without_a_holdout(harness: ProposalHarness) -> None:
    harness.follow(rules(rule(match=Match(reasons=frozenset({"unused"})))))
    _, case = await harness.leaving()
    assert await drawn(harness, case) is None

    harness.follow(rules(holdout=Decimal(1)))
    assert await drawn(harness, case) is True


@pytest.mark.parametrize(("below", "held_out"), [(5000, True), (4901, True), (4900, None), (100, None), (None, True)])
async def test_who_is_worth_too_much_is_never_drawn(
    harness: ProposalHarness, below: int | None, held_out: bool | None
) -> None:
    bound = {"usd": Money(1, "usd")} if below is None else {"eur": Money(below, "eur")}
    harness.follow(rules(holdout=Decimal(1), holdout_below=bound))
    _, case = await harness.leaving()

    assert await drawn(harness, case) is held_out

    await harness.work()
    assert len(harness.board.proposals) == (held_out is None)


async def test_a_persons_first_case_says_whether_they_are_drawn(harness: ProposalHarness) -> None:
    """Who was worth too much then isn't drawn later either, when they leave something small."""
    harness.follow(rules(holdout=Decimal(1), holdout_below={"eur": Money(5000, "eur")}))
    _, case = await harness.leaving()
    async with harness.store.begin() as unit:
        value = MonthlyValue(now=Money(9900, "eur"), would_be=Money(9900, "eur"), usage_based=False)
        requested_at = case.episode.requested_at - 100 * DAY
        earlier = replace(
            case.episode, state="ended", requested_at=requested_at, canceled_ats=frozenset({requested_at})
        )
        await unit.cases.add(replace(case, id=CaseId(uuid4()), episode=earlier, loss=value))
        await unit.commit()

    assert await drawn(harness, case) is None


async def test_nobody_is_drawn_after_a_decision(harness: ProposalHarness) -> None:
    """They were offered something without a draw, so they belong on neither side."""
    proposal = await harness.proposed()
    harness.follow(rules(holdout=Decimal(1)))
    async with harness.store.read() as unit:
        case = await unit.cases.get(proposal.case_id)
    assert case is not None

    assert await drawn(harness, case) is None


async def test_a_call_is_proposed_to_the_holdout_too(harness: ProposalHarness) -> None:
    harness.follow(rules(rule(step(CallBack(who=None))), holdout=Decimal(1)))

    proposal = await harness.proposed()

    assert proposal.draft.terms.way == "call"


async def test_declining_gives_the_next_step_a_turn(harness: ProposalHarness) -> None:
    harness.follow(rules(rule(step(TWENTY), step(Restart(), StepTiming(anchor="after", span=5 * DAY)))))
    proposal = await harness.proposed()

    declined = await harness.flows.approvals.decline(
        requester=MONA, proposal_id=proposal.id, version=proposal.version, why="not_worth_it", now=harness.now()
    )
    await harness.work()

    assert isinstance(declined, Declined)
    assert harness.shown(proposal.id).proposal.why == "not_worth_it"
    assert (await harness.newest(proposal.case_id) or proposal).id == proposal.id
    harness.pass_time(5 * DAY)
    await harness.work()
    following = await harness.newest(proposal.case_id)
    assert following is not None
    assert (following.step, following.state) == (1, "open")


async def test_a_new_policy_evaluates_open_cases(harness: ProposalHarness) -> None:
    harness.follow(replace(rules(), rules=()))
    _, case = await harness.leaving()
    await harness.work()
    assert await harness.newest(case.id) is None

    harness.follow(rules())
    async with harness.store.begin() as unit:
        await unit.outbox.add(EvaluateAllCases("the next"), key="policy", due_at=harness.now())
        await unit.commit()
    await harness.work()

    assert await harness.newest(case.id) is not None


async def test_without_a_channel_nothing_is_evaluated(harness: ProposalHarness) -> None:
    harness.settings(approvals=None)
    _, case = await harness.leaving()

    await harness.work()

    assert await harness.newest(case.id) is None


@pytest.mark.parametrize(
    ("address", "fingerprint", "by_card"),
    [("Dana@Scully-Mail.com", None, False), ("fox@mulder-mail.com", "fp_of_one_card", True)],
)
async def test_two_customers_of_a_person_get_one_offer(
    harness: ProposalHarness, *, address: str, fingerprint: str | None, by_card: bool
) -> None:
    first = harness.customer(email="dana@scully-mail.com", fingerprint="fp_of_one_card")
    second = harness.customer(email=address, fingerprint=fingerprint)
    gone = harness.account.subscribe(second, harness.price())
    harness.account.cancel_now(gone)
    await harness.approve(await harness.proposed(first))

    case = await harness.case(gone)
    await harness.work()

    gathered = await harness.flows.eligibility.gather(case.id, harness.policies.current, now=harness.now())
    assert gathered is not None
    assert [each.by_card for each in gathered[1].earlier] == [by_card]
    assert await harness.newest(case.id) is None


async def test_a_return_withdraws_the_proposal(harness: ProposalHarness) -> None:
    proposal = await harness.proposed()
    harness.account.take_back(harness.subscription(proposal))

    await harness.case(harness.subscription(proposal))
    await harness.work()

    assert (harness.shown(proposal.id).proposal.state, harness.shown(proposal.id).proposal.why) == ("withdrawn", "back")
    assert isinstance(await harness.approve(proposal), AlreadyDecided)


async def test_a_phrase_suppresses_the_person(harness: ProposalHarness) -> None:
    _, case = await harness.leaving(comment="Please: don't contact me again.")

    await harness.work()

    assert await harness.newest(case.id) is None
    async with harness.store.read() as unit:
        suppression = await unit.people.suppression(case.person_id)
    assert suppression is not None
    assert (suppression.by, suppression.why) == ("winback", "phrase")


async def test_a_phrase_suppresses_only_once(harness: ProposalHarness) -> None:
    _, case = await harness.leaving(comment="don't contact me")
    await harness.work()

    opened = await harness.flows.case_actions.contact_again(
        requester=MONA, case_id=case.id, why="they_wrote", now=harness.now()
    )
    await harness.work()

    assert isinstance(opened, Done)
    async with harness.store.read() as unit:
        assert not await unit.people.suppressed(case.person_id)
    assert [entry.note for entry in await harness.recorded("contact_again")] == ["they_wrote"]
    assert await harness.newest(case.id) is None  # by itself nothing is proposed to them
    by_hand = await harness.flows.drafts.propose(
        requester=MONA, case_id=case.id, offer=TWENTY, note=None, send_at=None, now=harness.now()
    )
    assert isinstance(by_hand, Proposed)


async def test_nobody_undoes_an_unsubscribe(harness: ProposalHarness) -> None:
    _, case = await harness.leaving()
    async with harness.store.begin() as unit:
        await unit.people.suppress(case.person_id, by=None, why="unsubscribed", at=harness.now())
        await unit.commit()

    answer = await harness.flows.case_actions.contact_again(
        requester=MONA, case_id=case.id, why="they_wrote", now=harness.now()
    )

    assert answer == Already(what="own_word", by=None)


async def test_only_a_manager_lifts_a_suppression(harness: ProposalHarness) -> None:
    _, case = await harness.leaving()
    await harness.flows.case_actions.never_contact(requester=AGENT, case_id=case.id, now=harness.now())

    answer = await harness.flows.case_actions.contact_again(
        requester=AGENT, case_id=case.id, why="they_wrote", now=harness.now()
    )

    assert isinstance(answer, PermissionDenied)


async def test_deleted_customers_get_no_proposal(harness: ProposalHarness) -> None:
    subscription, _ = await harness.leaving()
    harness.account.delete_customer(harness.account.ledger.get("customer", subscription["customer"]))
    case = await harness.case(subscription)

    await harness.work()

    assert await harness.newest(case.id) is None


@pytest.mark.parametrize("by", ["talk", "never_contact"])
async def test_acting_on_a_case_withdraws_proposals(harness: ProposalHarness, by: str) -> None:
    proposal = await harness.proposed()

    await getattr(harness.flows.case_actions, by)(requester=AGENT, case_id=proposal.case_id, now=harness.now())
    await harness.work()

    shown = harness.shown(proposal.id)
    why = {"talk": "talked_to", "never_contact": "suppressed"}[by]
    assert (shown.proposal.state, shown.proposal.why) == ("withdrawn", why)
    (entry,) = await harness.recorded("withdraw")
    assert (entry.whom, entry.note) == (str(proposal.case_id), f"{proposal.id} {why}")
    assert shown.card.winback is not None
    assert shown.card.winback.state == "withdrawn"


async def test_talking_withdraws_an_unsent_offer(harness: ProposalHarness) -> None:
    proposal = await harness.proposed()
    await harness.approve(proposal)

    await harness.flows.case_actions.talk(requester=AGENT, case_id=proposal.case_id, now=harness.now())

    offer = await harness.offer(proposal.id)
    assert offer is not None
    assert (offer.state, offer.why, offer.reserved) == ("over", "talked_to", ())
    assert set((await harness.spent(f"month:{harness.month()}")).values()) <= {0}
    gathered = await harness.flows.eligibility.gather(proposal.case_id, harness.policies.current, now=harness.now())
    assert gathered is not None
    assert gathered[1].earlier == ()


@pytest.mark.parametrize(("state", "email_state"), [("sent", "sent"), ("sending", "unclear")])
async def test_a_sent_offer_stays_when_staff_talk(
    harness: ProposalHarness, state: OfferState, email_state: EmailState
) -> None:
    proposal = await harness.proposed()
    await harness.approve(proposal)
    await harness.send(proposal, state=state, email_state=email_state)

    await harness.flows.case_actions.talk(requester=AGENT, case_id=proposal.case_id, now=harness.now())

    offer = await harness.offer(proposal.id)
    assert offer is not None
    assert offer.state == state


async def test_never_contact_ends_a_sent_offer(harness: ProposalHarness) -> None:
    proposal = await harness.proposed()
    await harness.approve(proposal)
    await harness.send(proposal)

    await harness.flows.case_actions.never_contact(requester=AGENT, case_id=proposal.case_id, now=harness.now())

    offer = await harness.offer(proposal.id)
    assert offer is not None
    assert (offer.state, offer.why) == ("over", "suppressed")
    assert not any((await harness.spent(f"month:{harness.month()}")).values())


async def test_a_deleted_message_returns_while_open(harness: ProposalHarness) -> None:
    proposal = await harness.proposed()
    harness.board.deleted |= set(harness.board.proposals)
    await harness.again(proposal)
    assert len(harness.board.proposals) == 2

    harness.board.deleted |= set(harness.board.proposals)
    await harness.flows.approvals.decline(
        requester=MONA, proposal_id=proposal.id, version=None, why="not_worth_it", now=harness.now()
    )
    await harness.work()

    assert len(harness.board.proposals) == 2


async def test_the_message_shows_the_email_without_links(harness: ProposalHarness) -> None:
    scribe = Scribe()
    harness.build(replace(harness.flows.context, writer=scribe))

    proposal = await harness.proposed()

    assert harness.shown(proposal.id).email_text is not None
    content = scribe.offers[-1]
    assert content.offer_url == "https://billing.winback-tests.com/o/…"
    assert content.unsubscribe_url == "https://billing.winback-tests.com/u/…"
    assert (content.terms, content.reason) == (proposal.draft.terms, "too_expensive")
    await harness.change(proposal, TWENTY, note="We would love to keep you.")
    await harness.work()
    assert scribe.offers[-1].note == "We would love to keep you."


async def test_an_unreadable_customer_shows_no_email(harness: ProposalHarness) -> None:
    harness.build(replace(harness.flows.context, writer=Scribe()))
    proposal = await harness.proposed()
    harness.account.delete_customer(harness.account.ledger.get("customer", proposal.customer_id))

    await harness.again(proposal)

    assert harness.shown(proposal.id).email_text is None


async def test_decided_proposals_need_no_stripe(harness: ProposalHarness) -> None:
    harness.build(replace(harness.flows.context, writer=Scribe()))
    proposal = await harness.proposed()
    await harness.approve(proposal)
    harness.sandbox.faults.add("stripe", "/v1/customers/{customer}", "error", status=500, times=None)

    await harness.again(proposal)

    assert harness.shown(proposal.id).proposal.state == "approved"
    assert harness.shown(proposal.id).email_text is None


async def test_a_return_before_its_event_counts(harness: ProposalHarness) -> None:
    subscription, case = await harness.leaving()
    harness.account.take_back(subscription)

    await harness.work()

    assert await harness.newest(case.id) is None


async def test_suppression_while_deciding_counts(harness: ProposalHarness) -> None:
    _, case = await harness.leaving()

    async def meanwhile() -> None:
        await harness.flows.case_actions.never_contact(requester=AGENT, case_id=case.id, now=harness.now())

    harness.interrupt(meanwhile)
    await harness.work()

    assert await harness.newest(case.id) is None
