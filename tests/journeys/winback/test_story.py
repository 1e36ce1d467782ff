"""Win-back from the cancellation to the figures: two customers leave, are made offers, and stay."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.cli.demo_sandbox import policy_without_hours
from sandbox.slack.messages import Message
from sandbox.stripe.ledger import DAY, Json
from storage import tables
from tests.bot.seen import seen
from tests.journeys.card_reader import on
from tests.journeys.faults.kills import read
from tests.journeys.visitor import Visitor
from tests.journeys.winback.winback import (
    CHANGE,
    address_of,
    all_done,
    approve,
    before_the_end,
    email_to,
    home,
    joins,
    leaves,
    link_in,
    move_to,
    offer_rows,
    opened,
    paid,
    plain,
    press,
    proposal_of,
    proposals,
    read_email,
    shows,
    submit,
    winback,
    winning_back,
)
from tests.journeys.world import PATIENCE, World


async def test_discount_ends_in_a_verified_win_back(tmp_path: Path) -> None:
    async with winning_back(tmp_path) as w:
        stripe, slack = w.sandbox.stripe, w.sandbox.slack
        w.pass_time(days=5)  # of who subscribes on a 31st, four invoices can lie within a coupon's three months
        friends = stripe.ledger.get("coupon", "FRIENDS")
        subscription = await leaves(w, "Dana Scully", coupons=[friends])
        ends_at = subscription["cancel_at"]
        await all_done(w)
        assert not proposals(w)

        # At its time a proposal stands in the channel, with its cost, its reasons, and what was rejected.
        await before_the_end(w, subscription)
        proposal = await proposal_of(w, "Dana Scully", "Gives away at most €23.52 over 3 invoices.")
        told = plain(seen(proposal))
        assert "20% off 3 invoices: " in told
        assert "If they stay, €39.20 a month after that." in told
        assert "the rule “too expensive” is for cases like this; they said: too expensive" in told
        words = await read_email(w, proposal, "Hello Dana Scully")
        assert "The rule “too expensive” is for cases like this" in words
        assert "10% off the next invoice: its time has not come yet" in words
        await w.card_of(subscription, "*Win-back:* Proposed: 20")
        await home(w, "manager", "Waiting for a decision", "*Dana Scully* · 20% off 3 invoices, at most €23.52")

        # A manager changes it in the form, sees the cost move, and approves.
        form = await opened(w, "manager", proposal, CHANGE, "Gives away at most €23.52")
        await slack.choose("manager", form, "offer_percent", "25")
        form = await shows(w, "manager", "Gives away at most €29.40")
        assert "Changed to 25% off 3 invoices." in await submit(
            w, "manager", form, {"offer_note": "We would miss you."}, "Changed"
        )
        proposal = await proposal_of(w, "Dana Scully", "Gives away at most €29.40 over 3 invoices.")
        assert "We would miss you." in plain(seen(proposal))
        assert "Approved: 25% off 3 invoices" in await approve(w, proposal)

        # The email says what is paid when, and so does its page.
        email = await email_to(w, "Dana Scully")
        assert "We would miss you." in email.text
        assert f"25% off your next 3 invoices: {on(w, ends_at)}" in plain(email.text)
        await proposal_of(w, "Dana Scully", "Offer sent")
        async with Visitor() as visitor:
            page = await visitor.open(link_in(email, "o"))
            assert visitor.status == 200
            assert "€29.40" in page
            assert "€39.20" in page
            assert "dana.scully" not in page
            assert subscription["cancel_at"] == ends_at
            events = len(stripe.events)
            done = await visitor.press("Continue and pay €29.40")
            assert "your plan continues" in done

        # One update took the cancellation back and added the discount; the one that was there is kept.
        updates = [event for event in stripe.events[events:] if event["type"] == "customer.subscription.updated"]
        assert len(updates) == 1
        assert {"cancel_at", "discounts"} <= set(updates[0]["data"]["previous_attributes"])
        assert subscription["cancel_at"] is None
        assert len(subscription["discounts"]) == 2

        # Card, proposal, App Home and email say so.
        card = await w.card_of(subscription, "*Win-back:* Accepted")
        await w.until(lambda: slack.replies(card))
        await proposal_of(w, "Dana Scully", "Accepted")
        await all_done(w)
        await home(w, "manager", "Nothing is waiting", "1 cancellation, 1 offered something, 1 back")
        confirmation = await email_to(w, "Dana Scully", 2)
        assert "You can undo this" in plain(confirmation.text)
        assert link_in(confirmation, "undo")

        # The cost is what the invoices that were really issued are short of.
        await move_to(w, ends_at + 65 * DAY)
        given = [3920 - invoice["amount_paid"] for invoice in w.sandbox.stripe.invoices.of(subscription)[1:4]]
        [offer] = offer_rows(w, subscription)
        assert given == [980, 980, 980]
        assert sum(given) == offer["terms"].cost.minor

        # Having stayed and paid for 30 and 90 days it is a win-back, worth what was paid net of the discount.
        first = paid_at(w, subscription)[1]
        told = await winback(w, "stats 12m")
        assert "1 cancellation, 1 offered something, 1 back: 1 by an accepted offer" in told
        assert f"1 stayed and paid for 30 days (€{kept(w, subscription, first, days=30)} net)." in told
        await move_to(w, first + 91 * DAY)
        told = await winback(w, "stats 12m")
        assert f"1 for 90 days (€{kept(w, subscription, first, days=90)} net)." in told
        assert "Not enough data yet" in told


def paid_at(w: World, subscription: Json) -> list[int]:
    """Return when each invoice was paid."""
    return [each["status_transitions"]["paid_at"] for each in w.sandbox.stripe.invoices.of(subscription, status="paid")]


def kept(w: World, subscription: Json, first: int, *, days: int) -> str:
    """Return what was paid from a moment on for so many days."""
    invoices = w.sandbox.stripe.invoices.of(subscription, status="paid")
    within = range(first, first + days * DAY + 1)
    paid = sum(each["amount_paid"] for each in invoices if each["status_transitions"]["paid_at"] in within)
    return f"{paid / 100:.2f}"


@pytest.fixture(scope="module")
async def w(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A world with the built-in policy."""
    async with winning_back(
        tmp_path_factory.mktemp("built-in"), policy_without_hours().replace('1 minute"', '0 minutes"')
    ) as w:
        yield w


async def test_lighter_plan_then_checkout(w: World) -> None:
    stripe = w.sandbox.stripe
    lighter, gone = await leaves(w, "Fox Mulder"), await leaves(w, "Walter Skinner")
    await before_the_end(w, gone)

    proposal = await proposal_of(w, "Fox Mulder", "Starter at €9 a month, without a new discount")
    assert "€40 a month less (€49 → €9), no discount." in plain(seen(proposal))
    await approve(w, proposal)
    async with Visitor() as visitor:
        page = await visitor.open(link_in(await email_to(w, "Fox Mulder"), "o"))
        assert "a lighter plan" in page
        await visitor.press("Continue and pay €9")
    await w.card_of(lighter, "*Win-back:* Accepted", "now on Starter, €9 a month", "Pro, €49 a month")
    [item] = lighter["items"]["data"]
    assert (item["price"]["id"], lighter["cancel_at"]) == ("price_SeedStarterEur", None)

    # The other proposal is left alone: it expires with the subscription, and the next step gets its turn.
    assert await proposal_of(w, "Walter Skinner", "Starter at €9 a month")
    await move_to(w, gone["cancel_at"] + 3600)
    await proposal_of(w, "Walter Skinner", "Expired", "Nobody decided in time")
    assert gone["status"] == "canceled"
    await move_to(w, gone["ended_at"] + 14 * 86400 + 3600)
    proposal = await proposal_of(w, "Walter Skinner", "20% off 3 invoices", "at most €29.40 over 3 invoices")
    await approve(w, proposal)
    email = await email_to(w, "Walter Skinner")
    async with Visitor() as visitor:
        page = await visitor.open(link_in(email, "o"))
        assert "€39.20" in page
        checkout = await visitor.press("Continue and pay €39.20 today")
        assert "/checkout/" in visitor.page.url
        assert "€39.20 due today" in checkout
        done = await visitor.press("Subscribe")
        assert visitor.page.url == link_in(email, "o")
        assert "We're working on it" in done or "Welcome back" in done
        await all_done(w)
        assert "Welcome back" in await visitor.open(visitor.page.url)
    [again] = stripe.live_subscriptions({"id": gone["customer"]})
    await w.card_of(gone, "*Win-back:* Accepted")
    await email_to(w, "Walter Skinner", 2)
    await all_done(w)
    [offer] = offer_rows(w, gone)
    assert offer["redeemed_with"] == again["id"]
    await move_to(w, again["created"] + 95 * 86400)
    assert paid(w, again) == [3920, 3920, 3920, 4900]
    assert stripe.ledger.all("promotion_code") == []
    assert "our own website" not in email.text


async def test_unused_plan_is_paused(w: World) -> None:
    subscription = await leaves(w, "Monica Reyes", "unused")
    await before_the_end(w, subscription)
    await approve(w, await proposal_of(w, "Monica Reyes", "A pause of 2 months", "€98 not billed (2 months)"))
    async with Visitor() as visitor:
        await visitor.open(link_in(await email_to(w, "Monica Reyes"), "o"))
        assert "Done: your plan continues" in await visitor.press("Pause for 2 months")
    await email_to(w, "Monica Reyes", 2)
    billed = len(paid(w, subscription))
    resumes_at = subscription["pause_collection"]["resumes_at"]

    await move_to(w, resumes_at - 8 * DAY)
    assert len(w.sandbox.mailbox.to(address_of("Monica Reyes"))) == 2
    await move_to(w, resumes_at - 6 * DAY)
    told = plain((await email_to(w, "Monica Reyes", 3)).text)
    assert "your subscription to Pro will be billed again" in told
    assert len(paid(w, subscription)) == billed

    await move_to(w, resumes_at + 32 * DAY)
    assert subscription["pause_collection"] is None
    assert paid(w, subscription)[billed:][0] == 4900


async def test_failed_payment_returns_with_a_card(w: World) -> None:
    stripe = w.sandbox.stripe
    lost = joins(w, "Charles Burks")
    stripe.fail_payments({"id": lost["customer"]}, "expired_card")
    decided = joins(w, "Regina Revoked")
    stripe.cards.attach_sepa_debit(stripe.ledger.get("customer", decided["customer"]))
    stripe.fail_payments({"id": decided["customer"]}, "debit_not_authorized")
    while lost["status"] != "canceled":
        await move_to(w, stripe.ledger.now + 7 * DAY)
    await w.card_of(lost, "What helps")
    w.pass_time(hours=2, minutes=1)
    proposal = await proposal_of(w, "Charles Burks", "Going on at the same price", "how it ended: payment failed")
    await w.card_of(decided, ": payments stopped", "This was a decision, not a mishap")
    await all_done(w)
    assert not [each for each in proposals(w) if "Regina Revoked" in seen(each)]
    await approve(w, proposal)

    async with Visitor() as visitor:
        await visitor.open(link_in(await email_to(w, "Charles Burks"), "o"))
        assert "Your card has expired." in await checked_out(visitor, card="")
        await visitor.press("Subscribe", card="new")

    await w.card_of(lost, "*Win-back:* Accepted")
    [again] = stripe.live_subscriptions({"id": lost["customer"]})
    assert paid(w, again) == [4900]


async def checked_out(visitor: Visitor, **typed: str) -> str:
    """Go on from an offer's page to Checkout, and press there."""
    await visitor.press("Continue and pay")
    return await visitor.press("Subscribe", **{name: value for name, value in typed.items() if value})


async def test_an_offer_that_was_asked_for(w: World) -> None:
    """Without consent: the agent asks, a manager approves, the link is passed on, its code entered, and accepted."""
    stripe, slack, name = w.sandbox.stripe, w.sandbox.slack, "Ruth Request"
    customer = stripe.create_customer(name=name, email=address_of(name), country="DE")
    stripe.cards.attach(customer)
    subscription = stripe.subscribe(customer, stripe.ledger.get("price", "price_SeedProEur"))
    stripe.portal_cancel(subscription, "unused")
    card = await w.card_of(subscription, "Propose win-back…")
    form = await opened(
        w, "agent", card, "card_propose", "No email can go to Ruth Request: no consent is recorded.", "A request"
    )
    offer: dict[str, Any] = {"offer_kind": "restart"}
    await slack.submit("agent", form, offer)
    assert "have not agreed to such emails" in str(form.errors)
    asked = offer | {"offer_asked": ["asked"], "offer_ticket": "HELP-7", "offer_delivery": "link"}
    await submit(w, "agent", form, asked, "somebody else must approve it")

    proposal = await proposal_of(w, name, "The customer asked for it: ticket HELP-7")
    assert "passes on its link" in await approve(w, proposal)

    def told() -> Message | None:
        news = slack.messages(slack.direct(slack.person("agent")).id)
        return next((each for each in news if "Show the offer link…" in seen(each) and name in seen(each)), None)

    news = await slack.wait_for(told, PATIENCE)
    assert news is not None
    answer = await press(w, "agent", news, "offer_show_link")
    assert "for ticket HELP-7" in answer
    [url] = re.findall(r"http://\S+/p/[\w-]+", answer)
    async with Visitor() as visitor:
        assert "the page with the offer that you asked us for" in await visitor.open(url)
        assert "The six-digit code we sent to this address" in await visitor.press("Send me a code")
        mailbox = w.sandbox.mailbox
        [email] = await mailbox.wait_for(lambda: mailbox.to(address_of(name)), PATIENCE)
        [code] = re.findall(r"^ {4}(\d{6})$", email.text, re.MULTILINE)
        await visitor.press("See the offer", code=code)
        await visitor.press("Continue")
    await w.card_of(subscription, "*Win-back:* Accepted")
    assert subscription["cancel_at"] is None
    audit = tables.audit.c
    notes = [row["note"] for row in read(w, select(tables.audit).where(audit.note.is_not(None)))]
    assert any(note.endswith("ticket HELP-7") for note in notes)
