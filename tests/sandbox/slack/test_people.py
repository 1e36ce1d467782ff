"""What people can do in the workspace, what they cannot, and what the app may answer them."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from sandbox.slack.messages import Message
from sandbox.slack.seed import APPROVALS, CANCELLATIONS, OTHER_TEAM
from sandbox.slack.state import Impossible
from sandbox.slack.workspace import Workspace
from tests.sandbox.slack.apps import App, http_app
from tests.sandbox.slack.conftest import Harbour


@pytest.fixture
async def app(harbour: Harbour, workspace: Workspace) -> AsyncIterator[App]:
    async with http_app(harbour, workspace) as app:
        yield app


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def card(block_id: str = "card") -> dict[str, Any]:
    options = [{"text": plain(name.title()), "value": name} for name in ("talk", "never")]
    return {
        "type": "actions",
        "block_id": block_id,
        "elements": [
            {"type": "button", "action_id": "open", "text": plain("Open"), "value": "case_1"},
            {"type": "button", "action_id": "open", "text": plain("Open other"), "value": "case_2"}
            | {"action_id": "open_2"},
            {"type": "overflow", "action_id": "more", "options": options},
            {"type": "static_select", "action_id": "tag", "options": options},
        ],
    }


async def posted(workspace: Workspace, client: AsyncWebClient, channel: str = CANCELLATIONS) -> Message:
    await client.chat_postMessage(channel=channel, text="card", blocks=[card()])
    return workspace.messages(channel)[-1]


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("dana@acme-mail.com", "<mailto:dana@acme-mail.com|dana@acme-mail.com>"),
        ("Dana+x@Acme-Mail.com card", "<mailto:Dana+x@Acme-Mail.com|Dana+x@Acme-Mail.com> card"),
        ("see https://x.com/a?b=1&c=2", "see <https://x.com/a?b=1&amp;c=2>"),
        ("ask @manager in #support", "ask <@U0MANAGER1> in <#C0SUPPORT1|support>"),
        ("in #winback-approvals", "in <#C0APPROVAL|>"),
        ("<!channel> & co", "&lt;!channel&gt; &amp; co"),
        ("cus_123 #T-42", "cus_123 #T-42"),
    ],
)
async def test_typed_text_is_marked_up_where_the_manifest_asks_for_it(
    workspace: Workspace, app: App, typed: str, sent: str
) -> None:
    """Slack: "Implementing slash commands", should_escape; captured payloads carry mailto links."""
    await workspace.command("agent", "general", "/portal-link", typed)
    assert app.told[-1]["text"] == sent


async def test_without_should_escape_only_the_three_entities_are_escaped(workspace: Workspace, app: App) -> None:
    """Slack: "Implementing slash commands", should_escape off: plain text repeated."""
    workspace.installation.commands["/portal-link"]["should_escape"] = False
    await workspace.command("agent", "general", "/portal-link", "a@b.com & <x>")
    assert app.told[-1]["text"] == "a@b.com &amp; &lt;x&gt;"
    await workspace.command("agent", "general", "/portal-link", "<mailto:a@b.com|c@d.com>", raw=True)
    assert app.told[-1]["text"] == "<mailto:a@b.com|c@d.com>"


@pytest.mark.parametrize(
    ("place", "name"), [("general", "general"), (APPROVALS, "privategroup"), ("dm", "directmessage")]
)
async def test_the_channel_name_of_a_command_tells_its_kind_only(
    workspace: Workspace, app: App, place: str, name: str
) -> None:
    """Slack: "Implementing slash commands": rely on ids, never on names."""
    await workspace.command("manager", workspace.direct("manager") if place == "dm" else place, "/portal-link")
    assert app.told[-1]["channel_name"] == name


@pytest.mark.parametrize(
    ("who", "channel", "command"),
    [
        ("outsider", "shared-acme", "/portal-link"),
        ("deactivated", "general", "/portal-link"),
        ("agent", APPROVALS, "/portal-link"),
        ("guest", "shared-acme", "/portal-link"),
        ("agent", "general", "/unknown"),
    ],
)
async def test_what_slack_does_not_let_a_person_do_cannot_be_done(
    workspace: Workspace, app: App, who: str, channel: str, command: str
) -> None:
    """Slack: "Slack Connect": only the installing workspace's people run commands; guests see their channels only."""
    with pytest.raises(Impossible):
        await workspace.command(who, channel, command)
    assert app.told == []


async def test_an_in_channel_answer_also_shows_the_typed_command(workspace: Workspace, app: App) -> None:
    """Slack: "Implementing slash commands", response_type in_channel."""

    async def aloud(payload: dict[str, Any]) -> Any:
        return {"response_type": "in_channel", "text": "found"}

    app.reply = aloud
    await workspace.command("agent", "general", "/portal-link", "cus_1")
    assert [message.text for message in workspace.messages("general")] == ["/portal-link cus_1", "found"]


async def test_an_answer_with_bad_blocks_shows_an_error(workspace: Workspace, app: App) -> None:
    async def broken(payload: dict[str, Any]) -> Any:
        return {"blocks": [{"type": "sectoin"}]}

    app.reply = broken
    told = await workspace.command("agent", "general", "/portal-link")
    assert told.seen == "invalid_blocks"


async def test_a_button_tells_who_pressed_it_where_and_its_value(
    workspace: Workspace, client: AsyncWebClient, app: App
) -> None:
    """Slack: "block_actions payloads"."""
    message = await posted(workspace, client)
    await workspace.click("agent", message, "open")
    payload = app.told[-1]
    assert payload["type"] == "block_actions"
    assert payload["user"] == {"id": "U0AGENT001", "username": "agent", "name": "agent", "team_id": workspace.team_id}
    assert payload["container"] == {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": CANCELLATIONS,
        "is_ephemeral": False,
    }
    [action] = payload["actions"]
    assert (action["action_id"], action["block_id"], action["value"]) == ("open", "card", "case_1")
    assert payload["message"]["ts"] == message.ts


async def test_choices_are_told_and_stay_in_the_state(workspace: Workspace, client: AsyncWebClient, app: App) -> None:
    message = await posted(workspace, client)
    await workspace.choose("agent", message, "more", "never")
    assert app.told[-1]["actions"][0]["selected_option"]["value"] == "never"
    await workspace.choose("agent", message, "tag", "Talk")
    assert app.told[-1]["state"]["values"]["card"]["tag"]["selected_option"]["value"] == "talk"
    with pytest.raises(Impossible, match="only Talk, Never"):
        await workspace.choose("agent", message, "tag", "shout")
    with pytest.raises(Impossible, match="something has to be chosen"):
        await workspace.click("agent", message, "tag")


async def test_a_stranger_can_press_buttons_in_a_shared_channel(
    workspace: Workspace, client: AsyncWebClient, app: App
) -> None:
    """Slack: "Slack Connect": external members can click; the payload's team_id is theirs."""
    message = await posted(workspace, client, "C0SHARED01")
    await workspace.click("outsider", message, "open")
    assert app.told[-1]["user"]["team_id"] == OTHER_TEAM
    hidden = await posted(workspace, client)
    with pytest.raises(Impossible):
        await workspace.click("outsider", hidden, "open")


async def test_a_message_shortcut_carries_the_message(workspace: Workspace, app: App) -> None:
    """Slack: "Message shortcuts": type message_action."""
    message = await workspace.say("manager", "support", "dana@acme-mail.com wants her invoice")
    await workspace.shortcut("agent", message, "portal_link")
    payload = app.told[-1]
    assert (payload["type"], payload["callback_id"]) == ("message_action", "portal_link")
    assert payload["message"]["text"].startswith("<mailto:dana@acme-mail.com|")
    with pytest.raises(Impossible):
        await workspace.shortcut("agent", message, "unknown")


async def test_a_response_url_takes_five_answers(workspace: Workspace, app: App) -> None:
    """Slack: "Handling user interaction": five uses in thirty minutes; ephemeral by default."""
    told = await workspace.command("agent", "general", "/portal-link")
    respond = AsyncWebhookClient(told.payload["response_url"], retry_handlers=[])
    answers = [await respond.send(text=f"answer {number}") for number in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [404]
    assert answers[0].body == "ok"
    assert "used_url" in answers[5].body
    assert len(workspace.ephemerals("agent", "general")) == 5
    assert workspace.messages("general") == []


async def test_a_response_url_dies_after_its_time(workspace: Workspace, app: App) -> None:
    """Slack: "Handling user interaction": thirty minutes."""
    assert workspace.response_urls.lifetime == 30 * 60
    told = await workspace.command("agent", "general", "/portal-link")
    workspace.response_urls.lifetime = 0
    async with httpx2.AsyncClient(trust_env=False) as web:
        answer = await web.post(told.payload["response_url"], json={"text": "late"})
    assert answer.json() == {"ok": False, "error": "expired_url"}


async def test_an_ephemeral_is_replaced_and_deleted_through_its_own_response_url(
    workspace: Workspace, client: AsyncWebClient, app: App
) -> None:
    """Slack: "Handling user interaction": replace_original, delete_original; ephemeral never becomes in_channel."""
    await client.chat_postEphemeral(channel=CANCELLATIONS, user="U0AGENT001", text="pick", blocks=[card()])
    [ephemeral] = workspace.ephemerals("agent")
    told = await workspace.click("agent", ephemeral, "open")
    assert "message" not in told.payload, "Slack does not repeat ephemeral messages"
    respond = AsyncWebhookClient(told.payload["response_url"], retry_handlers=[])
    await respond.send(replace_original=True, text="picked")
    assert [message.text for message in workspace.ephemerals("agent")] == ["picked"]
    await respond.send(response_type="in_channel", text="to all?")
    assert workspace.messages(CANCELLATIONS) == []
    await respond.send(delete_original=True)
    assert [message.text for message in workspace.ephemerals("agent")] == ["to all?"]


async def test_people_delete_their_own_messages_and_administrators_any(workspace: Workspace) -> None:
    message = await workspace.say("agent", "general", "oops")
    with pytest.raises(Impossible):
        await workspace.delete_message("manager", message)
    await workspace.delete_message("agent", message)
    assert workspace.deleted == [message]
    assert workspace.messages("general") == []
