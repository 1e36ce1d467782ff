"""A slip can be corrected: an email is held before it leaves, an offer is taken back before it is accepted."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.views.winback.corrections import correction_message
from domain.permissions import Action
from domain.winback.proposal import OfferRow
from domain.winback.status import status_of
from flows.failures import Unavailable
from flows.people.staff_permissions import PermissionDenied
from flows.winback.offers.answers import Accepted, OfferPage, PageClosed, RedirectToStripe
from flows.winback.proposals.answers import (
    AlreadyLeft,
    CorrectionAnswer,
    Held,
    NotApproved,
    NotLeftYet,
    NotTakenBack,
    TakenBack,
)
from tests.flows.winback.offers.people import AGENT, MANAGER
from tests.flows.winback.offers.presses import accept, codes_of, pending, reserved
from tests.flows.winback.offers.test_checkout import pay, sessions
from tests.flows.winback.offers.winback import Winback

HOLD = timedelta(minutes=5)
SECOND = timedelta(seconds=1)
MARGIN = timedelta(minutes=4)
"""The sandbox's clock goes on by itself while a test runs."""


async def hold(winback: Winback, offer: OfferRow) -> CorrectionAnswer:
    return await winback.flows.corrections.hold(requester=MANAGER, proposal_id=offer.proposal_id, now=winback.now())


async def take_back(winback: Winback, offer: OfferRow) -> CorrectionAnswer:
    return await winback.flows.corrections.take_back(
        requester=MANAGER, proposal_id=offer.proposal_id, why="mistake", now=winback.now()
    )


async def look(winback: Winback, offer: OfferRow) -> object:
    return await winback.offers.acceptance.look(winback.token(offer), now=winback.now())


async def waiting(winback: Winback) -> OfferRow:
    """Have an offer approved whose email leaves in five minutes."""
    await winback.limit(approval_hold=HOLD)
    _, case = await winback.leaving()
    offer = await winback.approved(case)
    assert offer.send_at == offer.created_at + HOLD
    return offer


async def test_approved_emails_leave_after_the_hold(winback: Winback) -> None:
    offer = await waiting(winback)
    winback.sandbox.clock.advance(HOLD - MARGIN)
    await winback.work()
    assert winback.post.emails == []

    winback.sandbox.clock.advance(MARGIN)
    await winback.work()

    assert len(winback.post.emails) == 1
    assert (await winback.offer(offer)).state == "sent"


async def test_hold_in_the_last_second_sends_nothing(winback: Winback) -> None:
    offer = await waiting(winback)
    assert await reserved(winback) == 2940

    answer = await winback.flows.corrections.hold(
        requester=MANAGER, proposal_id=offer.proposal_id, now=offer.send_at - SECOND
    )

    assert isinstance(answer, Held)
    assert await reserved(winback) == 0
    proposal = await winback.proposal(offer)
    assert (proposal.state, proposal.why, proposal.approvals, proposal.decided_by) == ("open", "held", (), MANAGER.id)
    async with winback.store.read() as unit:
        assert await unit.budgets.earlier(offer.person_id, apart_from=None) == []
        entries = [each.entry for each in await unit.audit.rows(after=0, limit=1_000)]
    assert (MANAGER.id, "hold", "open") in {(each.who, each.action, each.outcome) for each in entries}
    winback.sandbox.clock.advance(timedelta(days=1))
    await winback.work()
    assert winback.post.emails == []
    assert isinstance(await hold(winback, offer), NotApproved)
    assert await reserved(winback) == 0


async def test_held_proposals_can_be_approved_again(winback: Winback) -> None:
    offer = await waiting(winback)
    await hold(winback, offer)
    held = await winback.proposal(offer)

    await winback.flows.approvals.approve(
        requester=MANAGER, proposal_id=held.id, version=held.version, now=winback.now()
    )
    winback.sandbox.clock.advance(HOLD)
    await winback.work()

    assert len(winback.post.emails) == 1
    assert await reserved(winback) == 2940


async def test_a_held_proposal_is_not_snoozed_any_more(winback: Winback) -> None:
    offer = await waiting(winback)
    approved = await winback.proposal(offer)
    async with winback.store.begin() as unit:  # it was approved while it was snoozed
        assert await unit.proposals.save(replace(approved, snoozed_until=winback.now() + HOLD))
        await unit.commit()

    await hold(winback, offer)

    held = await winback.proposal(offer)
    assert status_of(held, None).state == "proposed"


async def test_hold_once_more_says_what_became_of_it(winback: Winback) -> None:
    offer = await waiting(winback)
    await hold(winback, offer)
    assert "held it" in correction_message(await hold(winback, offer))["text"]
    held = await winback.proposal(offer)
    async with winback.store.begin() as unit:
        assert await unit.proposals.save(replace(held, state="expired", decided_at=winback.now()))
        await unit.commit()

    told = correction_message(await hold(winback, offer))["text"]

    assert told == "It isn't approved, so nothing is sent. Your click changed nothing."


async def test_hold_after_it_left_says_when(winback: Winback) -> None:
    _, case = await winback.leaving()
    offer = await winback.sent(case)

    answer = await hold(winback, offer)

    assert isinstance(answer, AlreadyLeft)
    assert answer.offer.sent_at == (await winback.offer(offer)).sent_at
    assert (await winback.offer(offer)).state == "sent"


async def test_hold_at_any_step_of_sending_has_one_outcome(winback: Winback) -> None:
    """Before and after each write of the worker: either it is held and nothing is sent, or it is sent once."""
    outcomes = set[type]()
    for place in range(1, 20):
        offer = await waiting(winback)
        before, spent = len(winback.post.emails), await reserved(winback)
        winback.sandbox.clock.advance(HOLD)
        answers: list[CorrectionAnswer] = []

        async def press(offer: OfferRow = offer, answers: list[CorrectionAnswer] = answers) -> None:
            answers.append(await hold(winback, offer))

        await winback.work("stripe")
        winback.fate.at(place, press)
        await winback.work("mail")
        winback.fate.spare()
        if not answers:
            break
        held = isinstance(answers[0], Held)
        assert len(winback.post.emails) - before == (0 if held else 1), place
        assert await reserved(winback) == (spent - 2940 if held else spent), place
        assert (await winback.proposal(offer)).state == ("open" if held else "approved"), place
        outcomes.add(type(answers[0]))
    assert outcomes == {Held, AlreadyLeft}


async def test_hold_and_the_worker_at_once(shared_winback: Winback) -> None:
    winback = shared_winback
    offer = await waiting(winback)
    winback.sandbox.clock.advance(HOLD)

    _, answer = await asyncio.gather(winback.work(), hold(winback, offer))

    assert len(winback.post.emails) == (0 if isinstance(answer, Held) else 1)
    assert isinstance(answer, Held | AlreadyLeft)


async def test_a_refusing_mail_server_lets_it_be_held(winback: Winback) -> None:
    offer = await waiting(winback)
    winback.sandbox.clock.advance(HOLD)
    winback.post.before = Unavailable("451 try again later")
    await winback.work()
    assert (await winback.offer(offer)).email_state == "waiting"

    assert isinstance(await hold(winback, offer), Held)
    assert await reserved(winback) == 0


async def test_hold_closes_a_code_that_was_made(winback: Winback) -> None:
    await winback.limit(approval_hold=HOLD)
    subscription, case = await winback.left()
    offer = await winback.approved(case)
    winback.sandbox.clock.advance(HOLD)
    await winback.work("stripe")
    [code] = codes_of(winback, subscription)
    assert code["active"]

    assert isinstance(await hold(winback, offer), Held)
    await winback.work("stripe")

    assert not code["active"]


async def test_taken_back_offers_say_so_kindly(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer = await winback.sent(case)

    answer = await take_back(winback, offer)

    assert isinstance(answer, TakenBack)
    over = await winback.offer(offer)
    assert (over.state, over.why, over.email_state, over.reserved) == ("over", "taken_back_mistake", "sent", ())
    assert await reserved(winback) == 0
    assert await look(winback, offer) == PageClosed(why="taken_back")
    assert pending(subscription)
    async with winback.store.read() as unit:
        assert len(await unit.budgets.earlier(offer.person_id, apart_from=None)) == 1
        assert await unit.people.suppression(offer.person_id) is None
    winback.sandbox.clock.advance(timedelta(days=30))
    await winback.work()
    assert len(winback.post.emails) == 1
    assert (MANAGER.id, "take_back", "over") in await winback.record(offer)


async def test_take_back_closes_checkout_and_code(winback: Winback) -> None:
    subscription, case = await winback.left()
    offer = await winback.sent(case)
    assert isinstance(await accept(winback, offer), RedirectToStripe)
    [session] = sessions(winback, subscription)

    assert isinstance(await take_back(winback, offer), TakenBack)
    await winback.work()

    assert session["status"] == "expired"
    assert not any(each["active"] for each in codes_of(winback, subscription))


async def test_who_has_paid_is_not_taken_back(winback: Winback) -> None:
    subscription, case = await winback.left()
    offer = await winback.sent(case)
    await accept(winback, offer)
    [session] = sessions(winback, subscription)
    pay(winback, session)

    answer = await take_back(winback, offer)

    assert isinstance(answer, NotTakenBack)
    assert answer.offer.state == "accepting"
    assert (await winback.offer(offer)).state == "sent"


async def test_take_back_and_accept_at_once(shared_winback: Winback) -> None:
    """One of the two wins, and both are told."""
    winback = shared_winback
    subscription, case = await winback.leaving()
    offer = await winback.sent(case)
    shown = await look(winback, offer)
    assert isinstance(shown, OfferPage)

    taken, accepted = await asyncio.gather(
        take_back(winback, offer),
        winback.offers.acceptance.accept(winback.token(offer), agreed=shown.agreed, now=winback.now()),
    )

    if isinstance(taken, TakenBack):
        assert accepted == PageClosed(why="taken_back")
        assert pending(subscription)
        assert await reserved(winback) == 0
    else:
        assert isinstance(taken, NotTakenBack)
        assert isinstance(accepted, Accepted)
        assert not pending(subscription)


async def test_accepted_offers_stay(winback: Winback) -> None:
    _, case = await winback.leaving()
    offer = await winback.sent(case)
    await accept(winback, offer)

    answer = await take_back(winback, offer)

    assert isinstance(answer, NotTakenBack)
    assert answer.offer.state == "accepted"
    assert isinstance(await look(winback, offer), Accepted)


async def test_unsent_offers_are_held_instead(winback: Winback) -> None:
    offer = await waiting(winback)

    assert isinstance(await take_back(winback, offer), NotLeftYet)
    assert (await winback.offer(offer)).state == "sending"


@pytest.mark.parametrize("action", [Action.HOLD, Action.TAKE_BACK])
async def test_only_managers_correct(winback: Winback, action: Action) -> None:
    offer = await waiting(winback)
    corrections, about = winback.flows.corrections, {"requester": AGENT, "proposal_id": offer.proposal_id}

    answer = (
        await corrections.hold(**about, now=winback.now())  # type: ignore[arg-type]  # the same for both
        if action is Action.HOLD
        else await corrections.take_back(**about, why="mistake", now=winback.now())  # type: ignore[arg-type]
    )

    assert isinstance(answer, PermissionDenied)
    assert answer.action is action
    assert (await winback.offer(offer)).state == "sending"


async def test_home_lists_what_can_be_held(winback: Winback) -> None:
    first, second = await waiting(winback), await waiting(winback)

    unsent = await winback.flows.corrections.unsent()

    assert [each.offer.id for each in unsent.listed] == [first.id, second.id]
    assert (unsent.listed[0].customer_name, unsent.total) == ("Dana Scully", 2)
    winback.sandbox.clock.advance(HOLD)
    await winback.work()
    assert (await winback.flows.corrections.unsent()).total == 0
