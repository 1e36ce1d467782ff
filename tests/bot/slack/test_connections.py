"""HTTP and Socket Mode: what Slack has not signed stays out (Slack: "Verifying requests"), repeats have no effect."""

import time
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
import structlog

from sandbox.server import Sandbox
from sandbox.slack.workspace import Workspace
from storage.store import SqlStore
from tests.bot.cases import posted, stored
from tests.bot.harness import SlackHarness, slack_harness
from tests.bot.seen import answer_to, answers, modal_of, seen

BODY = urlencode({"command": "/portal-link", "text": "secret@example.com", "user_id": "U0AGENT001"}).encode()
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
Sign = Callable[[bytes], dict[str, str]]


@pytest.mark.parametrize(
    "forge",
    [
        lambda _: {},
        lambda sign: sign(b"another body"),
        lambda sign: sign(BODY) | {"X-Slack-Signature": "v0=" + "0" * 64},
        lambda sign: sign(BODY) | {"X-Slack-Request-Timestamp": "yesterday"},
        lambda sign: sign(BODY) | {"X-Slack-Request-Timestamp": ""},
    ],
    ids=["unsigned", "another body", "wrong signature", "no integer", "empty"],
)
async def test_unsigned_request_gets_401_unlogged(
    room: SlackHarness, slack: Workspace, capsys: pytest.CaptureFixture[str], forge: Callable[[Sign], dict[str, str]]
) -> None:
    with structlog.testing.capture_logs() as logs:
        told = await slack.deliveries.post(BODY, FORM | forge(slack.deliveries.sign))

    assert told.status == 401
    assert [line["event"] for line in logs] == ["slack_signature_refused"]
    assert "secret" not in str(logs)
    printed = capsys.readouterr()
    assert "secret" not in printed.out + printed.err


@pytest.mark.parametrize("age", [-600, 600])
async def test_stale_or_future_request_gets_401(room: SlackHarness, slack: Workspace, age: int) -> None:
    headers = FORM | slack.deliveries.sign(BODY, at=int(time.time()) - age)

    assert (await slack.deliveries.post(BODY, headers)).status == 401


async def test_a_body_beyond_a_megabyte_is_413(room: SlackHarness, slack: Workspace) -> None:
    body = b"text=" + b"x" * 1_000_001

    assert (await slack.deliveries.post(body, FORM | slack.deliveries.sign(body))).status == 413


async def test_repeated_command_is_answered_once(room: SlackHarness, slack: Workspace) -> None:
    told = await slack.command("agent", "support", "/portal-link", "help")
    await slack.wait_for(lambda: answers(slack, "agent"))
    answered = len(answers(slack, "agent"))

    again = await slack.deliveries.replay(told)
    await answer_to(slack, "agent", lambda: slack.command("agent", "support", "/portal-link", "help"))

    assert again.status == 200
    assert len(answers(slack, "agent")) == answered + 1


async def test_repeated_form_is_handled_once(room: SlackHarness, slack: Workspace) -> None:
    case, message = await posted(room)
    await slack.choose("agent", message, "card_more", "Asked for…")
    form = await modal_of(slack, "agent")
    told = await slack.submit("agent", form, {"feature": "SSO"})
    assert (await stored(room, case)).tags == ("SSO",)

    again = await slack.deliveries.replay(told)

    assert again.status == 200
    assert not again.body  # "The card already says so" would mean that it was asked for twice


async def test_what_has_no_row_is_refused(room: SlackHarness, slack: Workspace) -> None:
    body = urlencode({"command": "/delete-everything", "user_id": "U0ADMIN001", "team_id": "T0WINBACK1"}).encode()

    told = await slack.deliveries.post(body, FORM | slack.deliveries.sign(body))

    assert told.status == 404


async def test_socket_mode_drains_on_close(sandbox: Sandbox, store: SqlStore, slack: Workspace) -> None:
    async with slack_harness(sandbox, store, connection="socket") as room:
        assert room.socket is not None
        assert await room.socket.is_connected()
        answer = await answer_to(
            slack, "agent", lambda: slack.command("agent", "support", "/portal-link", "lea@novak-mail.com")
        )
        assert "Lea Novak" in seen(answer)

        held = sandbox.faults.add("stripe", "/v1/customers*", "hold", times=None)
        before = len(answers(slack, "agent"))
        told = await slack.command("agent", "support", "/portal-link", "lea@novak-mail.com")
        assert told.acknowledged
        await held.reached()
        held.release()
    assert len(answers(slack, "agent")) == before + 1
