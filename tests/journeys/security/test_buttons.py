"""A button pressed by somebody without the right: they get a private answer, it is recorded, nothing changes."""

from typing import Any

import pytest
from sqlalchemy import RowMapping, select

from bot.views.cancellations.card import MORE, PORTAL_LINK
from domain.permissions import Action
from sandbox.slack import payloads
from sandbox.slack.messages import Message
from sandbox.slack.seed import APPROVALS, OTHER_TEAM
from storage import tables
from tests.journeys.faults.kills import read as rows
from tests.journeys.faults.kills import settled, subscriber
from tests.journeys.faults.troubles import cards_of, dead_effects, leaves, one_card, told_admin
from tests.journeys.portal_links.questions import ask, buttons, press, read
from tests.journeys.world import Json, World

STRANGERS = {
    ("nobody", None): "no_role",
    ("admin", None): "no_role",
    ("guest", None): "guest",
    ("guest2", None): "guest",
    ("deactivated", None): "deactivated",
    ("otherbot", None): "bot",
    ("outsider", None): "outsider",
    ("agent", OTHER_TEAM): "outsider",
}


def recorded(w: World, **by: str) -> list[RowMapping]:
    """Return the audit log's rows that say this."""
    which = [tables.audit.c[name] == value for name, value in by.items()]
    return list(rows(w, select(tables.audit).where(*which).order_by(tables.audit.c.number)))


async def press_as(w: World, who: str, team: str | None, where: Message, action: Json) -> str:
    """Press an element as a client would that shows people more than it should; return the private answer."""
    slack = w.sandbox.slack
    person = slack.person(who)
    payload: dict[str, Any] = payloads.block_actions(slack, person, where, {"block_id": "any"} | action)
    payload["user"] |= {"team_id": team or person.team_id}
    before = len(slack.calls("response_url"))
    told = await slack.deliveries.interact("interactive", payload)
    assert told.acknowledged
    await w.until(lambda: len(slack.calls("response_url")) > before)
    return read(where if where.only_for else slack.ephemerals(who)[-1])


def button(action: str, value: str) -> Json:
    return {"type": "button", "action_id": action, "value": value}


def menu(verb: str, case_id: str) -> Json:
    return {"type": "overflow", "action_id": MORE, "selected_option": {"value": f"{verb} {case_id}"}}


@pytest.mark.parametrize(("who", "team"), STRANGERS)
async def test_denied_people_change_nothing(w: World, who: str, team: str | None) -> None:
    subscription = leaves(w, f"Berta {who} {team}")
    card = await w.card_of(subscription)
    await settled(w)
    [case] = rows(w, select(tables.cases).where(tables.cases.c.subscription_id == subscription["id"]))
    number = len(recorded(w))
    w.pass_time(minutes=1)
    found = await ask(w, subscriber(w, f"Fred {who} {team}")["id"], who="agent2")
    values = buttons(found)
    links = len(rows(w, select(tables.links)))

    told = [
        await press_as(w, who, team, card, menu("talk", str(case["id"]))),
        await press_as(w, who, team, card, menu("hand_back", str(case["id"]))),
        await press_as(w, who, team, card, button(PORTAL_LINK, str(case["id"]))),
        await press_as(w, who, team, card, button("follow_up_lost", str(case["id"]))),
        await press_as(w, who, team, found, button("show_link", values["show_link"][0])),
        await press_as(w, who, team, found, button("email_link", values["email_link"][0])),
    ]

    assert all(any(no in each for no in ("can't do this", "can do this", "is deactivated")) for each in told), told
    await settled(w)
    [after] = rows(w, select(tables.cases).where(tables.cases.c.id == case["id"]))
    assert after == case
    assert len(rows(w, select(tables.links))) == links
    person = w.sandbox.slack.person(who).id
    denied = [row for row in recorded(w, outcome="denied", who=person) if row["number"] > number]
    assert [row["action"] for row in denied] == [
        Action.TALK, Action.HAND_BACK, Action.PORTAL_LINK, Action.FOLLOW_UP, Action.SHOW_LINK, Action.MAIL_LINK,
    ]  # fmt: skip
    assert {row["note"] for row in denied} == {STRANGERS[who, team]}


async def test_only_maker_or_manager_revokes(w: World) -> None:
    w.pass_time(minutes=1)
    answer = await ask(w, subscriber(w, "Lara Link")["id"])
    await press(w, answer, "show_link", "This link is for them only")
    [link_id] = buttons(answer)["revoke_link"]

    def revoked_by() -> str | None:
        found = rows(w, select(tables.links.c.id, tables.links.c.revoked_by))
        return next(str(row["revoked_by"] or "") or None for row in found if str(row["id"]) == link_id)

    assert "Only a manager can do this" in await press_as(w, "agent2", None, answer, button("revoke_link", link_id))
    assert revoked_by() is None
    assert "revoked" in await press_as(w, "manager", None, answer, button("revoke_link", link_id))
    assert revoked_by() == "U0MANAGER1"
    assert [(row["who"], row["action"], row["outcome"]) for row in recorded(w)[-2:]] == [
        ("U0AGENT002", "revoke_any", "denied"),
        ("U0MANAGER1", "revoke_any", "done"),
    ]


async def test_other_agents_buttons_do_nothing(w: World) -> None:
    w.pass_time(minutes=1)
    answer = await ask(w, subscriber(w, "Olga Other")["id"])
    links = len(rows(w, select(tables.links)))

    values = buttons(answer)
    for action in ("show_link", "email_link"):
        value = values[action][0]
        assert "Run `/portal-link` again." in await press_as(w, "agent2", None, answer, button(action, value))

    assert len(rows(w, select(tables.links))) == links


async def test_tampered_value_ends_in_a_sentence(w: World) -> None:
    w.pass_time(minutes=1)
    answer = await ask(w, subscriber(w, "Tara Tamper")["id"])
    lookup_id = buttons(answer)["show_link"][0].split(" ")[0]
    number, links = len(recorded(w)), len(rows(w, select(tables.links)))

    for action in ("show_link", "email_link", "pick_customer", "revoke_link"):
        for value in ("", "tara@tamper-mail.com", f"{lookup_id} tara@tamper-mail.com"):
            told = await press_as(w, "agent", None, answer, button(action, value))
            assert "wasn't made by one of my buttons" in told, (action, value)
    card = await w.card_of(leaves(w, "Tilo Tamper"))
    assert "wasn't made by one of my buttons" in await press_as(w, "agent", None, card, menu("talk", "nothing"))

    assert len(rows(w, select(tables.links))) == links
    assert "tamper-mail" not in str(recorded(w)[number:])
    assert "Traceback" not in w.log.read_text()


async def test_shared_channel_gets_no_posts(w: World) -> None:
    slack = w.sandbox.slack
    await settled(w)
    standing, alerts, proposals = len(w.cards), len(told_admin(w)), len(slack.messages(APPROVALS))

    told = await slack.share_channel("cancellations", OTHER_TEAM)
    assert told is not None
    assert told.acknowledged
    leaves(w, "Sven Shared")
    await w.until(lambda: len(told_admin(w)) > alerts)
    await settled(w)

    [alert] = told_admin(w)[alerts:]
    assert "shared" in alert.text
    assert len(slack.messages(APPROVALS)) == proposals
    assert len(w.cards) == standing
    assert [row["kind"] for row in dead_effects(w)] == ["show_card"]

    await slack.unshare_channel("cancellations", OTHER_TEAM)
    retried = await w.types("effects", "retry", "--all")
    assert retried.status == 0, retried.err
    await one_card(w, "Sven Shared")
    assert len(cards_of(w, "Sven Shared")) == 1
    assert not dead_effects(w)
