"""An address that changed lately gets no link by email from an agent, even if the bot hasn't heard of the change."""

from collections.abc import AsyncIterator
from typing import Literal

import pytest

from sandbox.slack.messages import Message
from tests.journeys.faults.kills import outbox, settled, subscriber
from tests.journeys.faults.troubles import leaves
from tests.journeys.portal_links.questions import ask, buttons, press, read, warnings
from tests.journeys.world import Json, World, world

SETTINGS = {"LOOKUPS_PER_MINUTE": "1000", "LOOKUPS_PER_DAY": "10000", "REASON_WAIT": "0s"}
CHANGED = "Their address on file changed"
UNCHECKED = "I couldn't check whether their address on file changed in the last 7 days"
MANAGER = "Only a manager can have the link emailed"


@pytest.fixture(scope="module")
async def shared_world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A bot that started more than a week ago, and hears nothing by webhook from now on."""
    async with world(tmp_path_factory.mktemp("fresh"), settings=SETTINGS) as w:
        w.pass_time(days=8)
        known = leaves(w, "Kim Known")
        await w.card_of(known)
        await settled(w)
        w.sandbox.stripe.webhooks.mode = "held"
        yield w


@pytest.fixture
async def w(shared_world: World) -> AsyncIterator[World]:
    yield shared_world
    shared_world.sandbox.faults.clear()


def moved(w: World, name: str, address: str) -> Json:
    """Return a customer whose address changed without the bot's knowing."""
    customer = w.sandbox.stripe.ledger.get("customer", subscriber(w, name)["customer"])
    w.sandbox.stripe.update_email(customer, address)
    return customer


def warned(answer: Message, warning: str) -> bool:
    return warning in read(answer) and MANAGER in read(answer) and "email_link" not in buttons(answer)


async def test_unheard_change_is_found_among_stripes_events(w: World) -> None:
    moved(w, "Uma Unheard", "uma@other-mail.com")
    subscriber(w, "Sid Settled")

    assert warned(await ask(w, "uma@other-mail.com"), CHANGED)
    for_manager = await ask(w, "uma@other-mail.com", who="manager")
    assert CHANGED in read(for_manager)
    await press(w, for_manager, "email_link", "on its way to uma@other-mail.com", who="manager")
    assert CHANGED not in read(await ask(w, "sid.settled@scully-mail.com"))


async def test_change_that_no_event_tells_of_is_found_by_comparing(w: World) -> None:
    stripe = w.sandbox.stripe
    [known] = stripe.ledger.all("customer", email="kim.known@scully-mail.com")
    stripe.update_email(known, "kim@other-mail.com")
    stripe.ledger.objects["event"].popitem()
    assert warned(await ask(w, "kim@other-mail.com"), CHANGED)
    w.pass_time(days=7, minutes=1)

    assert CHANGED not in read(await ask(w, "kim@other-mail.com"))


@pytest.mark.parametrize("fault", ["status", "hold"])
async def test_events_that_cannot_be_walked_count_as_changed(w: World, fault: Literal["status", "hold"]) -> None:
    address = f"wes.{fault}@scully-mail.com"
    subscriber(w, f"Wes {fault}")
    w.sandbox.faults.add("stripe", "/v1/events", fault, times=None, status=500)

    answer = await ask(w, address)
    if fault == "hold":
        await w.until(lambda: UNCHECKED in read(w.sandbox.slack.ephemerals("agent")[-1]))
        answer = w.sandbox.slack.ephemerals("agent")[-1]

    assert warned(answer, UNCHECKED)


async def test_change_before_the_email_goes_out_stops_it(w: World) -> None:
    subscription = subscriber(w, "Lou Late")
    customer = w.sandbox.stripe.ledger.get("customer", subscription["customer"])
    answer = await ask(w, "lou.late@scully-mail.com")
    await w.sandbox.mailbox.stop()
    await press(w, answer, "email_link", "on its way to lou.late@scully-mail.com")

    async def tried_in_vain() -> bool:
        waiting = [row for row in outbox(w, "email_link") if row["state"] == "waiting"]
        return any("cannot be reached" in (row["fault"] or "") for row in waiting)

    await w.seen(tried_in_vain)
    w.sandbox.stripe.update_email(customer, "thief@other-mail.com")
    await w.sandbox.mailbox.start()

    await w.until(lambda: warnings(w))
    assert "only a manager can have an email sent to it" in warnings(w)[-1].text
    await settled(w)
    assert not w.sandbox.mailbox.to("thief@other-mail.com")
    assert not w.sandbox.mailbox.to("lou.late@scully-mail.com")
