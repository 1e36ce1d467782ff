"""The mail server refuses, is away or says "not now": an email is handed over once it can be, or somebody is told."""

from typing import Any

import pytest

from tests.bot.seen import answers
from tests.journeys.faults.kills import settled, subscriber
from tests.journeys.faults.troubles import dead_effects, met, ready_again, told_admin, unwell
from tests.journeys.world import World


@pytest.fixture(autouse=True)
def mended(w: World) -> None:
    """Begin without the faults of the story before."""
    w.sandbox.faults.clear()


async def mailed(w: World, name: str) -> str:
    """Have an agent mail a portal link to a new customer; return the address."""
    slack, address = w.sandbox.slack, f"{name.lower().replace(' ', '.')}@scully-mail.com"
    subscriber(w, name)
    w.pass_time(minutes=2)  # agents may look up five customers a minute
    slack.reload("agent")
    await slack.command("agent", "support", "/portal-link", address)
    [answer] = await slack.wait_for(lambda: answers(slack, "agent"))
    await slack.click("agent", answer, "email_link")
    await slack.wait_for(lambda: any("on its way" in shown.text for shown in slack.ephemerals("agent")))
    return address


async def test_refused_login_pauses_the_lane(w: World) -> None:
    before = dead_effects(w)
    w.sandbox.faults.add("smtp", "RCPT", "status", status=535, body="5.7.8 Authentication failed", times=None)
    address = await mailed(w, "Carla Credential")
    assert "535" in await unwell(w, "mail lane")
    assert dead_effects(w) == before
    w.sandbox.faults.clear()
    await ready_again(w)
    await settled(w)
    assert len(w.sandbox.mailbox.to(address)) == 1


@pytest.mark.parametrize(
    ("command", "kind", "detail"),
    [
        ("RCPT", "status", {"status": 451, "body": "4.3.0 Try again later"}),
        ("DATA", "status", {"status": 452, "body": "4.3.1 Insufficient storage"}),
        ("DATA", "drop_before", {}),
        ("RCPT", "drop_before", {}),
    ],
)
async def test_passing_fault_delays_the_email(w: World, command: str, kind: Any, detail: dict[str, Any]) -> None:
    fault = w.sandbox.faults.add("smtp", command, kind, **detail)
    address = await mailed(w, f"Peter {command} {kind}")
    await met(fault)
    await settled(w)
    assert len(w.sandbox.mailbox.to(address)) == 1


async def test_email_waits_for_the_server(w: World) -> None:
    await w.sandbox.mailbox.stop()
    address = await mailed(w, "Albert Away")
    await w.seen(lambda: logged(w, "cannot be reached"))
    await w.sandbox.mailbox.start()
    await settled(w)
    assert len(w.sandbox.mailbox.to(address)) == 1


async def logged(w: World, words: str) -> bool:
    return words in w.log.read_text()


async def test_refused_address_alerts_staff(w: World) -> None:
    address = "rosa.refused@scully-mail.com"
    told, dead = told_admin(w), dead_effects(w)
    w.sandbox.mailbox.refuse(address)
    await mailed(w, "Rosa Refused")
    await w.until(lambda: len(told_admin(w)) > len(told))
    await settled(w)
    [alert] = told_admin(w)[len(told) :]
    assert "An email with a portal link was not sent" in alert.text
    assert address not in alert.text
    assert len(dead_effects(w)) == len(dead) + 1
