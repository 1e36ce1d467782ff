"""A run of the program that leaves at least one row in each table."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx2

from domain.ids import StaffId
from domain.keyring import Keyring
from domain.money import Money
from domain.winback.policy import StandingApproval
from sandbox.stripe.ledger import DAY
from storage.store import SqlStore
from tests.bot.seen import seen
from tests.journeys.portal_links.questions import ask
from tests.journeys.visitor import Visitor
from tests.journeys.winback.policies import AT_ONCE
from tests.journeys.winback.winback import (
    all_done,
    chosen,
    email_to,
    joins,
    leaves,
    link_in,
    move_to,
    offered,
    pause,
    proposal_of,
    proposed,
    says_yes,
    submit,
    winning_back,
)
from tests.journeys.world import World
from tests.storage.dumps import SECRET_KEYS

POLICY = AT_ONCE.replace("[limits]", "[limits]\nbudget_a_month = { eur = '500' }")


async def fill(directory: Path, database_url: str) -> None:
    """Run the bot against a sandbox until each table of a migrated database has a row."""
    settings = {"SECRET_KEY": SECRET_KEYS[0]}
    async with winning_back(directory, POLICY, database_url=database_url, settings=settings) as w:
        await _won_back(w)
        await _asks_for_portal_links(w)
        await _leaves_checkout_open(w)
        await _never_contacted(w)
        await _waits_for_decision(w)
        await pause(w)
        await all_done(w)
        await w.bot.stop()
        now = datetime.fromtimestamp(w.sandbox.stripe.ledger.now, UTC)
    await _rare(database_url, now=now)


async def _won_back(w: World) -> None:
    """Let somebody accept an offer, pay, and stay for 90 days."""
    subscription, _ = await offered(w, "Walter Won")
    paid_at = subscription["cancel_at"]
    await says_yes(w, "Walter Won")
    await all_done(w)
    await move_to(w, paid_at + DAY)
    await move_to(w, paid_at + 95 * DAY)


async def _asks_for_portal_links(w: World) -> None:
    """Show an agent a link for a customer with a new address, who then comes back from the portal."""
    subscription = joins(w, "Paula Portal")
    customer = w.sandbox.stripe.ledger.get("customer", subscription["customer"])
    w.sandbox.stripe.update_email(customer, "paula@portal-mail.com")
    await all_done(w)
    await ask(w, "nobody.there@nowhere-mail.com")
    answer = await ask(w, "paula@portal-mail.com #HELP-1")
    await w.sandbox.slack.click("agent", answer, "show_link")
    await w.until(lambda: "/p/" in seen(answer))
    [url] = set(re.findall(r"http://\S+/p/[\w-]+", seen(answer)))
    async with httpx2.AsyncClient(trust_env=False) as client:
        await client.post(f"{url}/code")
        mailbox = w.sandbox.mailbox
        [email] = await mailbox.wait_for(lambda: mailbox.to("paula@portal-mail.com"))
        [code] = re.findall(r"^ {4}(\d{6})$", email.text, re.MULTILINE)
        await client.post(url, data={"code": code})


async def _leaves_checkout_open(w: World) -> None:
    """Let a former customer go on to Checkout and not pay."""
    subscription = joins(w, "Chester Checkout")
    w.sandbox.stripe.portal_cancel(subscription, "too_expensive", "I can't afford it")
    w.sandbox.stripe.cancel_now(subscription)
    proposal = await proposal_of(w, "Chester Checkout", "Decide by")
    await w.sandbox.slack.click("manager", proposal, "proposal_approve")
    async with Visitor() as visitor:
        await visitor.open(link_in(await email_to(w, "Chester Checkout"), "o"))
        await visitor.press("Continue")


async def _never_contacted(w: World) -> None:
    """Let a manager close somebody's case for good."""
    _, proposal = await proposed(w, "Nellie Never")
    form = await chosen(w, "manager", proposal, "Never contact…")
    await submit(w, "manager", form)


async def _waits_for_decision(w: World) -> None:
    """Add a proposal that nobody has answered yet, and a cancellation without an offer."""
    await proposed(w, "Wanda Waiting")
    await leaves(w, "Owen Other", "other")


async def _rare(database_url: str, *, now: datetime) -> None:
    """Add what takes twenty decisions or a revoked token: a standing approval, and a paused lane."""
    store = SqlStore(database_url, keyring=Keyring(SECRET_KEYS), new_id=uuid4)
    approval = StandingApproval(
        rule="too expensive",
        digest="0" * 64,
        approved_by=StaffId("U0MANAGER1"),
        approved_at=now,
        expires_at=now + timedelta(days=90),
        budget=Money(50000, "eur"),
        spent=Money(2940, "eur"),
    )
    async with store.begin() as unit:
        await unit.standing_approvals.replace(approval)
        await unit.outbox.pause("mail", at=now, why="the mail server refused the user or the password")
        await unit.commit()
    await store.close()
