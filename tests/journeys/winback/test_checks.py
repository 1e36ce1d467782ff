"""What is checked once more before anything counts: whether they are back, who asks, and what it costs by now."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from sandbox.mailbox import ReceivedEmail
from tests.bot.seen import seen
from tests.journeys.faults.kills import settled
from tests.journeys.portal_links.questions import buttons
from tests.journeys.visitor import Visitor
from tests.journeys.winback.winback import (
    APPROVE,
    CHANGE,
    address_of,
    all_done,
    approve,
    chosen,
    email_to,
    joins,
    leaves,
    link_in,
    offer_rows,
    offered,
    opened,
    press,
    proposal_of,
    proposals,
    proposed,
    submit,
    unheard,
    winning_back,
)
from tests.journeys.world import World, said

POLICY = """
[limits]
holdout = 0

[hours]
start = "00:00"
end = "23:59"
weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

[[rules]]
name = "too expensive"
reasons = ["too_expensive"]
steps = [{ after = "0 minutes", offer = "discount", percent = 20, invoices = 3 }]

[[rules]]
name = "unused"
reasons = ["unused"]
steps = [{ after = "2 hours", offer = "restart" }]
"""


@pytest.fixture(scope="module")
async def w(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with winning_back(tmp_path_factory.mktemp("checks"), POLICY) as w:
        yield w


# Back a second earlier


async def test_late_return_stops_the_proposal(w: World) -> None:
    subscription = await leaves(w, "Early Back", "unused")
    other = await leaves(w, "Not Back", "unused")
    async with unheard(w):
        w.sandbox.stripe.take_back(subscription)
        w.pass_time(hours=2, minutes=1)

        await proposal_of(w, "Not Back", "Going on at the same price")
        await settled(w)
        assert not [each for each in proposals(w) if "Early Back" in said(each)]
    assert other["cancel_at"] is not None


async def test_late_return_stops_the_approval(w: World) -> None:
    subscription, proposal = await proposed(w, "Timely Back")
    async with unheard(w):
        w.sandbox.stripe.take_back(subscription)

        assert "Nothing was done: they are back already." in await approve(w, proposal)

        proposal = await proposal_of(w, "Timely Back", "Withdrawn", "Not sent: they are back already")
        assert not buttons(proposal)
        await w.card_of(subscription, "Not sent: they are back already")
    assert not offer_rows(w, subscription)
    assert not w.sandbox.mailbox.to(address_of("Timely Back"))


async def test_late_return_stops_the_email(w: World) -> None:
    subscription, proposal = await proposed(w, "Late Back")
    form = await opened(w, "manager", proposal, CHANGE, "Gives away at most")
    tomorrow = w.sandbox.stripe.ledger.now + 24 * 3600
    await submit(w, "manager", form, {"offer_send_at": tomorrow}, "Changed to 20% off 3 invoices.")
    await approve(w, await proposal_of(w, "Late Back", "at the earliest"))
    await w.card_of(subscription, "The email goes out")
    async with unheard(w):
        w.sandbox.stripe.take_back(subscription)

        w.pass_time(hours=24, minutes=1)

        await proposal_of(w, "Late Back", "Not sent: they are back already")
        await w.card_of(subscription, "Not sent: they are back already")
    [offer] = offer_rows(w, subscription)
    assert (offer["state"], offer["why"]) == ("stopped", "back")
    assert not w.sandbox.mailbox.to(address_of("Late Back"))


async def test_other_subscription_stops_the_offer(w: World) -> None:
    kept = joins(w, "Two Subscriptions")
    stripe = w.sandbox.stripe
    second = stripe.subscribe(
        stripe.ledger.get("customer", kept["customer"]), stripe.ledger.get("price", "price_SeedStarterEur")
    )

    stripe.portal_cancel(second, "too_expensive")

    await w.card_of(second)
    await all_done(w)
    assert not [each for each in proposals(w) if "Two Subscriptions" in said(each)]


# Who says yes


async def test_two_managers_decide_once(w: World) -> None:
    subscription, proposal = await proposed(w, "Twice Approved")

    answers = await asyncio.gather(*(approve(w, proposal, who=who) for who in ("manager", "manager2")))

    assert sorted("Approved: 20% off 3 invoices" in answer for answer in answers) == [False, True]
    assert sum("That was decided before" in answer or "It has changed since" in answer for answer in answers) == 1
    await email_to(w, "Twice Approved")
    await all_done(w)
    assert len(offer_rows(w, subscription)) == 1
    assert len(w.sandbox.mailbox.to(address_of("Twice Approved"))) == 1


async def test_non_manager_learns_whom_to_ask(w: World) -> None:
    subscription, proposal = await proposed(w, "Admin Wishes")

    told = await press(w, "admin", proposal, APPROVE)

    assert "Only a manager can do this. Ask <@U0MANAGER" in told
    form = await chosen(w, "admin", proposal, "Snooze…", "For how long?")
    assert "Only a manager can do this" in await submit(w, "admin", form, {"days": "1"}, "can do this")
    await all_done(w)
    assert not offer_rows(w, subscription)
    assert "Decide by" in seen(proposal)


async def test_proposer_cannot_approve_alone(w: World) -> None:
    subscription = await leaves(w, "Hand Picked", "unused")
    card = await w.card_of(subscription, "Propose win-back…")
    form = await opened(w, "manager", card, "card_propose", "What do they get?")
    await submit(w, "manager", form, {}, "somebody else must approve it")
    proposal = await proposal_of(w, "Hand Picked", "Proposed by <@U0MANAGER1>, who cannot approve it alone.")

    assert "your approval alone isn't enough" in await approve(w, proposal)

    assert "Ask <@U0MANAGER2>" in await approve(w, proposal)
    assert "Approved: " in await approve(w, proposal, who="manager2")


# Who opens the page


async def test_forwarded_email_shows_masked_page(w: World) -> None:
    subscription, email = await offered(w, "Forwarded Friend")
    card = w.sandbox.stripe.ledger.all("payment_method", customer=subscription["customer"])[0]["card"]

    async with Visitor() as stranger:
        page = await stranger.open(link_in(email, "o"))

    assert card["last4"] in page
    hidden = ["Forwarded", "Friend", "forwarded.friend", "scully-mail", subscription["id"], subscription["customer"]]
    assert [each for each in hidden if each in page] == []
    assert subscription["cancel_at"] is not None


async def test_a_tampered_link_opens_nothing(w: World) -> None:
    _, email = await offered(w, "Tam Pered")
    url = link_in(email, "o")

    async with Visitor() as visitor:
        for wrong in (url[:-1] + ("A" if url[-1] != "A" else "B"), url.replace("/o/", "/undo/"), url[:-8]):
            assert "This link doesn't work" in await visitor.open(wrong)
            assert visitor.status == 404


async def both_press(w: World, email: ReceivedEmail, button: str) -> list[Visitor]:
    """Open an offer in two tabs, and press in both at the same moment."""
    tabs = [Visitor(), Visitor()]
    for tab in tabs:
        await tab.open(link_in(email, "o"))
    await asyncio.gather(*(tab.press(button) for tab in tabs))
    return tabs


async def test_two_tabs_accept_once(w: World) -> None:
    subscription, email = await offered(w, "Two Tabs")
    events = len(w.sandbox.stripe.events)

    for tab in await both_press(w, email, "Continue"):
        assert "Done: your plan continues" in tab.words or "We're working on it" in tab.words
        await tab.close()

    await w.card_of(subscription, "*Win-back:* Accepted")
    await all_done(w)
    updates = [each for each in w.sandbox.stripe.events[events:] if each["type"] == "customer.subscription.updated"]
    assert len(updates) == 1
    assert len(subscription["discounts"]) == 1
    assert len(w.sandbox.mailbox.to(address_of("Two Tabs"))) == 2  # the offer and its confirmation


async def test_two_tabs_check_out_once(w: World) -> None:
    stripe = w.sandbox.stripe
    gone = joins(w, "Two Checkouts")
    stripe.portal_cancel(gone, "too_expensive")
    stripe.cancel_now(gone)
    await approve(w, await proposal_of(w, "Two Checkouts", "Decide by"))
    email = await email_to(w, "Two Checkouts")

    tabs = await both_press(w, email, "Continue")
    await asyncio.gather(*(tab.press("Subscribe") for tab in tabs if "/checkout/" in tab.page.url))

    for tab in tabs:
        await tab.close()
    await w.card_of(gone, "*Win-back:* Accepted")
    await all_done(w)
    assert len(stripe.live_subscriptions({"id": gone["customer"]})) == 1


async def test_dearer_offer_is_looked_at_not_charged(w: World) -> None:
    subscription, email = await offered(w, "Changed Price")
    [item] = subscription["items"]["data"]
    async with Visitor() as visitor:
        assert "Continue and pay €39.20" in await visitor.open(link_in(email, "o"))
        w.sandbox.stripe.subscriptions.update(
            subscription, {"items": [{"id": item["id"], "quantity": 2}], "proration_behavior": "none"}
        )

        page = await visitor.press("Continue and pay €39.20")

        assert "Somebody will look at this for you" in page
    assert subscription["cancel_at"] is not None


async def test_return_closes_the_open_checkout(w: World) -> None:
    stripe = w.sandbox.stripe
    gone = joins(w, "Other Way")
    stripe.portal_cancel(gone, "too_expensive")
    stripe.cancel_now(gone)
    await approve(w, await proposal_of(w, "Other Way", "Decide by"))
    email = await email_to(w, "Other Way")
    async with Visitor() as tab:
        await tab.open(link_in(email, "o"))
        await tab.press("Continue")
        assert "/checkout/" in tab.page.url

        customer = stripe.ledger.get("customer", gone["customer"])
        stripe.subscribe(customer, stripe.ledger.get("price", "price_SeedProEur"))
        await w.card_of(gone, "who had cancelled is back with Pro")
        await all_done(w)

        [session] = stripe.ledger.all("checkout.session", customer=gone["customer"])
        assert session["status"] == "expired"
        await tab.open(tab.page.url)
        assert "Subscribe" not in [name for form in tab.page.forms for name in form.buttons]
    assert len(stripe.live_subscriptions({"id": gone["customer"]})) == 1
