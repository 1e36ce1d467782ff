"""One reminder before an offer ends: checked like the email, never twice, and never after an answer."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest

from domain.cancellations.stored_case import Case
from domain.results.funnel import Stage, Stop
from domain.winback.blockers import automatic_blockers, case_blockers
from domain.winback.policy import SendingHours
from domain.winback.proposal import OfferRow
from flows.effects import EmailOffer, RemindOffer
from flows.failures import Refused, Unavailable, Unclear
from flows.winback.offers.answers import NoThanks
from flows.winback.offers.email import UnclearEmailResolved
from flows.winback.results.report import counted
from sandbox.stripe.ledger import Json
from tests.flows.winback.offers.flows import ZONE
from tests.flows.winback.offers.people import MANAGER
from tests.flows.winback.offers.test_crashes import die_everywhere, emails_to
from tests.flows.winback.offers.winback import Winback

THREE_DAYS = timedelta(days=3)


async def offered(winback: Winback) -> tuple[Json, Case, OfferRow]:
    """Send an offer of 14 days to somebody who is gone."""
    subscription, case = await winback.left()
    await winback.work()
    return subscription, case, await winback.sent(case)


async def at_its_time(winback: Winback, offer: OfferRow) -> OfferRow:
    """Move on to the time of the reminder and do all that is due."""
    winback.sandbox.clock.move_to(offer.expires_at - THREE_DAYS)
    await winback.work()
    return await winback.offer(offer)


def state_of(offer: OfferRow) -> tuple[str, str | None]:
    assert offer.reminder is not None
    return offer.reminder.state, offer.reminder.why


async def test_one_reminder_repeats_the_offer(winback: Winback) -> None:
    subscription, case, offer = await offered(winback)
    assert offer.reminder is not None
    assert (offer.reminder.state, offer.reminder.at) == ("planned", offer.expires_at - THREE_DAYS)
    winback.sandbox.clock.move_to(offer.expires_at - THREE_DAYS - timedelta(minutes=1))
    await winback.work()
    assert len(emails_to(winback, subscription)) == 1

    reminded = await at_its_time(winback, offer)

    assert state_of(reminded) == ("sent", None)
    first, second = winback.scribe.offers
    assert (first.reminds_of, second.reminds_of) == (None, offer.sent_at)
    assert (second.offer_url, second.unsubscribe_url) == (first.offer_url, first.unsubscribe_url)
    assert (second.code, second.expires_at) == (first.code, first.expires_at)
    assert (second.terms.offer, second.terms.charge) == (first.terms.offer, first.terms.charge)
    assert len(emails_to(winback, subscription)) == 2
    winback.sandbox.clock.move_to(offer.expires_at)
    await winback.work()
    assert len(emails_to(winback, subscription)) == 2
    assert ("winback", "remind_offer", "sent") in await winback.record(offer)
    async with winback.store.read() as unit:
        assert len(await unit.offers.of_case(case.id)) == 1  # no second offer, for cooldowns and budgets
        assert len(await unit.budgets.earlier(offer.person_id, apart_from=None)) == 1


async def test_its_card_tells_of_it(winback: Winback) -> None:
    _, case, offer = await offered(winback)

    card = await winback.flows.card_publisher.card(case.id, now=winback.now())

    assert card is not None
    assert card.winback is not None
    assert card.winback.reminder == offer.reminder


async def no_consent(winback: Winback, subscription: Json, case: Case, offer: OfferRow) -> str:
    customer = winback.account.ledger.get("customer", subscription["customer"])
    customer["metadata"] = {"marketing_consent": "no"}
    return "no_consent"


async def approver_gone(winback: Winback, subscription: Json, case: Case, offer: OfferRow) -> str:
    winback.roster.managers = set()
    return "approver_gone"


async def no_address(winback: Winback, subscription: Json, case: Case, offer: OfferRow) -> str:
    customer = winback.account.ledger.get("customer", subscription["customer"])
    customer["email"] = None
    return "no_address"


@pytest.mark.parametrize("meanwhile", [no_consent, approver_gone, no_address])
async def test_a_failed_check_stops_the_reminder_alone(
    winback: Winback, meanwhile: Callable[[Winback, Json, Case, OfferRow], Awaitable[str]]
) -> None:
    subscription, case, offer = await offered(winback)
    why = await meanwhile(winback, subscription, case, offer)

    stopped = await at_its_time(winback, offer)

    assert (stopped.state, state_of(stopped)) == ("sent", ("stopped", why))
    assert len(winback.post.emails) == 1


async def test_a_start_as_another_customer_stops_the_reminder(winback: Winback) -> None:
    """They came back within this minute: no event has told of it yet, and Stripe's search doesn't know it."""
    subscription, _, offer = await offered(winback)
    winback.sandbox.clock.move_to(offer.expires_at - THREE_DAYS)
    customer = winback.account.ledger.get("customer", subscription["customer"])
    winback.account.subscribe(winback.customer(email=customer["email"]), winback.lite)

    await winback.work()

    stopped = await winback.offer(offer)
    assert stopped.reminder is not None
    assert stopped.reminder.state != "sent"
    assert len(winback.post.emails) == 1


async def test_no_thanks_stops_the_reminder_and_later_steps(winback: Winback) -> None:
    _, case, offer = await offered(winback)

    answer = await winback.offers.acceptance.say_no(winback.token(offer), why=None, now=winback.now())

    assert answer == NoThanks(expires_at=offer.expires_at, asks_why=True)
    assert ("customer", "no_thanks", "sent") in await winback.record(offer)
    stopped = await at_its_time(winback, offer)
    assert (stopped.state, state_of(stopped)) == ("sent", ("stopped", "no_thanks"))
    assert len(winback.post.emails) == 1
    winback.sandbox.clock.move_to(offer.expires_at)
    await winback.work()
    gathered = await winback.flows.eligibility.gather(case.id, winback.policies.current, now=winback.now())
    assert gathered is not None
    snapshot, history = gathered
    blocked = {each.why for each in automatic_blockers(snapshot, history, winback.policies.current, now=winback.now())}
    assert "no_thanks" in blocked
    by_hand = case_blockers(snapshot, history, winback.policies.current, now=winback.now())
    assert "no_thanks" not in {each.why for each in by_hand}


async def test_the_funnel_knows_who_said_no(winback: Winback) -> None:
    _, case, offer = await offered(winback)
    await winback.offers.acceptance.say_no(winback.token(offer), why=None, now=winback.now())

    for later in (timedelta(), offer.expires_at - winback.now()):
        winback.sandbox.clock.advance(later)
        await winback.work()
        async with counted(winback.store) as unit:
            stops = await unit.stops.counts(since=case.episode.requested_at, until=winback.now())
        assert stops == {Stop(Stage.SENT, "no_thanks"): 1}


async def test_no_thanks_is_about_this_case_alone(winback: Winback) -> None:
    _, _, offer = await offered(winback)
    await winback.offers.acceptance.say_no(winback.token(offer), why="unused", now=winback.now())
    await winback.limit(cooldown=timedelta(days=20))
    winback.sandbox.clock.advance(timedelta(days=30))
    await winback.work()
    assert len(winback.post.emails) == 1

    _, again = await winback.left(winback.account.ledger.get("customer", offer.customer_id))

    assert again.id != offer.case_id
    gathered = await winback.flows.eligibility.gather(again.id, winback.policies.current, now=winback.now())
    assert gathered is not None
    assert not gathered[1].suppressed
    blocked = automatic_blockers(*gathered, winback.policies.current, now=winback.now())
    assert "no_thanks" not in {each.why for each in blocked}
    assert not list(case_blockers(*gathered, winback.policies.current, now=winback.now()))


async def withdrawn(winback: Winback, offer: OfferRow) -> None:
    async with winback.store.begin() as unit:
        await unit.people.suppress(offer.person_id, by=None, why="unsubscribed", at=winback.now())
        await unit.commit()
    await winback.transitions.give_up(offer.id, "over", why="unsubscribed", now=winback.now())


async def undone(winback: Winback, offer: OfferRow) -> None:
    await winback.transitions.change(
        offer.id, lambda row: replace(row, state="undone"), who="customer", action="undo", now=winback.now()
    )


async def accepted(winback: Winback, offer: OfferRow) -> None:
    await winback.transitions.change(
        offer.id, lambda row: replace(row, state="accepted"), who="customer", action="accept", now=winback.now()
    )


@pytest.mark.parametrize("meanwhile", [withdrawn, undone, accepted])
async def test_nothing_is_sent_after_the_offer_is_over(
    winback: Winback, meanwhile: Callable[[Winback, OfferRow], Awaitable[None]]
) -> None:
    _, _, offer = await offered(winback)
    await meanwhile(winback, offer)

    await at_its_time(winback, offer)

    assert len(winback.post.emails) == 1


async def test_it_keeps_the_sending_hours(winback: Winback) -> None:
    """Planned for the morning already, and put off again if the hours were changed since."""
    _, _, offer = await offered(winback)
    local = (offer.expires_at - THREE_DAYS).astimezone(ZONE)
    start = time((local.hour + 2) % 23)
    await winback.limit(hours=SendingHours(start=start, end=time(23, 59), weekdays=frozenset(range(7))))

    put_off = await at_its_time(winback, offer)

    assert len(winback.post.emails) == 1
    assert put_off.reminder is not None
    assert put_off.reminder.at.astimezone(ZONE).time() == start
    winback.sandbox.clock.move_to(put_off.reminder.at)
    await winback.work()
    assert state_of(await winback.offer(offer)) == ("sent", None)


@pytest.mark.parametrize(
    "limits", [{"remind_before_end": timedelta()}, {"offer_lifetime": timedelta(days=3, hours=12)}]
)
async def test_none_is_planned_without_room(winback: Winback, limits: dict[str, Any]) -> None:
    await winback.limit(**limits)

    _, _, offer = await offered(winback)

    assert offer.reminder is None


async def test_it_waits_while_sending_is_paused(winback: Winback) -> None:
    _, _, offer = await offered(winback)
    async with winback.store.begin() as unit:
        await unit.sending_pauses.begin(by=MANAGER.id, at=winback.now())
        await unit.commit()

    assert state_of(await at_its_time(winback, offer)) == ("planned", None)

    async with winback.store.begin() as unit:
        await unit.sending_pauses.end()
        await unit.commit()
    winback.sandbox.clock.advance(timedelta(minutes=5))
    await winback.work()
    assert state_of(await winback.offer(offer)) == ("sent", None)


async def test_a_mail_outage_is_retried(winback: Winback) -> None:
    _, _, offer = await offered(winback)
    winback.post.before = Unavailable("the mail server could not be reached")
    assert state_of(await at_its_time(winback, offer)) == ("planned", None)
    winback.post.before = None

    winback.sandbox.clock.advance(timedelta(minutes=5))
    await winback.work()

    assert state_of(await winback.offer(offer)) == ("sent", None)
    assert len(winback.post.emails) == 2


async def test_an_unclear_reminder_is_never_sent_again(winback: Winback) -> None:
    _, _, offer = await offered(winback)
    winback.post.after = Unclear("the mail server did not answer")

    assert state_of(await at_its_time(winback, offer)) == ("unclear", None)

    winback.post.after = None
    winback.sandbox.clock.advance(timedelta(hours=1))
    await winback.work()
    assert len(winback.post.emails) == 2
    assert winback.wall.asked == []


async def test_a_refused_address_leaves_the_offer(winback: Winback) -> None:
    _, _, offer = await offered(winback)
    winback.post.before = Refused("the mail server refused the address", fault="request", code="bad_address")

    stopped = await at_its_time(winback, offer)

    assert (stopped.state, state_of(stopped)) == ("sent", ("stopped", "bad_address"))


async def test_an_email_that_arrived_after_all_is_followed_by_one(winback: Winback) -> None:
    _, case = await winback.left()
    await winback.work()
    offer = await winback.approved(case)
    winback.post.after = Unclear("the mail server did not answer")
    await winback.work()
    winback.post.after = None

    answer = await winback.offers.mail.resolve_email(
        requester=MANAGER, offer_id=offer.id, arrived=True, now=winback.now()
    )

    assert isinstance(answer, UnclearEmailResolved)
    assert state_of(await at_its_time(winback, offer)) == ("sent", None)
    assert len(winback.post.emails) == 2


async def test_a_crash_never_sends_it_twice(winback: Winback) -> None:
    async def begin() -> tuple[Json, OfferRow]:
        subscription, _, offer = await offered(winback)
        winback.sandbox.clock.move_to(offer.expires_at - THREE_DAYS)
        return subscription, offer

    async def act(story: Any) -> None:
        await winback.work("mail")

    fates = set()
    async for subscription, offer in die_everywhere(winback, begin, act, fewest=6):
        state, _ = state_of(await winback.offer(offer))
        fates.add((state, len(emails_to(winback, subscription))))

    assert fates == {("sent", 2), ("unclear", 1), ("unclear", 2)}


async def test_two_workers_send_one(winback: Winback) -> None:
    """A second row asks for the same reminder, as when the hours were moved while the first one ran."""
    _, _, offer = await offered(winback)
    async with winback.store.begin() as unit:
        await unit.outbox.add(RemindOffer(offer.id), due_at=offer.expires_at - THREE_DAYS)
        await unit.commit()

    await at_its_time(winback, offer)

    assert len(winback.post.emails) == 2
    assert EmailOffer(offer.id) not in [effect for effect, _ in await winback.work()]
