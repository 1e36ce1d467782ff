"""What Slack sent once counts once: a repeat changes nothing, over HTTP or the socket, before and after a start.

The repeats are the very bytes that were signed, or over the socket the very payload.
"""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import func, select

from sandbox.slack.interactions import Interaction
from storage import tables
from tests.bot.seen import modal_of
from tests.journeys.faults.kills import read as rows
from tests.journeys.faults.kills import settled
from tests.journeys.faults.troubles import leaves
from tests.journeys.portal_links.questions import COMMAND, ask, read
from tests.journeys.world import World, world
from tests.journeys.world import said as words_of


@pytest.fixture(scope="module", params=["http", "socket"])
async def w(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    made = world(tmp_path_factory.mktemp("once"), settings={"REASON_WAIT": "0s"}, socket_mode=request.param == "socket")
    async with made as started:
        started.sandbox.slack.limits.enabled = False
        yield started


async def repeat(w: World, told: Interaction) -> None:
    """Repeat it, and wait for everything that follows from it."""
    deliveries = w.sandbox.slack.deliveries
    if deliveries.request_url:
        again = await deliveries.replay(told)
    elif told.kind == "events_api":
        again = await deliveries.event(told.payload)
    else:
        again = await deliveries.interact(told.kind, told.payload)
    assert again.acknowledged
    assert not again.body
    w.pass_time(minutes=1)
    assert "no customer with that address" in read(await ask(w, "nobody@nowhere-mail.com", who="agent2"))
    await settled(w)


def effects(w: World) -> tuple[object, ...]:
    """Return what a request could have changed, and what a person was shown."""
    agent = tables.audit.c.who == "U0AGENT001"
    [audit] = rows(w, select(func.count()).select_from(tables.audit).where(agent))
    [lookups] = rows(
        w, select(func.count()).select_from(tables.lookups).where(tables.lookups.c.staff_id == "U0AGENT001")
    )
    cases = [(row["owner"], row["tags"], row["version"]) for row in rows(w, select(tables.cases))]
    shown = [read(each) for each in w.sandbox.slack.ephemerals("agent")]
    homes = sum(call.method == "views.publish" for call in w.sandbox.slack.journal)
    return tuple(audit.values()), tuple(lookups.values()), cases, shown, homes


async def test_every_request_counts_once(w: World) -> None:
    slack = w.sandbox.slack
    card = await w.card_of(leaves(w, "Ruth Repeat"))
    said: list[Interaction] = []

    said.append(await slack.command("agent", "support", COMMAND, "ruth.repeat@scully-mail.com"))
    await w.until(lambda: any("Ruth Repeat" in read(each) for each in slack.ephemerals("agent")))
    said.append(await slack.choose("agent", card, "card_more", "I'll talk to them"))
    await w.until(lambda: "U0AGENT001" in words_of(card))
    await slack.choose("agent", card, "card_more", "Asked for…")
    said.append(await slack.submit("agent", await modal_of(slack, "agent"), {"feature": "SSO"}))
    opened = await slack.open_home("agent")
    assert opened is not None
    said.append(opened)
    await w.until(lambda: slack.home("agent"))
    await settled(w)
    before = effects(w)

    for told in said:
        await repeat(w, told)
        assert effects(w) == before

    await w.bot.stop()
    await w.bot.start()
    for told in said:
        await repeat(w, told)
        assert effects(w) == before
