"""Both ways in: signed HTTP and Socket Mode, with three seconds to answer."""

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import WSServerHandshakeError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient
from starlette.responses import PlainTextResponse

from sandbox.slack.interactions import DISPATCH_FAILED
from sandbox.slack.seed import CANCELLATIONS
from sandbox.slack.workspace import Workspace
from tests.sandbox.slack.apps import App, http_app, never, no_ack, socket_app
from tests.sandbox.slack.conftest import Harbour


@pytest.fixture
async def app(harbour: Harbour, workspace: Workspace) -> AsyncIterator[App]:
    async with http_app(harbour, workspace) as app:
        yield app


@pytest.fixture
async def socket(workspace: Workspace) -> AsyncIterator[tuple[App, SocketModeClient]]:
    async with socket_app(workspace) as connected:
        yield connected


async def say_hello(payload: dict[str, Any]) -> Any:
    return {"response_type": "ephemeral", "text": "hello"}


async def test_a_command_arrives_signed_and_its_answer_is_seen_by_its_author_only(
    workspace: Workspace, app: App
) -> None:
    """Slack: "Verifying requests", "Implementing slash commands": form-encoded, ephemeral by default."""
    app.reply = say_hello
    told = await workspace.command("agent", "general", "/portal-link", "dana@acme-mail.com")
    assert (told.status, told.seen) == (200, "")
    [payload] = app.told
    assert payload["text"] == "<mailto:dana@acme-mail.com|dana@acme-mail.com>"
    assert (payload["user_id"], payload["channel_name"]) == ("U0AGENT001", "general")
    assert payload["response_url"].startswith(f"{workspace.base_url}/response/")
    assert [message.text for message in workspace.ephemerals("agent", "general")] == ["hello"]
    assert workspace.messages("general") == []


async def test_the_same_bytes_can_be_sent_again_and_forged_ones_are_refused_by_the_app(
    workspace: Workspace, app: App
) -> None:
    """Slack: "Verifying requests": a replay inside five minutes carries a good signature."""
    told = await workspace.command("agent", "general", "/portal-link", "help")
    again = await workspace.deliveries.replay(told)
    assert again.status == 200
    assert app.told[0] == app.told[1]
    forged = await workspace.deliveries.post(told.signed.replace(b"help", b"hell"), told.headers)
    assert forged.status == 401
    old = told.headers | workspace.deliveries.sign(told.signed, at=int(time.time()) - 301)
    assert (await workspace.deliveries.post(told.signed, old)).status == 401


async def test_an_app_that_does_not_answer_in_time_shows_operation_timeout(workspace: Workspace, app: App) -> None:
    """Slack: "Implementing slash commands": three seconds, then operation_timeout."""
    app.reply = never
    assert workspace.deliveries.ack_seconds == 3
    workspace.deliveries.ack_seconds = 0.2
    told = await workspace.command("agent", "general", "/portal-link")
    assert told.timed_out
    assert told.took_ms >= 199  # the loop's clock counts whole milliseconds


async def test_an_answer_other_than_200_shows_dispatch_failed(workspace: Workspace, app: App) -> None:
    async def broken(payload: dict[str, Any]) -> Any:
        return PlainTextResponse("no such listener", 404)

    app.reply = broken
    told = await workspace.command("agent", "general", "/portal-link")
    assert (told.status, told.seen) == (404, DISPATCH_FAILED)


async def test_an_event_is_told_up_to_four_times_with_its_retry_headers(workspace: Workspace, app: App) -> None:
    """Slack: "Events API": three retries, each with its number and reason; same event_id."""
    workspace.deliveries.retry_delays = (0.0, 0.01, 0.02)

    async def failing(payload: dict[str, Any]) -> Any:
        return PlainTextResponse("later", 500)

    app.reply = failing
    first = await workspace.open_home("agent")
    assert first is not None
    await workspace.wait_for(lambda: len(app.told) == 4)
    assert [headers.get("x-slack-retry-num") for headers in app.headers] == [None, "1", "2", "3"]
    assert app.headers[1]["x-slack-retry-reason"] == "http_error"
    assert len({payload["event_id"] for payload in app.told}) == 1


async def test_an_app_can_forbid_retries(workspace: Workspace, app: App) -> None:
    """Slack: "Events API", x-slack-no-retry."""
    workspace.deliveries.retry_delays = (0.0,)

    async def refusing(payload: dict[str, Any]) -> Any:
        return PlainTextResponse("no", 500, {"x-slack-no-retry": "1"})

    app.reply = refusing
    first = await workspace.open_home("agent")
    assert first is not None
    assert first.no_retry
    assert workspace.deliveries.retrying == 0


async def test_events_that_were_not_subscribed_are_not_told(workspace: Workspace, app: App) -> None:
    workspace.installation.manifest["settings"]["event_subscriptions"]["bot_events"] = ["app_home_opened"]
    await workspace.kick(workspace.bot, CANCELLATIONS)
    await workspace.open_home("agent")
    assert [payload["event"]["type"] for payload in app.told] == ["app_home_opened"]


async def test_the_app_hears_of_what_happens_to_its_channels_and_groups(workspace: Workspace, app: App) -> None:
    """Slack: "Events": member_left_channel, member_joined_channel, channel_shared, channel_unshared, and so on."""
    await workspace.kick(workspace.bot, CANCELLATIONS)
    await workspace.invite(workspace.bot, CANCELLATIONS)
    await workspace.share_channel(CANCELLATIONS, "T0OUTSIDE1")
    await workspace.unshare_channel(CANCELLATIONS, "T0OUTSIDE1")
    await workspace.archive(CANCELLATIONS)
    await workspace.unarchive(CANCELLATIONS)
    await workspace.set_group("S0SUPPORT1", ["agent", "nobody"])
    await workspace.disable_group("S0SUPPORT1")
    await workspace.uninstall()
    assert [payload["event"]["type"] for payload in app.told] == [
        "member_left_channel",
        "member_joined_channel",
        "channel_shared",
        "channel_unshared",
        "channel_archive",
        "channel_unarchive",
        "subteam_members_changed",
        "subteam_updated",
        "tokens_revoked",
        "app_uninstalled",
    ]
    changed = app.told[6]["event"]
    assert (changed["added_users"], changed["removed_users"]) == (["U0NOBODY01"], ["U0AGENT002"])


async def test_an_event_is_told_when_what_it_tells_is_already_so(
    workspace: Workspace, app: App, client: AsyncWebClient
) -> None:
    async def look(payload: dict[str, Any]) -> None:
        info = await client.conversations_info(channel=payload["event"]["channel"])
        seen.append(info["channel"]["is_member"])

    seen: list[bool] = []
    app.reply = look
    await workspace.kick(workspace.bot, CANCELLATIONS)
    await workspace.invite(workspace.bot, CANCELLATIONS)
    await workspace.invite("guest2", CANCELLATIONS)
    await workspace.invite("guest2", "general")
    assert seen == [False, True, True], "the app is told of its own channels only"


async def test_messages_are_told_where_the_app_is_a_member_and_wants_them(workspace: Workspace, app: App) -> None:
    """Slack: "Events": message.channels, message.groups."""
    subscribed = workspace.installation.manifest["settings"]["event_subscriptions"]["bot_events"]
    subscribed.append("message.channels")
    await workspace.say("agent", CANCELLATIONS, "one")
    await workspace.say("agent", "general", "two")
    await workspace.say("manager", "winback-approvals", "three")
    assert [(told["event"]["text"], told["event"]["channel_type"]) for told in app.told] == [("one", "channel")]


async def test_over_the_socket_a_command_is_acknowledged_with_its_payload(
    workspace: Workspace, socket: tuple[App, SocketModeClient]
) -> None:
    """Slack: "Using Socket Mode": envelope_id, accepts_response_payload."""
    app, _ = socket
    app.reply = say_hello
    told = await workspace.command("agent", "general", "/portal-link", "help")
    assert told.acknowledged
    assert app.told[0]["command"] == "/portal-link"
    assert [message.text for message in workspace.ephemerals("agent")] == ["hello"]


async def test_over_the_socket_a_missing_acknowledgement_times_out(
    workspace: Workspace, socket: tuple[App, SocketModeClient]
) -> None:
    app, _ = socket
    app.reply = no_ack
    workspace.deliveries.ack_seconds = 0.2
    assert (await workspace.command("agent", "general", "/portal-link")).timed_out


async def test_over_the_socket_events_carry_their_retry_number(
    workspace: Workspace, socket: tuple[App, SocketModeClient]
) -> None:
    app, _ = socket
    app.reply = no_ack
    workspace.deliveries.ack_seconds = 0.05
    workspace.deliveries.retry_delays = (0.0, 0.0, 0.0)
    await workspace.open_home("agent")
    await workspace.wait_for(lambda: len(app.told) == 4)
    assert [told["retry_attempt"] for told in app.told] == [0, 1, 2, 3]


async def test_without_any_connection_a_command_fails_at_once(workspace: Workspace) -> None:
    """Slack: "Using Socket Mode": with no connection open the payload is lost, and the person sees an error."""
    told = await workspace.command("agent", "general", "/portal-link")
    assert (told.status, told.seen) == (None, DISPATCH_FAILED)


async def test_the_app_reconnects_when_a_refresh_is_requested(
    workspace: Workspace, socket: tuple[App, SocketModeClient]
) -> None:
    """Slack: "Using Socket Mode": disconnect with reason refresh_requested."""
    await workspace.deliveries.sockets.refresh()
    await workspace.wait_for(lambda: workspace.deliveries.sockets.connections == 1)
    assert (await workspace.command("agent", "general", "/portal-link")).acknowledged
    assert [told["command"] for told in socket[0].told] == ["/portal-link"]


async def test_a_ticket_opens_one_connection(workspace: Workspace, socket: tuple[App, SocketModeClient]) -> None:
    _, connected = socket
    with pytest.raises(WSServerHandshakeError, match="403"):
        await connected.aiohttp_client_session.ws_connect(str(connected.wss_uri))


async def test_the_eleventh_connection_is_one_too_many(workspace: Workspace) -> None:
    """Slack: "Using Socket Mode": at most ten connections."""
    client = AsyncWebClient(base_url=f"{workspace.base_url}/api/", retry_handlers=[])
    socket = SocketModeClient(app_token=workspace.installation.app_token, web_client=client)
    session = socket.aiohttp_client_session

    async def connect() -> dict[str, Any]:
        url = (await client.apps_connections_open(app_token=workspace.installation.app_token))["url"]
        opened.append(await session.ws_connect(url))
        return dict(await opened[-1].receive_json())

    opened: list[Any] = []
    hellos = [await connect() for _ in range(10)]
    assert [hello["num_connections"] for hello in hellos] == list(range(1, 11))
    refused = await connect()
    assert (refused["type"], refused["reason"]) == ("disconnect", "too_many_websockets")
    for connection in opened:
        await connection.close()
    await socket.close()  # type: ignore[no-untyped-call] # the SDK leaves it bare
