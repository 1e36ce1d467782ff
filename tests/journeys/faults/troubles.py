"""Helpers for stories in which something outside fails: one customer's card, and what was stored of it."""

import asyncio

from sqlalchemy import RowMapping, select

from sandbox.faults import Fault
from sandbox.slack.messages import Message
from sandbox.slack.seed import APPROVALS
from storage import tables
from tests.journeys.faults.kills import read, settled, subscriber
from tests.journeys.world import PATIENCE, Json, World, said

WAITS = {"set-aside events", "dead effects", "waiting events"}


def leaves(w: World, name: str) -> Json:
    """Have a new customer cancel in the portal, with a reason; return the subscription."""
    subscription = subscriber(w, name)
    w.sandbox.stripe.portal_cancel(subscription, "too_expensive")
    return subscription


async def met(fault: Fault) -> None:
    """Wait till a request has met a fault."""
    async with asyncio.timeout(PATIENCE):
        await fault.reached()


def cards_of(w: World, name: str) -> list[Message]:
    """Return the cards with this name."""
    return [card for card in w.cards if name in said(card)]


async def one_card(w: World, name: str, *, patience: float = 60) -> Message:
    """Wait till a customer has a card and all is done, and see that it is one."""
    await w.until(lambda: cards_of(w, name), patience=patience)
    await settled(w)
    [card] = cards_of(w, name)
    return card


def told_admin(w: World) -> list[Message]:
    """Return the technical alerts: they go to each admin, and none to the approvals channel."""
    slack = w.sandbox.slack
    assert not [each for each in slack.messages(APPROVALS) if "winback effects" in each.text]
    return slack.messages(slack.direct("admin"))


def dead_effects(w: World) -> list[RowMapping]:
    """Return the effects that could not be done."""
    return list(read(w, select(tables.outbox).where(tables.outbox.c.state == "dead")))


async def not_ready(w: World, name: str) -> str:
    """Wait till the admin port says that the bot can't serve, for a check of this name; return its sentence."""
    found: list[str] = []

    async def asked() -> bool:
        status, answer = await w.ready()
        found[:] = [each["sentence"] for each in answer["checks"] if each["name"] == name and not each["ok"]]
        return bool(found) and status == 503 and not answer["ready"]

    await w.seen(asked)
    return found[0]


async def unwell(w: World, name: str) -> str:
    """Wait till a check of this name fails, while the bot serves all the same; return its sentence."""
    found: list[str] = []

    async def asked() -> bool:
        status = await w.status()
        found[:] = [each["sentence"] for each in status["checks"] if each["name"] == name and not each["ok"]]
        return bool(found) and not status["well"]

    await w.seen(asked)
    assert (await w.ready())[0] == 200
    assert f'winback_check{{check="{name}"}} 0.0' in await w.figures()
    return found[0]


async def ready_again(w: World) -> None:
    """Wait till nothing is unwell any more but what waits for a person or takes its time."""

    async def asked() -> bool:
        return {each["name"] for each in (await w.status())["checks"] if not each["ok"]} <= WAITS

    await w.seen(asked)
