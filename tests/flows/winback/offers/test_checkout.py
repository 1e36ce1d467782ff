"""Ended subscriptions: one Checkout session, one subscription, and an alert if there are two."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from bot.views.alerts import two_subscriptions_text
from domain.ids import EventId
from domain.winback.offer import Restart, SwitchPlan
from domain.winback.proposal import OfferRow
from flows.cancellations.withdraw_offers import withdraw_open
from flows.portal_links.page_answers import LinkUnavailable
from flows.ports import StripeEvent
from flows.winback.offers.answers import Accepted, InProgress, OfferPage, PageClosed, RedirectToStripe
from sandbox.stripe.ledger import Json
from sandbox.stripe.webhooks import as_json
from tests.flows.winback.offers.flows import PUBLIC
from tests.flows.winback.offers.presses import accept, codes_of
from tests.flows.winback.offers.winback import Winback, interrupted


def sessions(winback: Winback, subscription: Json, **having: Any) -> list[Json]:
    return winback.account.ledger.all("checkout.session", customer=subscription["customer"], **having)


def pay(winback: Winback, session: Json) -> Json:
    """Complete a session with the customer's card; the event that tells of it."""
    card = winback.account.ledger.all("payment_method", customer=session["customer"])[0]
    winback.account.checkout.complete(session, card)
    [event] = [each for each in winback.account.events if each["data"]["object"]["id"] == session["id"]][-1:]
    assert event["type"] == "checkout.session.completed"
    return event


async def deliver_event(winback: Winback, snapshot: Json) -> None:
    """Take an event in and work it off."""
    event = StripeEvent(
        id=EventId(snapshot["id"]),
        type=snapshot["type"],
        livemode=False,
        created_at=winback.now(),
        payload=as_json(snapshot).decode(),
        subject=snapshot["data"]["object"]["customer"],
    )
    await winback.store.receive(event, received_at=winback.now())
    await winback.offers.checkouts.completed(event, now=winback.now())


async def test_accepting_opens_checkout_on_the_terms(winback: Winback) -> None:
    subscription, case = await winback.left()
    offer = await winback.sent(case)
    shown = await winback.offers.acceptance.look(winback.token(offer), now=winback.now())
    assert isinstance(shown, OfferPage)
    assert shown.first is not None
    assert shown.first.due.minor == 3920

    answer = await accept(winback, offer)

    [session] = sessions(winback, subscription)
    assert answer == RedirectToStripe(url=session["url"])
    assert session["amount_total"] == 3920
    assert session["discounts"] == [{"coupon": None, "promotion_code": offer.promotion_code_id}]
    assert session["metadata"] == {"winback_offer": str(offer.id)}
    assert session["success_url"] == session["cancel_url"] == f"{PUBLIC}/o/{winback.token(offer)}"
    opened = await winback.offer(offer)
    assert (opened.state, opened.session_id, opened.promised and opened.promised.minor) == ("sent", session["id"], 3920)


async def test_without_a_code_checkout_takes_the_coupon(winback: Winback) -> None:
    winback.policies.current = replace(winback.policies.current, own_site_code=False)
    subscription, case = await winback.left()
    offer = await winback.sent(case)
    assert (offer.code, offer.promotion_code_id) == (None, None)
    assert codes_of(winback, subscription) == []
    assert winback.scribe.offers[0].code is None

    await accept(winback, offer)

    [session] = sessions(winback, subscription)
    assert session["discounts"] == [{"coupon": offer.coupon_id, "promotion_code": None}]
    assert session["amount_total"] == 3920


@pytest.mark.parametrize("kind", ["restart", "plan"])
async def test_without_a_discount_it_is_full_price(winback: Winback, kind: str) -> None:
    subscription, case = await winback.left()
    offer = await winback.sent(case, Restart() if kind == "restart" else SwitchPlan(price_id=winback.lite["id"]))

    await accept(winback, offer)

    assert sessions(winback, subscription)[0]["amount_total"] == (4900 if kind == "restart" else 1900)


async def test_a_paid_checkout_is_accepted(winback: Winback) -> None:
    subscription, case = await winback.left()
    offer = await winback.sent(case)
    await accept(winback, offer)
    [session] = sessions(winback, subscription)

    event = pay(winback, session)
    assert isinstance(await winback.offers.acceptance.look(winback.token(offer), now=winback.now()), InProgress)
    await deliver_event(winback, event)
    await deliver_event(winback, event)
    await winback.work()

    taken = await winback.offer(offer)
    assert (taken.state, taken.redeemed_with, taken.undo_until) == ("accepted", session["subscription"], None)
    assert isinstance(await winback.offers.acceptance.look(winback.token(offer), now=winback.now()), Accepted)
    assert len(winback.scribe.confirmations) == len(winback.wall.accepted) == 1
    assert winback.scribe.confirmations[0].undo_url is None
    assert winback.wall.alerts == []
    async with winback.store.read() as unit:
        assert await unit.offers.checkout_of(offer.person_id) is None


async def test_accepting_again_reuses_the_session(winback: Winback) -> None:
    subscription, case = await winback.left()
    offer = await winback.sent(case)

    assert await accept(winback, offer) == await accept(winback, offer)

    assert len(sessions(winback, subscription)) == 1


async def test_two_tabs_get_one_session(shared_winback: Winback) -> None:
    winback = shared_winback
    subscription, case = await winback.left()
    offer = await winback.sent(case)

    answers = await asyncio.gather(*(accept(winback, offer) for _ in range(2)))

    [session] = sessions(winback, subscription, status="open")
    assert len(sessions(winback, subscription)) == 1
    assert set(answers) == {RedirectToStripe(url=session["url"])}


async def test_an_expired_session_is_replaced(winback: Winback) -> None:
    subscription, case = await winback.left()
    offer = await winback.sent(case)
    first = await accept(winback, offer)

    winback.sandbox.clock.advance(timedelta(hours=24))
    second = await accept(winback, offer)

    assert first != second
    assert [each["status"] for each in sessions(winback, subscription)] == ["expired", "open"]
    assert second == RedirectToStripe(url=sessions(winback, subscription)[1]["url"])


async def another_offer(winback: Winback, subscription: Json) -> OfferRow:
    """Make another offer to the same person, after the cooldown."""
    await winback.limit(cooldown=timedelta(hours=1), step_gap=timedelta(hours=1), offer_lifetime=timedelta(days=60))
    winback.sandbox.clock.advance(timedelta(hours=2))
    return await winback.sent(await winback.case(subscription), Restart())


async def test_an_older_session_is_closed_first(winback: Winback) -> None:
    subscription, case = await winback.left()
    first = await winback.sent(case)
    await accept(winback, first)
    await winback.transitions.give_up(first.id, "over", why="expired", now=winback.now())
    second = await another_offer(winback, subscription)

    answer = await accept(winback, second)

    old, new = sessions(winback, subscription)
    assert (old["status"], new["status"]) == ("expired", "open")
    assert answer == RedirectToStripe(url=new["url"])


async def test_a_paid_older_session_is_final(winback: Winback) -> None:
    subscription, case = await winback.left()
    first = await winback.sent(case)
    await accept(winback, first)
    await winback.transitions.give_up(first.id, "over", why="expired", now=winback.now())
    second = await another_offer(winback, subscription)
    shown = await winback.offers.acceptance.look(winback.token(second), now=winback.now())
    assert isinstance(shown, OfferPage)

    pay(winback, sessions(winback, subscription)[0])
    answer = await winback.offers.acceptance.accept(winback.token(second), agreed=shown.agreed, now=winback.now())

    assert answer == PageClosed(why="back")
    assert len(sessions(winback, subscription)) == 1


async def test_paying_the_older_one_now_is_final(winback: Winback) -> None:
    subscription, case = await winback.left()
    first = await winback.sent(case)
    await accept(winback, first)
    await winback.transitions.give_up(first.id, "over", why="expired", now=winback.now())
    second = await another_offer(winback, subscription)
    shown = await winback.offers.acceptance.look(winback.token(second), now=winback.now())
    assert isinstance(shown, OfferPage)

    async def pay_the_first() -> None:
        pay(winback, sessions(winback, subscription)[0])

    answer = await interrupted(winback, pay_the_first).accept(
        winback.token(second), agreed=shown.agreed, now=winback.now()
    )

    assert answer == InProgress()
    assert len(sessions(winback, subscription)) == 1


async def test_an_older_subscription_is_not_a_second(winback: Winback) -> None:
    customer = winback.customer()
    winback.account.subscribe(customer, winback.lite)
    subscription, case = await winback.left(customer)
    offer = await winback.sent(case)
    await accept(winback, offer)

    await deliver_event(winback, pay(winback, sessions(winback, subscription)[0]))
    await winback.work()

    assert (await winback.offer(offer)).state == "accepted"
    assert winback.wall.alerts == []


async def test_paying_a_withdrawn_offer_accepts_it(winback: Winback) -> None:
    subscription, case = await winback.left()
    offer = await winback.sent(case)
    await accept(winback, offer)
    async with winback.store.begin() as unit:
        await withdraw_open(unit, person_id=offer.person_id, why="suppressed", now=winback.now())
        await unit.commit()

    await deliver_event(winback, pay(winback, sessions(winback, subscription)[0]))

    taken = await winback.offer(offer)
    assert (taken.state, taken.why) == ("accepted", "suppressed")


async def test_a_withdrawn_offers_session_is_closed(winback: Winback) -> None:
    subscription, case = await winback.left()
    offer = await winback.sent(case)
    await accept(winback, offer)
    async with winback.store.begin() as unit:
        await withdraw_open(unit, case_id=case.id, why="back", now=winback.now())
        await unit.commit()

    await winback.work()

    [session] = sessions(winback, subscription)
    assert session["status"] == "expired"


async def test_a_paid_withdrawn_session_is_kept(winback: Winback) -> None:
    subscription, case = await winback.left()
    offer = await winback.sent(case)
    await accept(winback, offer)
    event = pay(winback, sessions(winback, subscription)[0])
    async with winback.store.begin() as unit:
        await withdraw_open(unit, case_id=case.id, why="back", now=winback.now())
        await unit.commit()

    await winback.work()
    await deliver_event(winback, event)

    [session] = sessions(winback, subscription)
    assert session["status"] == "complete"
    taken = await winback.offer(offer)
    assert (taken.state, taken.why) == ("accepted", "back")


async def test_two_live_subscriptions_alert_staff(winback: Winback) -> None:
    subscription, case = await winback.left()
    offer = await winback.sent(case)
    await accept(winback, offer)
    customer = winback.account.ledger.get("customer", subscription["customer"])
    winback.account.subscribe(customer, winback.lite)

    await deliver_event(winback, pay(winback, sessions(winback, subscription)[0]))
    await winback.work()

    assert winback.wall.alerts == [two_subscriptions_text(await winback.offer(offer))]


async def test_other_checkouts_are_left_alone(winback: Winback) -> None:
    subscription, case = await winback.left()
    offer = await winback.sent(case)
    params = {"mode": "subscription", "customer": subscription["customer"], "success_url": PUBLIC}
    session = winback.account.checkout.create(params | {"line_items": [{"price": winback.pro["id"], "quantity": 1}]})

    event = pay(winback, session)
    await deliver_event(winback, event)

    assert (await winback.offer(offer)).state == "sent"
    async with winback.store.begin() as unit:
        assert await unit.inbox.claim(owner=UUID(int=1), wall=winback.now(), lease=timedelta(1), limit=9) == []


@pytest.mark.parametrize("kind", ["drop_after", "garbage", "drop_before", "status"])
async def test_an_unclear_session_is_opened_once(winback: Winback, kind: Any) -> None:
    subscription, case = await winback.left()
    offer = await winback.sent(case)
    winback.sandbox.faults.add("stripe", "/v1/checkout/sessions", kind, method="POST", status=503)

    assert isinstance(await accept(winback, offer), LinkUnavailable)
    answer = await accept(winback, offer)

    assert answer == RedirectToStripe(url=sessions(winback, subscription)[-1]["url"])
    assert len(sessions(winback, subscription, status="open")) == 1


async def test_a_refusal_ends_the_offer(winback: Winback) -> None:
    _, case = await winback.left()
    offer = await winback.sent(case)
    path = "/v1/checkout/sessions"
    winback.sandbox.faults.add("stripe", path, "error", method="POST", status=400, code="coupon_expired", message="No.")

    assert await accept(winback, offer) == PageClosed(why="impossible")

    failed = await winback.offer(offer)
    assert (failed.state, failed.why) == ("failed", "coupon_expired")
