"""Enterprise Grid: clicks name the person's home workspace, and count if they also belong to ours."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from bot.views.cancellations.card import MORE
from sandbox.slack import payloads
from sandbox.slack.people import Person
from storage import tables
from tests.bot.seen import modal_of, seen
from tests.journeys.card_reader import head
from tests.journeys.faults.kills import read as rows
from tests.journeys.faults.kills import settled
from tests.journeys.faults.troubles import leaves
from tests.journeys.portal_links.questions import ask, buttons, press, read
from tests.journeys.world import World, world

ORGANISATION, HOME = "E0GRID0001", "T0HOMEWS01"


@pytest.fixture(scope="module")
async def shared_world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    settings = {"SUPPORT_MEMBERS": "U0AGENT001,U0COUSIN01", "REASON_WAIT": "0s"}
    async with world(tmp_path_factory.mktemp("grid"), settings=settings, start=False) as w:
        slack = w.sandbox.slack
        slack.limits.enabled = False
        slack.enterprise_id = ORGANISATION
        for handle in ("agent", "manager"):
            person = slack.person(handle)
            person.team_id, person.enterprise_id, person.teams = HOME, ORGANISATION, [HOME, slack.team_id]
        slack.people["U0COUSIN01"] = Person(
            id="U0COUSIN01", handle="cousin", name="Cora Cousin", team_id=HOME, enterprise_id=ORGANISATION, teams=[HOME]
        )
        slack.channel("support").members.append("U0COUSIN01")
        await w.bot.start()
        yield w


async def test_a_member_with_another_home_may_use_every_entry(shared_world: World) -> None:
    slack = shared_world.sandbox.slack
    answer = await ask(shared_world, "dana@acme-mail.com")
    await press(shared_world, answer, "email_link", "on its way to dana@acme-mail.com")
    shown = await ask(shared_world, "rhea@costa-mail.com")
    assert "This link is for them only" in await press(shared_world, shown, "show_link", "This link is for them only")

    message = await slack.say("manager", "support", "Can you help fay@laurent-mail.com?")
    told = await slack.shortcut("agent", message, "portal_link")
    assert told.payload["user"]["team_id"] == HOME != told.payload["team"]["id"] == slack.team_id
    form = await modal_of(slack, "agent")
    await slack.submit("agent", form)
    await shared_world.until(lambda: "Fay" in seen(form))

    await slack.open_home("agent")
    await shared_world.until(lambda: (home := slack.home("agent")) is not None and "My links" in seen(home))
    home = slack.home("agent")
    assert home is not None
    await slack.click("agent", home, "revoke_link", buttons(home)["revoke_link"][0])
    await shared_world.until(lambda: "Revoked" in seen(home))

    card = await shared_world.card_of(leaves(shared_world, "Gina Grid"))
    [case] = rows(shared_world, select(tables.cases))
    await slack.choose("manager", card, MORE, f"talk {case['id']}")
    await shared_world.until(lambda: "<@U0MANAGER1>" in head(card))


async def test_a_member_of_another_workspace_of_the_organisation_may_nothing(shared_world: World) -> None:
    slack = shared_world.sandbox.slack
    found = await ask(shared_world, "dana@acme-mail.com")
    command = payloads.command(slack, slack.person("cousin"), slack.channel("support"), "/portal-link", "dana@acme.com")
    await slack.deliveries.interact("slash_commands", command)
    pressed = {"type": "button", "action_id": "email_link", "block_id": "b", "value": buttons(found)["email_link"][0]}
    await slack.deliveries.interact(
        "interactive", payloads.block_actions(slack, slack.person("cousin"), found, pressed)
    )
    await shared_world.until(lambda: "Only members of this company can do this" in read(found))
    await settled(shared_world)

    audit = tables.audit.c
    denied = rows(shared_world, select(tables.audit).where(audit.who == "U0COUSIN01").order_by(audit.number))
    assert [(row["action"], row["outcome"], row["note"]) for row in denied] == [
        ("portal_link", "denied", "outsider"),
        ("mail_link", "denied", "outsider"),
    ]
