"""Stripe or a mail server refuses an offer: the card says what happened and what didn't."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest

from sandbox.slack.messages import Message
from tests.journeys.faults.kills import settled
from tests.journeys.faults.troubles import dead_effects, ready_again, told_admin, unwell
from tests.journeys.visitor import Visitor
from tests.journeys.winback.policies import AT_ONCE
from tests.journeys.winback.winback import (
    CHANGE,
    address_of,
    all_done,
    approve,
    email_to,
    leaves,
    link_in,
    offer_rows,
    offered,
    opened,
    pause,
    plain,
    proposal_of,
    proposed,
    shows,
    submit,
    winback,
    winning_back,
)
from tests.journeys.world import Json, World, said


@pytest.fixture(scope="module")
async def w(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with winning_back(tmp_path_factory.mktemp("refused"), AT_ONCE) as w:
        yield w


async def drafted(w: World, name: str, kind: str, values: Json) -> tuple[Json, Message]:
    """Let somebody leave whom no rule is for, and have an offer of a kind proposed by hand."""
    subscription = await leaves(w, name, "unused")
    card = await w.card_of(subscription, "Propose win-back…")
    form = await opened(w, "agent", card, "card_propose", "What do they get?")
    await w.sandbox.slack.choose("agent", form, "offer_kind", kind)
    await shows(w, "agent", "Which plan?" if kind == "switch_plan" else "Gives ")
    await submit(w, "agent", form, values, "Proposed: ")
    return subscription, await proposal_of(w, name, "Decide by")


@contextmanager
def off_sale(w: World, price: Json) -> Iterator[None]:
    """Take a price off sale for a while; for a minute at most the list of prices is remembered."""
    price["active"] = False
    w.pass_time(minutes=1, seconds=1)
    yield
    price["active"] = True
    w.pass_time(minutes=1, seconds=1)


def alerts(w: World, *words: str) -> list[Message]:
    """Return the admin's alerts with these words."""
    return [each for each in told_admin(w) if all(word in plain(said(each)) for word in words)]


async def test_foreign_coupon_is_not_used(w: World) -> None:
    stripe = w.sandbox.stripe
    stripe.ledger.objects["coupon"].pop("winback-20pct-3m", None)  # as an earlier offer had it
    stripe.catalog.add_coupon("winback-20pct-3m", percent_off=90, duration="forever")
    subscription, proposal = await proposed(w, "Other Terms")
    before = len(dead_effects(w))

    await approve(w, proposal)

    why = "Failed: Stripe has a coupon of ours with other terms. Nothing was sent."
    await proposal_of(w, "Other Terms", why)
    await w.card_of(subscription, why, "Propose win-back…")
    await all_done(w)
    assert [row["kind"] for row in dead_effects(w)[before:]] == ["prepare_offer"]
    assert alerts(w, "An approved offer was not made at Stripe, and its email was not sent.", "with other terms")
    assert not w.sandbox.mailbox.to(address_of("Other Terms"))
    assert (subscription["discounts"], offer_rows(w, subscription)[0]["state"]) == ([], "failed")
    del stripe.ledger.objects["coupon"]["winback-20pct-3m"]


async def test_mail_server_refuses_the_address(w: World) -> None:
    w.sandbox.mailbox.refuse(address_of("Nobody There"))
    subscription, proposal = await proposed(w, "Nobody There")

    await approve(w, proposal)

    await proposal_of(w, "Nobody There", "Failed: ", "Nothing was sent.")
    await w.card_of(subscription, "Failed: ", "Nothing was sent.")
    await all_done(w)
    assert alerts(w, "The email of an approved offer was not sent.", "550")
    [offer] = offer_rows(w, subscription)
    assert (offer["state"], offer["email_state"], offer["reserved"]) == ("failed", "waiting", ())


async def test_missing_permission_pauses_the_lane(w: World) -> None:
    permissions = w.sandbox.stripe.access.permissions
    permissions.remove("rak_coupon_write")
    subscription, proposal = await proposed(w, "Key Lacks")
    for coupon in list(w.sandbox.stripe.ledger.objects["coupon"]):
        if coupon.startswith("winback-"):
            del w.sandbox.stripe.ledger.objects["coupon"][coupon]
    before = len(dead_effects(w))

    await approve(w, proposal)

    assert "rak_coupon_write" in await unwell(w, "stripe lane")
    await w.card_of(subscription, "The email goes out")
    assert not w.sandbox.mailbox.to(address_of("Key Lacks"))
    permissions.add("rak_coupon_write")
    await ready_again(w)
    await email_to(w, "Key Lacks")
    await settled(w)
    assert len(dead_effects(w)) == before


async def test_paused_sending_sends_nothing(w: World) -> None:
    subscription, proposal = await proposed(w, "Pia Paused")
    assert "Only a manager or an admin can do this" in await winback(w, "pause", who="agent")
    await pause(w)

    assert "<@U0ADMIN001> paused all sending" in await approve(w, proposal)

    assert not offer_rows(w, subscription)
    await winback(w, "resume", who="admin")
    assert "Approved: 20% off 3 invoices." in await approve(w, proposal)
    await email_to(w, "Pia Paused")


async def test_price_gone_before_the_email(w: World) -> None:
    price = w.sandbox.stripe.ledger.get("price", "price_SeedStarterEur")
    subscription, proposal = await drafted(w, "Price Gone", "switch_plan", {"offer_price": price["id"]})
    with off_sale(w, price):
        told = await approve(w, proposal)

        assert "Nothing was done: the portal lets them choose no such price." in told
        await proposal_of(w, "Price Gone", "Withdrawn", "no such price")
        await w.card_of(subscription, "no such price")
        assert not offer_rows(w, subscription)


async def test_price_gone_after_the_email(w: World) -> None:
    stripe = w.sandbox.stripe
    price = stripe.ledger.get("price", "price_SeedStarterEur")
    subscription, proposal = await drafted(w, "Price Later", "switch_plan", {"offer_price": price["id"]})
    await approve(w, proposal, who="manager2")
    email = await email_to(w, "Price Later")
    async with Visitor() as visitor:
        assert "Continue and pay €9" in await visitor.open(link_in(email, "o"))
        with off_sale(w, price):
            assert "This offer no longer works" in await visitor.press("Continue")

    why = "Failed: something that the offer needs is gone at Stripe, a price or the customer. It was not carried out."
    await w.card_of(subscription, why)
    await proposal_of(w, "Price Later", why)
    assert subscription["cancel_at"] is not None
    assert [item["price"]["id"] for item in subscription["items"]["data"]] == ["price_SeedProEur"]


async def test_failed_preview_keeps_the_offer(w: World) -> None:
    subscription, email = await offered(w, "Stripe Away")
    w.sandbox.faults.add("stripe", "/v1/invoices/create_preview", "status", status=503, times=None)
    async with Visitor() as visitor:
        await visitor.open(link_in(email, "o"))
        assert visitor.status == 503
        w.sandbox.faults.clear()

        assert "Continue and pay €39.20" in await visitor.open(link_in(email, "o"))
    assert offer_rows(w, subscription)[0]["state"] == "sent"


@pytest.mark.parametrize("typed", ["5,00", "5.000", "-5", "1e9"])
async def test_ambiguous_amount_is_marked(w: World, typed: str) -> None:
    name = f"Money {typed}"
    _, proposal = await proposed(w, name)
    form = await opened(w, "manager", proposal, CHANGE, "Gives away at most")

    told = await w.sandbox.slack.submit("manager", form, {"offer_percent": "", "offer_amount": typed})

    assert told.acknowledged
    assert set(form.errors) == {"offer_amount"}
    assert plain(form.errors["offer_amount"]).endswith(".")
