"""From a cancellation to a proposal: on time, once, and never to somebody who is blocked."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from domain.cancellations.stored_case import Case
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
from tests.flows.winback.bureau import AGENT, DAY, MONA, TWENTY, Bureau, rules
from tests.flows.winback.offers.people import Scribe


async def test_a_due_step_is_proposed_and_shown(bureau: Bureau) -> None:
    _, case = await bureau.leaving()

    await bureau.work()

    proposal = await bureau.newest(case.id)
    assert proposal is not None
    assert (proposal.state, proposal.rule, proposal.step) == ("open", "rule", 0)
    assert proposal.draft.terms.cost.minor == 2940
    assert bureau.shown(proposal.id).proposal == proposal
    card = await bureau.flows.card_publisher.card(case.id, now=bureau.now())
    assert card is not None
    assert card.winback is not None
    assert (card.winback.state, card.winback.terms) == ("proposed", proposal.draft.terms)


async def test_a_step_waits_for_its_due_time(bureau: Bureau) -> None:
    bureau.follow(rules(rule(step(TWENTY, StepTiming(anchor="before_end", span=3 * DAY)))))
    subscription, case = await bureau.leaving()
    await bureau.work()
    assert await bureau.newest(case.id) is None

    bureau.pass_time(timedelta(seconds=subscription["cancel_at"] - bureau.now().timestamp()) - 3 * DAY)
    await bureau.work()

    proposal = await bureau.newest(case.id)
    assert proposal is not None
    assert proposal.last_useful_at is not None
    assert proposal.expires_at == proposal.last_useful_at


async def test_second_step_comes_at_its_time(bureau: Bureau) -> None:
    """The cooldown counts between cases; within one only the gap between two steps does."""
    before, after = StepTiming(anchor="before_end", span=7 * DAY), StepTiming(anchor="after_end", span=14 * DAY)
    bureau.follow(rules(rule(step(TWENTY, before), step(Restart(), after)), cooldown=90 * DAY))
    subscription, case = await bureau.leaving()
    end = datetime.fromtimestamp(subscription["cancel_at"], UTC)
    bureau.pass_time(end - bureau.now() - 7 * DAY)
    await bureau.work()
    first = await bureau.newest(case.id)
    assert first is not None
    assert isinstance(await bureau.approve(first), Approved)
    await bureau.send(first)
    bureau.pass_time(end - bureau.now())
    await bureau.send(first, state="over")

    bureau.pass_time(13 * DAY)
    await bureau.work()
    assert await bureau.newest(case.id) == await bureau.proposal(first.id)
    bureau.pass_time(end + 14 * DAY - bureau.now())
    await bureau.work()

    second = await bureau.newest(case.id)
    assert second is not None
    assert (second.step, second.state, (second.created_at - end).days) == (1, "open", 14)
    assert isinstance(await bureau.approve(second), Approved)


async def test_two_evaluations_propose_once(bureau: Bureau) -> None:
    _, case = await bureau.leaving()
    looks = [EvaluateCase(case.id)] * 3
    gathered = [
        await bureau.flows.eligibility.gather(each.case_id, bureau.policies.current, now=bureau.now()) for each in looks
    ]
    assert all(each is not None for each in gathered)
    async with bureau.store.begin() as unit:
        for number, each in enumerate(looks):
            await unit.outbox.add(each, key=f"look {number}", due_at=bureau.now())
        await unit.commit()

    await bureau.work()

    async with bureau.store.read() as unit:
        assert len(await unit.proposals.of_case(case.id)) == 1


async def test_the_holdout_is_stored_but_not_shown(bureau: Bureau) -> None:
    bureau.follow(rules(holdout=Decimal(1)))
    _, case = await bureau.leaving()
    await bureau.work()

    proposal = await bureau.newest(case.id)

    assert proposal is not None
    assert proposal.state == "held_out"
    assert bureau.board.proposals == {}
    async with bureau.store.read() as unit:
        assert await unit.outbox.by_key(proposal_key(proposal.id)) is None
    card = await bureau.flows.card_publisher.card(case.id, now=bureau.now())
    assert card is not None
    assert card.winback is None
    assert isinstance(await bureau.approve(proposal), NoSuchProposal)


async def test_the_holdout_is_drawn_once(bureau: Bureau) -> None:
    bureau.follow(rules(holdout=Decimal(1)))
    _, case = await bureau.leaving()
    await bureau.flows.eligibility.gather(case.id, bureau.policies.current, now=bureau.now())
    bureau.follow(rules(holdout=Decimal(0)))

    gathered = await bureau.flows.eligibility.gather(case.id, bureau.policies.current, now=bureau.now())

    assert gathered is not None
    assert gathered[1].holdout


async def drawn(bureau: Bureau, case: Case) -> bool | None:
    """Gather what a decision needs, and return what is stored of the draw."""
    await bureau.flows.eligibility.gather(case.id, bureau.policies.current, now=bureau.now())
    async with bureau.store.read() as unit:
        return await unit.people.holdout(case.person_id)


async def test_nobody_is_drawn_without_a_holdout(bureau: Bureau) -> None:
    bureau.follow(rules(rule(match=Match(reasons=frozenset({"unused"})))))
    _, case = await bureau.leaving()
    assert await drawn(bureau, case) is None

    bureau.follow(rules(holdout=Decimal(1)))
    assert await drawn(bureau, case) is True


@pytest.mark.parametrize(("below", "held_out"), [(5000, True), (4901, True), (4900, None), (100, None), (None, True)])
async def test_who_is_worth_too_much_is_never_drawn(bureau: Bureau, below: int | None, held_out: bool | None) -> None:
    bound = {"usd": Money(1, "usd")} if below is None else {"eur": Money(below, "eur")}
    bureau.follow(rules(holdout=Decimal(1), holdout_below=bound))
    _, case = await bureau.leaving()

    assert await drawn(bureau, case) is held_out

    await bureau.work()
    assert len(bureau.board.proposals) == (held_out is None)


async def test_nobody_is_drawn_after_a_decision(bureau: Bureau) -> None:
    """They were offered something without a draw, so they belong on neither side."""
    proposal = await bureau.proposed()
    bureau.follow(rules(holdout=Decimal(1)))
    async with bureau.store.read() as unit:
        case = await unit.cases.get(proposal.case_id)
    assert case is not None

    assert await drawn(bureau, case) is None


async def test_a_call_is_proposed_to_the_holdout_too(bureau: Bureau) -> None:
    bureau.follow(rules(rule(step(CallBack(who=None))), holdout=Decimal(1)))

    proposal = await bureau.proposed()

    assert proposal.draft.terms.way == "call"


async def test_declining_gives_the_next_step_a_turn(bureau: Bureau) -> None:
    bureau.follow(rules(rule(step(TWENTY), step(Restart(), StepTiming(anchor="after", span=5 * DAY)))))
    proposal = await bureau.proposed()

    declined = await bureau.flows.approvals.decline(
        requester=MONA, proposal_id=proposal.id, version=proposal.version, why="not_worth_it", now=bureau.now()
    )
    await bureau.work()

    assert isinstance(declined, Declined)
    assert bureau.shown(proposal.id).proposal.why == "not_worth_it"
    assert (await bureau.newest(proposal.case_id) or proposal).id == proposal.id
    bureau.pass_time(5 * DAY)
    await bureau.work()
    following = await bureau.newest(proposal.case_id)
    assert following is not None
    assert (following.step, following.state) == (1, "open")


async def test_a_new_policy_evaluates_open_cases(bureau: Bureau) -> None:
    bureau.follow(replace(rules(), rules=()))
    _, case = await bureau.leaving()
    await bureau.work()
    assert await bureau.newest(case.id) is None

    bureau.follow(rules())
    async with bureau.store.begin() as unit:
        await unit.outbox.add(EvaluateAllCases("the next"), key="policy", due_at=bureau.now())
        await unit.commit()
    await bureau.work()

    assert await bureau.newest(case.id) is not None


async def test_without_a_channel_nothing_is_evaluated(bureau: Bureau) -> None:
    bureau.settings(approvals=None)
    _, case = await bureau.leaving()

    await bureau.work()

    assert await bureau.newest(case.id) is None


@pytest.mark.parametrize(
    ("address", "fingerprint", "by_card"),
    [("Dana@Scully-Mail.com", None, False), ("fox@mulder-mail.com", "fp_of_one_card", True)],
)
async def test_two_customers_of_a_person_get_one_offer(
    bureau: Bureau, *, address: str, fingerprint: str | None, by_card: bool
) -> None:
    first = bureau.customer(email="dana@scully-mail.com", fingerprint="fp_of_one_card")
    second = bureau.customer(email=address, fingerprint=fingerprint)
    gone = bureau.account.subscribe(second, bureau.price())
    bureau.account.cancel_now(gone)
    await bureau.approve(await bureau.proposed(first))

    case = await bureau.case(gone)
    await bureau.work()

    gathered = await bureau.flows.eligibility.gather(case.id, bureau.policies.current, now=bureau.now())
    assert gathered is not None
    assert [each.by_card for each in gathered[1].earlier] == [by_card]
    assert await bureau.newest(case.id) is None


async def test_a_return_withdraws_the_proposal(bureau: Bureau) -> None:
    proposal = await bureau.proposed()
    bureau.account.take_back(bureau.subscription(proposal))

    await bureau.case(bureau.subscription(proposal))
    await bureau.work()

    assert (bureau.shown(proposal.id).proposal.state, bureau.shown(proposal.id).proposal.why) == ("withdrawn", "back")
    assert isinstance(await bureau.approve(proposal), AlreadyDecided)


async def test_a_phrase_suppresses_the_person(bureau: Bureau) -> None:
    _, case = await bureau.leaving(comment="Please: don't contact me again.")

    await bureau.work()

    assert await bureau.newest(case.id) is None
    async with bureau.store.read() as unit:
        suppression = await unit.people.suppression(case.person_id)
    assert suppression is not None
    assert (suppression.by, suppression.why) == ("winback", "phrase")


async def test_a_phrase_suppresses_only_once(bureau: Bureau) -> None:
    _, case = await bureau.leaving(comment="don't contact me")
    await bureau.work()

    opened = await bureau.flows.case_actions.contact_again(
        requester=MONA, case_id=case.id, why="they_wrote", now=bureau.now()
    )
    await bureau.work()

    assert isinstance(opened, Done)
    async with bureau.store.read() as unit:
        assert not await unit.people.suppressed(case.person_id)
    assert [entry.note for entry in await bureau.recorded("contact_again")] == ["they_wrote"]
    assert await bureau.newest(case.id) is None  # by itself nothing is proposed to them
    by_hand = await bureau.flows.drafts.propose(
        requester=MONA, case_id=case.id, offer=TWENTY, note=None, send_at=None, now=bureau.now()
    )
    assert isinstance(by_hand, Proposed)


async def test_nobody_undoes_an_unsubscribe(bureau: Bureau) -> None:
    _, case = await bureau.leaving()
    async with bureau.store.begin() as unit:
        await unit.people.suppress(case.person_id, by=None, why="unsubscribed", at=bureau.now())
        await unit.commit()

    answer = await bureau.flows.case_actions.contact_again(
        requester=MONA, case_id=case.id, why="they_wrote", now=bureau.now()
    )

    assert answer == Already(what="own_word", by=None)


async def test_only_a_manager_lifts_a_suppression(bureau: Bureau) -> None:
    _, case = await bureau.leaving()
    await bureau.flows.case_actions.never_contact(requester=AGENT, case_id=case.id, now=bureau.now())

    answer = await bureau.flows.case_actions.contact_again(
        requester=AGENT, case_id=case.id, why="they_wrote", now=bureau.now()
    )

    assert isinstance(answer, PermissionDenied)


async def test_deleted_customers_get_no_proposal(bureau: Bureau) -> None:
    subscription, _ = await bureau.leaving()
    bureau.account.delete_customer(bureau.account.ledger.get("customer", subscription["customer"]))
    case = await bureau.case(subscription)

    await bureau.work()

    assert await bureau.newest(case.id) is None


@pytest.mark.parametrize("by", ["talk", "never_contact"])
async def test_acting_on_a_case_withdraws_proposals(bureau: Bureau, by: str) -> None:
    proposal = await bureau.proposed()

    await getattr(bureau.flows.case_actions, by)(requester=AGENT, case_id=proposal.case_id, now=bureau.now())
    await bureau.work()

    shown = bureau.shown(proposal.id)
    why = {"talk": "talked_to", "never_contact": "suppressed"}[by]
    assert (shown.proposal.state, shown.proposal.why) == ("withdrawn", why)
    (entry,) = await bureau.recorded("withdraw")
    assert (entry.whom, entry.note) == (str(proposal.case_id), f"{proposal.id} {why}")
    assert shown.card.winback is not None
    assert shown.card.winback.state == "withdrawn"


async def test_talking_withdraws_an_unsent_offer(bureau: Bureau) -> None:
    proposal = await bureau.proposed()
    await bureau.approve(proposal)

    await bureau.flows.case_actions.talk(requester=AGENT, case_id=proposal.case_id, now=bureau.now())

    offer = await bureau.offer(proposal.id)
    assert offer is not None
    assert (offer.state, offer.why, offer.reserved) == ("over", "talked_to", ())
    assert set((await bureau.spent(f"month:{bureau.month()}")).values()) <= {0}
    gathered = await bureau.flows.eligibility.gather(proposal.case_id, bureau.policies.current, now=bureau.now())
    assert gathered is not None
    assert gathered[1].earlier == ()


@pytest.mark.parametrize(("state", "email_state"), [("sent", "sent"), ("sending", "unclear")])
async def test_a_sent_offer_stays_when_staff_talk(bureau: Bureau, state: OfferState, email_state: EmailState) -> None:
    proposal = await bureau.proposed()
    await bureau.approve(proposal)
    await bureau.send(proposal, state=state, email_state=email_state)

    await bureau.flows.case_actions.talk(requester=AGENT, case_id=proposal.case_id, now=bureau.now())

    offer = await bureau.offer(proposal.id)
    assert offer is not None
    assert offer.state == state


async def test_never_contact_ends_a_sent_offer(bureau: Bureau) -> None:
    proposal = await bureau.proposed()
    await bureau.approve(proposal)
    await bureau.send(proposal)

    await bureau.flows.case_actions.never_contact(requester=AGENT, case_id=proposal.case_id, now=bureau.now())

    offer = await bureau.offer(proposal.id)
    assert offer is not None
    assert (offer.state, offer.why) == ("over", "suppressed")
    assert not any((await bureau.spent(f"month:{bureau.month()}")).values())


async def test_a_deleted_message_returns_while_open(bureau: Bureau) -> None:
    proposal = await bureau.proposed()
    bureau.board.deleted |= set(bureau.board.proposals)
    await bureau.again(proposal)
    assert len(bureau.board.proposals) == 2

    bureau.board.deleted |= set(bureau.board.proposals)
    await bureau.flows.approvals.decline(
        requester=MONA, proposal_id=proposal.id, version=None, why="not_worth_it", now=bureau.now()
    )
    await bureau.work()

    assert len(bureau.board.proposals) == 2


async def test_the_message_shows_the_email_without_links(bureau: Bureau) -> None:
    scribe = Scribe()
    bureau.build(replace(bureau.flows.context, writer=scribe))

    proposal = await bureau.proposed()

    assert bureau.shown(proposal.id).email_text is not None
    content = scribe.offers[-1]
    assert content.offer_url == "https://billing.winback-tests.com/o/…"
    assert content.unsubscribe_url == "https://billing.winback-tests.com/u/…"
    assert (content.terms, content.reason) == (proposal.draft.terms, "too_expensive")
    await bureau.change(proposal, TWENTY, note="We would love to keep you.")
    await bureau.work()
    assert scribe.offers[-1].note == "We would love to keep you."


async def test_an_unreadable_customer_shows_no_email(bureau: Bureau) -> None:
    bureau.build(replace(bureau.flows.context, writer=Scribe()))
    proposal = await bureau.proposed()
    bureau.account.delete_customer(bureau.account.ledger.get("customer", proposal.customer_id))

    await bureau.again(proposal)

    assert bureau.shown(proposal.id).email_text is None


async def test_decided_proposals_need_no_stripe(bureau: Bureau) -> None:
    bureau.build(replace(bureau.flows.context, writer=Scribe()))
    proposal = await bureau.proposed()
    await bureau.approve(proposal)
    bureau.sandbox.faults.add("stripe", "/v1/customers/{customer}", "error", status=500, times=None)

    await bureau.again(proposal)

    assert bureau.shown(proposal.id).proposal.state == "approved"
    assert bureau.shown(proposal.id).email_text is None


async def test_a_return_before_its_event_counts(bureau: Bureau) -> None:
    subscription, case = await bureau.leaving()
    bureau.account.take_back(subscription)

    await bureau.work()

    assert await bureau.newest(case.id) is None


async def test_suppression_while_deciding_counts(bureau: Bureau) -> None:
    _, case = await bureau.leaving()

    async def meanwhile() -> None:
        await bureau.flows.case_actions.never_contact(requester=AGENT, case_id=case.id, now=bureau.now())

    bureau.interrupt(meanwhile)
    await bureau.work()

    assert await bureau.newest(case.id) is None
