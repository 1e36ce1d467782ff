"""From approval to an email that may be sent: checked again, with coupon and code at Stripe."""

from datetime import timedelta

import pytest

from domain.winback.offer import SwitchPlan
from flows.effects import PrepareOffer
from tests.flows.winback.offers.people import AGENT, MANAGER
from tests.flows.winback.offers.presses import codes_of, nothing_was_sent, reserved
from tests.flows.winback.offers.winback import Winback


async def test_the_coupon_exists_before_the_email(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer = await winback.approved(case)
    assert await reserved(winback) == 3 * 980

    await winback.work("stripe")
    prepared = await winback.offer(offer)
    coupon = winback.account.ledger.get("coupon", prepared.coupon_id or "")

    assert (coupon["percent_off"], coupon["duration"], coupon["duration_in_months"]) == (20, "repeating", 3)
    assert (prepared.state, prepared.email_state, prepared.code) == ("sending", "waiting", None)
    assert codes_of(winback, subscription) == []
    await winback.work()
    sent = await winback.offer(offer)
    assert (sent.state, sent.email_state, sent.sent_at is not None) == ("sent", "sent", True)
    assert [email.subject for email in winback.post.emails] == ["offer"]
    assert await winback.record(offer) == [("winback", "prepare_offer", "sending"), ("winback", "email_offer", "sent")]


async def test_prepared_twice_it_is_sent_once(winback: Winback) -> None:
    subscription, case = await winback.left()
    offer = await winback.approved(case)
    async with winback.store.begin() as unit:
        await unit.outbox.add(PrepareOffer(offer.id), due_at=winback.now())
        await unit.commit()

    await winback.work()

    assert len(winback.post.emails) == len(codes_of(winback, subscription)) == 1


async def test_returned_before_preparing_gets_no_email(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer = await winback.approved(case)

    winback.account.take_back(subscription)
    await winback.work()

    await nothing_was_sent(winback, offer, "stopped", "back")
    assert (await winback.proposal(offer)).state == "stopped"


async def test_returned_before_sending_gets_no_email(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer = await winback.approved(case)
    await winback.work("stripe")

    winback.account.take_back(subscription)
    await winback.work()

    await nothing_was_sent(winback, offer, "stopped", "back")
    assert (await winback.proposal(offer)).why == "back"


async def test_a_new_subscriber_gets_no_email(winback: Winback) -> None:
    subscription, case = await winback.left()
    offer = await winback.approved(case)
    await winback.work("stripe")

    winback.account.subscribe(winback.account.ledger.get("customer", subscription["customer"]), winback.lite)
    await winback.work()

    await nothing_was_sent(winback, offer, "stopped", "back")


@pytest.mark.parametrize("prepared", [False, True])
async def test_suppressed_people_get_no_email(winback: Winback, *, prepared: bool) -> None:
    _, case = await winback.leaving()
    offer = await winback.approved(case)
    if prepared:
        await winback.work("stripe")
    async with winback.store.begin() as unit:
        await unit.people.suppress(case.person_id, by=AGENT.id, why="never contact", at=winback.now())
        await unit.commit()

    await winback.work()

    await nothing_was_sent(winback, offer, "stopped", "suppressed")


async def test_an_ended_subscription_stops_the_email(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer = await winback.approved(case)
    await winback.work("stripe")

    winback.account.cancel_now(subscription)
    await winback.work()

    await nothing_was_sent(winback, offer, "stopped", "phase")


async def test_a_missing_price_stops_the_offer(winback: Winback) -> None:
    _, case = await winback.leaving()
    offer = await winback.approved(case, SwitchPlan(price_id=winback.lite["id"]))

    winback.lite["active"] = False
    winback.sandbox.clock.advance(timedelta(minutes=2))
    await winback.work()

    await nothing_was_sent(winback, offer, "stopped", "no_such_price")


async def test_a_higher_cost_stops_the_offer(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer = await winback.approved(case)

    item = subscription["items"]["data"][0]
    winback.account.subscriptions.update(subscription, {"items": [{"id": item["id"], "quantity": 2}]})
    await winback.work()

    await nothing_was_sent(winback, offer, "stopped", "costs_more")


async def test_paused_sending_waits(winback: Winback) -> None:
    _, case = await winback.leaving()
    offer = await winback.approved(case)
    async with winback.store.begin() as unit:
        await unit.sending_pauses.begin(by=MANAGER.id, at=winback.now())
        await unit.commit()

    await winback.work()
    assert (await winback.offer(offer)).coupon_id is None
    async with winback.store.begin() as unit:
        await unit.sending_pauses.end()
        await unit.commit()
    winback.sandbox.clock.advance(timedelta(seconds=20))
    await winback.work("stripe")
    async with winback.store.begin() as unit:
        await unit.sending_pauses.begin(by=MANAGER.id, at=winback.now())
        await unit.commit()
    await winback.work()

    assert winback.post.emails == []
    async with winback.store.begin() as unit:
        await unit.sending_pauses.end()
        await unit.commit()
    winback.sandbox.clock.advance(timedelta(seconds=20))
    await winback.work()
    assert (await winback.offer(offer)).state == "sent"


async def test_an_unsent_offer_expires(winback: Winback) -> None:
    await winback.limit(offer_lifetime=timedelta(hours=1))
    _, case = await winback.leaving()
    offer = await winback.approved(case)

    winback.sandbox.clock.advance(timedelta(hours=2))
    await winback.work()

    await nothing_was_sent(winback, offer, "over", "expired")


async def test_an_expired_offer_frees_its_budget(winback: Winback) -> None:
    _, case = await winback.leaving()
    offer = await winback.sent(case)

    winback.sandbox.clock.advance(timedelta(days=15))
    await winback.work()

    offer = await winback.offer(offer)
    assert (offer.state, offer.why, await reserved(winback)) == ("over", "expired", 0)
    async with winback.store.read() as unit:  # it was made: the cooldown counts from it
        assert len(await unit.budgets.earlier(offer.person_id, apart_from=None)) == 1
