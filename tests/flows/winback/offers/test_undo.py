"""*Undo*: for a day everything can be put back as it was before acceptance."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from domain.winback.offer import ExtendTrial, Offer, Pause, Restart, SwitchPlan
from domain.winback.proposal import OfferRow
from flows.effects import UndoOffer
from flows.winback.offers.answers import Accepted, InProgress, OfferPage, PageClosed, Undone, UndoPage
from sandbox.stripe.ledger import Json
from tests.flows.winback.offers.flows import TWENTY
from tests.flows.winback.offers.presses import calls
from tests.flows.winback.offers.winback import Winback
from wording.sanitize import mask_address


def as_it_was(subscription: Json) -> Json:
    """Return what of a subscription accepting may change."""
    fields = ("cancel_at", "cancel_at_period_end", "trial_end", "pause_collection", "status")
    return {name: subscription[name] for name in fields} | {
        "coupons": len(subscription["discounts"]),
        "prices": [(each["price"]["id"], each["quantity"]) for each in subscription["items"]["data"]],
    }


async def accepted(winback: Winback, subscription: Json, case: Any, offer: Offer = TWENTY) -> tuple[OfferRow, Json]:
    """Have an offer accepted; with what the subscription was like before."""
    sent = await winback.sent(case, offer)
    was = as_it_was(subscription)
    shown = await winback.offers.acceptance.look(winback.token(sent), now=winback.now())
    assert isinstance(shown, OfferPage)
    answer = await winback.offers.acceptance.accept(winback.token(sent), agreed=shown.agreed, now=winback.now())
    assert isinstance(answer, Accepted)
    assert as_it_was(subscription) != was
    return await winback.offer(sent), was


async def undo(winback: Winback, offer: OfferRow) -> Any:
    return await winback.offers.undoing.undo(winback.token(offer, "undo"), now=winback.now())


@pytest.mark.parametrize("kind", ["discount", "plan", "pause", "restart", "classic", "trial"])
async def test_undo_restores_everything(winback: Winback, kind: str) -> None:
    details: dict[str, Any] = {"classic": {"flexible": False}}.get(kind, {})
    if kind == "trial":
        details = {"trial_end": int((winback.now() + timedelta(days=10)).timestamp())}
    friend = winback.account.catalog.add_coupon(f"FRIEND-{winback.pro['id']}", percent_off=10, duration="forever")
    subscription, case = await winback.leaving(coupons=[friend], **details)
    offers: dict[str, Offer] = {
        "plan": SwitchPlan(price_id=winback.lite["id"]),
        "pause": Pause(months=1),
        "restart": Restart(),
        "trial": ExtendTrial(days=7),
    }
    offer, was = await accepted(winback, subscription, case, offers.get(kind, TWENTY))

    assert await undo(winback, offer) == Undone()

    assert as_it_was(subscription) == was
    undone = await winback.offer(offer)
    assert (undone.state, undone.undone_at is not None) == ("undone", True)
    assert [each[:2] for each in await winback.record(offer)][-2:] == [
        ("customer", "undo_offer"),
        ("winback", "undo_offer"),
    ]


async def test_opening_the_undo_page_undoes_nothing(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer, was = await accepted(winback, subscription, case)

    looked = await winback.offers.undoing.look(winback.token(offer, "undo"), now=winback.now())

    customer = winback.account.ledger.get("customer", subscription["customer"])
    assert isinstance(looked, UndoPage)
    assert (looked.masked_address, looked.plan, looked.undo_until) == (
        mask_address(customer["email"]),
        "Pro",
        offer.undo_until,
    )
    assert await winback.offer(offer) == offer
    assert as_it_was(subscription) != was


async def test_undoing_twice_changes_nothing(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer, _ = await accepted(winback, subscription, case)
    await undo(winback, offer)
    winback.account.take_back(subscription)

    assert await undo(winback, offer) == Undone()
    assert await winback.offers.undoing.look(winback.token(offer, "undo"), now=winback.now()) == Undone()
    assert await winback.offers.acceptance.look(winback.token(offer), now=winback.now()) == PageClosed(why="used")

    assert subscription["cancel_at"] is None  # what they did since is theirs


async def test_after_a_day_it_is_too_late(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer, was = await accepted(winback, subscription, case)

    winback.sandbox.clock.advance(timedelta(hours=24, minutes=1))

    assert await winback.offers.undoing.look(winback.token(offer, "undo"), now=winback.now()) == PageClosed(
        why="undo_over"
    )
    assert await undo(winback, offer) == PageClosed(why="undo_over")
    assert as_it_was(subscription) != was


async def test_undo_closes_when_it_would_have_ended(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    winback.sandbox.clock.advance(timedelta(days=25))
    ends_at = subscription["cancel_at"]
    winback.sandbox.clock.move_to(winback.now().fromtimestamp(ends_at, winback.now().tzinfo) - timedelta(hours=5))

    offer, _ = await accepted(winback, subscription, case)

    assert offer.undo_until is not None
    assert int(offer.undo_until.timestamp()) == ends_at


async def test_late_confirmations_offer_no_undo(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    await accepted(winback, subscription, case)

    winback.sandbox.clock.advance(timedelta(hours=25))
    await winback.work()

    [email] = winback.scribe.confirmations
    assert (email.undo_url, email.undo_until) == (None, None)


async def test_undone_offers_are_not_announced(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer, _ = await accepted(winback, subscription, case)
    await undo(winback, offer)

    await winback.work()

    assert winback.scribe.confirmations == []
    assert winback.wall.accepted == []


@pytest.mark.parametrize("token", ["", "y" * 43])
async def test_a_tampered_link_undoes_nothing(winback: Winback, token: str) -> None:
    subscription, case = await winback.leaving()
    await accepted(winback, subscription, case)

    assert await winback.offers.undoing.look(token, now=winback.now()) == PageClosed(why="unknown")
    assert await winback.offers.undoing.undo(token, now=winback.now()) == PageClosed(why="unknown")


async def test_the_offers_own_token_undoes_nothing(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer, _ = await accepted(winback, subscription, case)

    assert await winback.offers.undoing.undo(winback.token(offer), now=winback.now()) == PageClosed(why="unknown")


async def test_two_tabs_undo_once(shared_winback: Winback) -> None:
    winback = shared_winback
    subscription, case = await winback.leaving()
    offer, was = await accepted(winback, subscription, case)
    asked: list[str] = []
    winback.account.observers.append(
        lambda exchange: asked.append(exchange.route) if exchange.method == "POST" else None
    )

    answers = await asyncio.gather(*(undo(winback, offer) for _ in range(2)))

    assert Undone() in answers
    assert set(answers) <= {Undone(), InProgress()}
    assert asked == ["/v1/subscriptions/{id}"]
    assert as_it_was(subscription) == was


async def test_a_stripe_outage_keeps_the_undo(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer, was = await accepted(winback, subscription, case)
    path = f"/v1/subscriptions/{subscription['id']}"
    winback.sandbox.faults.add("stripe", path, "status", method="POST", status=500)

    assert await undo(winback, offer) == InProgress()
    winback.sandbox.clock.advance(timedelta(minutes=1))
    await winback.work()

    assert (await winback.offer(offer)).state == "undone"
    assert as_it_was(subscription) == was


async def test_a_refused_undo_stays_accepted(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer, was = await accepted(winback, subscription, case)
    path = f"/v1/subscriptions/{subscription['id']}"
    winback.sandbox.faults.add("stripe", path, "error", method="POST", status=400, code="nope", message="No.")

    assert await undo(winback, offer) == PageClosed(why="undo_over")

    kept = await winback.offer(offer)
    assert (kept.state, kept.why) == ("accepted", "not_undone")
    assert as_it_was(subscription) != was
    async with winback.store.read() as unit:
        row = await unit.outbox.by_key(f"undo:{offer.id}")
    assert row is not None
    assert (row.state, row.effect) == ("dead", UndoOffer(offer.id))


async def test_undoing_reads_the_subscription_once(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer, _ = await accepted(winback, subscription, case)
    asked = calls(winback)

    await undo(winback, offer)

    assert asked == ["GET /v1/subscriptions/{id}", "POST /v1/subscriptions/{id}"]


async def case_states(winback: Winback, subscription: Json) -> list[str]:
    await winback.case(subscription)
    async with winback.store.read() as unit:
        return [case.episode.state for case in await unit.cases.of_subscription(subscription["id"])]


async def test_undo_is_the_same_cancellation(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    winback.sandbox.clock.advance(timedelta(days=1))
    offer, _ = await accepted(winback, subscription, case)
    assert await case_states(winback, subscription) == ["resumed"]
    winback.sandbox.clock.advance(timedelta(hours=1))

    await undo(winback, offer)

    assert await case_states(winback, subscription) == ["pending"]
    again = await winback.case(subscription)
    assert (again.id, again.episode.requested_at) == (case.id, case.episode.requested_at)
    assert again.episode.cancellation.feedback == "too_expensive"
    undone = await winback.offer(offer)
    assert (undone.redeemed_with, undone.reserved) == (None, ())


async def test_cancelling_after_a_refused_undo_is_a_second(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer, _ = await accepted(winback, subscription, case)
    await case_states(winback, subscription)
    winback.sandbox.faults.add("stripe", f"/v1/subscriptions/{subscription['id']}", "status", status=400, method="POST")
    await undo(winback, offer)
    await winback.work()
    assert (await winback.offer(offer)).state == "accepted"
    winback.sandbox.clock.advance(timedelta(hours=1))

    winback.account.portal_cancel(subscription, "unused")

    assert await case_states(winback, subscription) == ["resumed", "pending"]
