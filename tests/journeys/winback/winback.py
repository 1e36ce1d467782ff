"""Helpers for win-back stories: customers who leave and accept, and managers who decide in Slack."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import RowMapping, select

from sandbox.mailbox import ReceivedEmail
from sandbox.slack.interactions import Interaction
from sandbox.slack.messages import Message
from sandbox.slack.seed import APPROVALS
from sandbox.slack.views import View
from storage import tables
from tests.bot.seen import answer_to, modal_of, seen
from tests.journeys.faults.kills import read, settled
from tests.journeys.portal_links.questions import ask
from tests.journeys.portal_links.questions import press as press_answer
from tests.journeys.portal_links.questions import read as read_all
from tests.journeys.visitor import Visitor
from tests.journeys.winback.policies import TWENTY_BEFORE_THE_END
from tests.journeys.world import PATIENCE, Json, World, said, world

APPROVE, CHANGE, DECLINE, MORE = "proposal_approve", "proposal_change", "proposal_decline", "proposal_more"
ZONE = "Europe/Berlin"


@asynccontextmanager
async def winning_back(
    directory: Path, policy: str = TWENTY_BEFORE_THE_END, *, settings: dict[str, str] | None = None, **more: Any
) -> AsyncIterator[World]:
    """Start a world whose bot makes offers by a policy, with nobody in it yet; `more` as `world` has it."""
    file = directory / "policy.toml"
    if "approval_hold" not in policy:  # a story that is about no *Hold* waits for none
        policy = policy.replace("[limits]\n", '[limits]\napproval_hold = "0 minutes"\n')
    file.write_text(policy, encoding="utf-8")
    wanted = {"REASON_WAIT": "0s", "TIMEZONE": ZONE, "POLICY_FILE": str(file)} | (settings or {})
    async with world(directory, settings=wanted, populated=False, **more) as w:
        yield w


# Who leaves


def address_of(name: str) -> str:
    return f"{name.lower().replace(' ', '.')}@scully-mail.com"


def joins(w: World, name: str, *, email: str | None = None, **terms: Any) -> Json:
    """Let somebody new subscribe to Pro who wants emails; `terms` go to `Account.subscribe`."""
    stripe = w.sandbox.stripe
    wishes = {"marketing_consent": "yes"}
    customer = stripe.create_customer(name=name, email=email or address_of(name), country="DE", metadata=wishes)
    stripe.cards.attach(customer)
    return stripe.subscribe(customer, stripe.ledger.get("price", "price_SeedProEur"), **terms)


async def leaves(w: World, name: str, feedback: str = "too_expensive", **terms: Any) -> Json:
    """Let somebody new subscribe and cancel in the portal for the period's end; wait for the card."""
    subscription = joins(w, name, **terms)
    w.sandbox.stripe.portal_cancel(subscription, feedback)
    await w.card_of(subscription)
    return subscription


async def proposed(w: World, name: str, *words: str, **terms: Any) -> tuple[Json, Message]:
    """Let somebody leave, by a policy that proposes something at once; the subscription and the proposal."""
    subscription = await leaves(w, name, **terms)
    return subscription, await proposal_of(w, name, "Decide by", *words)


async def offered(w: World, name: str, **terms: Any) -> tuple[Json, ReceivedEmail]:
    """Let somebody leave, approve what is proposed at once, and wait for the email."""
    subscription, proposal = await proposed(w, name, **terms)
    await approve(w, proposal)
    return subscription, await email_to(w, name)


async def move_to(w: World, moment: datetime | int) -> None:
    """Move the clock to a moment that is still to come, and have all that is due by then done."""
    to = moment if isinstance(moment, datetime) else datetime.fromtimestamp(moment, UTC)
    w.sandbox.clock.move_to(to)
    await all_done(w)


@asynccontextmanager
async def unheard(w: World) -> AsyncIterator[None]:
    """Let the bot hear nothing of what happens at Stripe, neither by webhook nor by asking for events, for a while.

    What it wanted to read once more of what it had heard before is read first.
    """
    w.pass_time(seconds=10)
    await all_done(w)
    webhooks, faults = w.sandbox.stripe.webhooks, w.sandbox.faults
    webhooks.mode = "held"
    deaf = faults.add("stripe", "/v1/events", "status", status=503, times=None)
    try:
        yield
    finally:
        faults.all.remove(deaf)
        webhooks.mode = "automatic"
        for event in webhooks.held:
            await webhooks.deliver(event)
        webhooks.held.clear()
    await all_done(w)


async def all_done(w: World) -> None:
    """Wait till every event is taken in and all that is due now is done."""
    await w.sandbox.stripe.webhooks.settled()
    await settled(w)


async def before_the_end(w: World, subscription: Json) -> None:
    """Move the clock to three days before a subscription ends."""
    await move_to(w, datetime.fromtimestamp(subscription["cancel_at"], UTC) - timedelta(days=3) + timedelta(minutes=1))


# Who decides


def proposals(w: World) -> list[Message]:
    """Return what is in the approvals channel, oldest first, without replies."""
    return [message for message in w.sandbox.slack.messages(APPROVALS) if not message.thread_ts]


async def proposal_of(w: World, name: str, *words: str) -> Message:
    """Wait for the newest proposal about somebody to say these words."""

    def found() -> Message | None:
        about = [each for each in proposals(w) if f'"{name}"' in said(each)]
        return about[-1] if about and all(word in plain(seen(about[-1])) for word in words) else None

    try:
        proposal = await w.sandbox.slack.wait_for(found, PATIENCE)
    except TimeoutError:
        raise AssertionError(f"no proposal for {name} with {words}: {[plain(seen(p)) for p in proposals(w)]}") from None
    assert proposal is not None
    return proposal


def plain(text: str) -> str:
    """Return words with single spaces, so that a test need not know which of them are narrow."""
    return " ".join(text.split())


async def press(w: World, who: str, message: Message, action: str) -> str:
    """Press a button of a proposal, and read the private answer."""
    slack = w.sandbox.slack
    return plain(seen(await answer_to(slack, who, lambda: slack.click(who, message, action))))


async def approve(w: World, message: Message, *, who: str = "manager") -> str:
    """Approve a proposal and read the answer."""
    return await press(w, who, message, APPROVE)


async def opened(w: World, who: str, message: Message, action: str, *words: str) -> View:
    """Press a button that opens a form, and wait until it says these words."""
    return await form_after(w, who, lambda: w.sandbox.slack.click(who, message, action), *words)


async def chosen(w: World, who: str, message: Message, entry: str, *words: str) -> View:
    """Choose an entry of a proposal's menu that opens a form, and wait until it says these words."""
    return await form_after(w, who, lambda: w.sandbox.slack.choose(who, message, MORE, entry), *words)


async def form_after(w: World, who: str, act: Callable[[], Awaitable[Interaction]], *words: str) -> View:
    """Do what opens a form, and wait until it says these words; what was open before is closed first."""
    slack = w.sandbox.slack
    for view in list(slack.stack(who)):
        slack.forget_view(view)
    assert (await act()).acknowledged
    await slack.wait_for(lambda: slack.modal(who), PATIENCE)
    return await shows(w, who, *words)


async def shows(w: World, who: str, *words: str) -> View:
    """Wait until the form in front of somebody says these words."""
    form = await modal_of(w.sandbox.slack, who)
    try:
        await w.until(lambda: all(word in plain(seen(form)) for word in words))
    except TimeoutError:
        raise AssertionError(f"no {words} in: {plain(seen(form))}") from None
    return form


async def read_email(w: World, proposal: Message, *words: str) -> str:
    """Open *Read the email*, wait until it says these words, read it, and close it."""
    await w.sandbox.slack.choose("manager", proposal, "proposal_more", "Read the email")
    modal = await shows(w, "manager", *words)
    await w.sandbox.slack.close("manager", modal)
    return plain(seen(modal))


async def submit(w: World, who: str, form: View, values: dict[str, Any] | None = None, *words: str) -> str:
    """Submit a form, wait until what takes its place says these words, and read it."""
    told = await w.sandbox.slack.submit(who, form, dict(values or {}))
    assert told.acknowledged, (form.errors, told)
    return plain(seen(await shows(w, who, *words))) if words else ""


async def winback(w: World, text: str, *, who: str = "manager") -> str:
    """Type `/winback` with these words, and read the answer."""
    return plain(read_all(await ask(w, text, who=who, command="/winback")))


async def pause(w: World, *, who: str = "admin") -> None:
    """Type `/winback pause`, and say yes to the question."""
    question = await ask(w, "pause", who=who, command="/winback")
    await press_answer(w, question, "pause_sending", "paused all sending", who=who)


async def home(w: World, who: str, *words: str) -> str:
    """Open the App Home as somebody, wait until it says these words, and read it."""
    slack = w.sandbox.slack
    await slack.open_home(who)

    def shown() -> str | None:
        view = slack.home(who)
        told = plain(seen(view)) if view else ""
        return told if all(word in told for word in words) else None

    return str(await slack.wait_for(shown, PATIENCE))


# Who gets an email


async def email_to(w: World, name: str, number: int = 1) -> ReceivedEmail:
    """Wait for the first, second … email to somebody; should it be midnight, for the hours to begin again."""
    await settled(w)
    mailbox = w.sandbox.mailbox
    if len(mailbox.to(address_of(name))) < number:
        w.pass_time(minutes=1)
    return (await mailbox.wait_for(lambda: mailbox.to(address_of(name))[number - 1 :], PATIENCE))[0]


def link_in(email: ReceivedEmail, place: str) -> str:
    """Return an email's one link to a page: `o` the offer, `u` to unsubscribe, `undo`."""
    found: set[str] = set(re.findall(rf"http://127\.0\.0\.1:\d+/{place}/[\w-]+", email.text))
    [url] = found
    return url


async def says_yes(w: World, name: str, number: int = 1) -> str:
    """Open the offer of somebody's email, say yes, and read what comes."""
    async with Visitor() as visitor:
        await visitor.open(link_in(await email_to(w, name, number), "o"))
        return await visitor.press("Continue")


# What is kept


def offer_rows(w: World, subscription: Json) -> list[RowMapping]:
    """Return the offers that were made for a subscription, oldest first."""
    offers = tables.offers.c
    return list(read(w, select(tables.offers).where(offers.subscription_id == subscription["id"])))


def paid(w: World, subscription: Json, *, since: int = 0) -> list[int]:
    """Return what was paid with each invoice since a moment, in minor units."""
    invoices = w.sandbox.stripe.invoices.of(subscription, status="paid")
    return [invoice["amount_paid"] for invoice in invoices if invoice["created"] > since]
