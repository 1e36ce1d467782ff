"""The bot is killed between every two steps of sending and accepting an offer: nothing is done twice or lost.

The kinds of death at one request go through their rounds at the same time, each in a world of its own.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx2
import pytest

from sandbox.faults import Kind, Side
from sandbox.slack.messages import Message
from sandbox.stripe.ledger import Json
from tests.bot.seen import answer_to
from tests.journeys.faults.kills import KILLS, killed
from tests.journeys.portal_links.questions import buttons
from tests.journeys.visitor import Visitor
from tests.journeys.winback.policies import AT_ONCE
from tests.journeys.winback.winback import (
    APPROVE,
    address_of,
    all_done,
    email_to,
    joins,
    link_in,
    offer_rows,
    offered,
    proposal_of,
    proposals,
    winning_back,
)
from tests.journeys.world import World
from tests.lanes import ROUNDS

pytestmark = pytest.mark.timeout(120 + 60 * ROUNDS)

Round = Callable[[World, Kind, str], Awaitable[str]]
"""One round with a customer of a name; it says in which state the kill left the offer."""


async def rounds(directory: Path, what: str, story: Round) -> None:
    """Play a story `ROUNDS` times for each kind of death, and print what each left behind."""

    async def lane(kind: Kind) -> Counter[str]:
        (directory / kind).mkdir()
        async with winning_back(directory / kind, AT_ONCE) as w:
            return Counter([await story(w, kind, f"Customer {number}") for number in range(1, ROUNDS + 1)])

    told = dict(zip(KILLS, await asyncio.gather(*map(lane, KILLS)), strict=True))
    for kind, states in told.items():
        assert states.total() == ROUNDS
        for state, count in states.most_common():
            print(f"{kind} at {what}: {count:3} x {state}")  # noqa: T201  # the soak's figures; pytest shows them


async def gone(w: World, name: str) -> tuple[Json, Message]:
    """Let somebody leave at once; the subscription and what is proposed: it takes a coupon, a code and an email."""
    stripe = w.sandbox.stripe
    subscription = joins(w, name)
    stripe.portal_cancel(subscription, "too_expensive")
    stripe.cancel_now(subscription)
    return subscription, await proposal_of(w, name, "20% off 3 invoices", "Decide by")


def state_of(w: World, subscription: Json) -> str:
    """Return how far the offer had come."""
    rows = offer_rows(w, subscription)
    return ", email ".join((rows[0]["state"], rows[0]["email_state"])) if rows else "no offer yet"


def made_for(w: World, subscription: Json) -> list[int]:
    """Return how many coupons of ours there are, and how many codes of this customer."""
    ledger = w.sandbox.stripe.ledger
    ours = [each for each in ledger.all("coupon") if each["name"] == "Your offer"]
    return [len(ours), len(ledger.all("promotion_code", customer=subscription["customer"]))]


def forget_coupons(w: World) -> None:
    """Delete our coupons in the Dashboard, so that the next round has to create them again."""
    coupons = w.sandbox.stripe.ledger.objects["coupon"]
    for coupon in [each for each in coupons.values() if each["name"] == "Your offer"]:
        del coupons[coupon["id"]]


async def settle_by_a_person(w: World, subscription: Json) -> bool:
    """Answer the question about an email of unclear fate as it is; False: it is known that it went out, nobody asks."""
    await all_done(w)
    [offer] = offer_rows(w, subscription)
    if offer["email_state"] != "unclear":
        return False
    question = await w.sandbox.slack.wait_for(
        lambda: next(
            (each for each in proposals(w) if str(offer["id"]) in buttons(each).get("email_arrived", [])), None
        )
    )
    assert question is not None
    arrived = bool(w.sandbox.mailbox.to(address_of(name_of(w, subscription))))
    answer = "email_arrived" if arrived else "email_again"
    await w.sandbox.slack.click("manager", question, answer, str(offer["id"]))
    await all_done(w)
    return True


def name_of(w: World, subscription: Json) -> str:
    return str(w.sandbox.stripe.ledger.get("customer", subscription["customer"])["name"])


SENDING: dict[str, tuple[Side, str, str | None]] = {
    "coupon": ("stripe", "/v1/coupons", "POST"),
    "code": ("stripe", "/v1/promotion_codes", "POST"),
    "email": ("smtp", "DATA", None),
}


@pytest.mark.parametrize("step", SENDING)
async def test_sending(tmp_path: Path, step: str) -> None:
    side, path, method = SENDING[step]

    async def once(w: World, kind: Kind, name: str) -> str:
        forget_coupons(w)
        subscription, proposal = await gone(w, name)
        async with killed(w, side, path, kind, method=method):
            assert (await w.sandbox.slack.click("manager", proposal, APPROVE)).acknowledged
        left = state_of(w, subscription)
        if kind in {"kill_before", "kill_after"}:
            assert left == ("sending, email leaving" if step == "email" else "sending, email waiting")
        await w.bot.start()
        asked = await settle_by_a_person(w, subscription)
        if kind in {"kill_before", "kill_after"}:
            assert asked == (step == "email")
        await proposal_of(w, name, "Offer sent")
        assert made_for(w, subscription) == [1, 1]
        assert len(w.sandbox.mailbox.to(address_of(name))) == 1
        [offer] = offer_rows(w, subscription)
        assert (offer["state"], offer["email_state"]) == ("sent", "sent")
        return left

    await rounds(tmp_path, f"the {step}", once)


async def say_yes(visitor: Visitor, button: str) -> None:
    """Press a button whose page may never come."""
    with contextlib.suppress(httpx2.TransportError):
        await visitor.press(button)


async def test_taking_up(tmp_path: Path) -> None:
    async def once(w: World, kind: Kind, name: str) -> str:
        stripe = w.sandbox.stripe
        subscription, email = await offered(w, name)
        await all_done(w)
        events = len(stripe.events)
        async with Visitor() as visitor:
            await visitor.open(link_in(email, "o"))
            async with killed(w, "stripe", "/v1/subscriptions/{id}", kind, method="POST"):
                await say_yes(visitor, "Continue")
            left = state_of(w, subscription)
            if kind in {"kill_before", "kill_after"}:
                assert left.startswith("accepting")
            await w.bot.start()
            w.pass_time(seconds=30)  # what the customer waited for is the worker's by then
            await w.card_of(subscription, "*Win-back:* Accepted", number=1)
            await all_done(w)
            assert "Done: your plan continues" in await visitor.open(link_in(email, "o"))
        updates = [each for each in stripe.events[events:] if each["type"] == "customer.subscription.updated"]
        assert len(updates) == 1
        assert (subscription["cancel_at"], len(subscription["discounts"])) == (None, 1)
        assert len(w.sandbox.mailbox.to(address_of(name))) == 2
        return left

    await rounds(tmp_path, "the update", once)


async def test_confirming(tmp_path: Path) -> None:
    """A confirmation that may have been handed over goes out again: the same email, by its Message-ID and words."""

    async def once(w: World, kind: Kind, name: str) -> str:
        subscription, email = await offered(w, name)
        await all_done(w)
        async with Visitor() as visitor:
            await visitor.open(link_in(email, "o"))
            async with killed(w, "smtp", "DATA", kind):
                await say_yes(visitor, "Continue")
        left = state_of(w, subscription)
        await w.bot.start()
        w.pass_time(seconds=30)
        await email_to(w, name, 2)
        await all_done(w)
        [_, *confirmations] = w.sandbox.mailbox.to(address_of(name))
        assert len(confirmations) <= 2
        assert len({(each.header("Message-ID"), each.text) for each in confirmations}) == 1
        assert (subscription["cancel_at"], len(subscription["discounts"])) == (None, 1)
        return left

    await rounds(tmp_path, "the confirmation", once)


async def test_checking_out(tmp_path: Path) -> None:
    async def once(w: World, kind: Kind, name: str) -> str:
        stripe = w.sandbox.stripe
        subscription, proposal = await gone(w, name)
        await answer_to(w.sandbox.slack, "manager", lambda: w.sandbox.slack.click("manager", proposal, APPROVE))
        email = await email_to(w, name)
        async with Visitor() as visitor:
            await visitor.open(link_in(email, "o"))
            async with killed(w, "stripe", "/v1/checkout/sessions", kind, method="POST"):
                await say_yes(visitor, "Continue")
            left = state_of(w, subscription)
            await w.bot.start()
            await visitor.open(link_in(email, "o"))
            await visitor.press("Continue")
            await visitor.press("Subscribe")
        await w.card_of(subscription, "*Win-back:* Accepted")
        await all_done(w)
        assert len(stripe.live_subscriptions({"id": subscription["customer"]})) == 1
        sessions = stripe.ledger.all("checkout.session", customer=subscription["customer"])
        assert [each["status"] for each in sessions].count("open") == 0
        assert [each["status"] for each in sessions].count("complete") == 1
        return left

    await rounds(tmp_path, "the Checkout session", once)
