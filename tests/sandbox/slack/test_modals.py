"""Modals and home tabs, opened by triggers and filled in by people."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.inputs import REQUIRED
from sandbox.slack.interactions import Interaction
from sandbox.slack.state import Impossible
from sandbox.slack.views import View
from sandbox.slack.workspace import Workspace
from tests.sandbox.slack.apps import App, http_app
from tests.sandbox.slack.conftest import Harbour
from tests.sandbox.slack.test_chat import refusal


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def option(value: str) -> dict[str, Any]:
    return {"text": plain(value.title()), "value": value}


def text_input(name: str, **more: Any) -> dict[str, Any]:
    element = {"type": "plain_text_input", "action_id": name, "max_length": 20}
    return {"type": "input", "block_id": f"{name}_block", "label": plain(name), "element": element, **more}


REASONS = {
    "type": "input",
    "block_id": "reason_block",
    "label": plain("Reason"),
    "element": {
        "type": "static_select",
        "action_id": "reason",
        "options": [option("price"), option("quality")],
        "initial_option": option("price"),
    },
}


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "modal", "title": plain("Ask"), "submit": plain("Save"), "blocks": list(blocks), **more}


@pytest.fixture
async def app(harbour: Harbour, workspace: Workspace) -> AsyncIterator[App]:
    async with http_app(harbour, workspace) as app:
        yield app


async def trigger(workspace: Workspace) -> str:
    return str((await workspace.command("agent", "general", "/portal-link")).payload["trigger_id"])


async def opened(workspace: Workspace, client: AsyncWebClient, view: dict[str, Any]) -> View:
    await client.views_open(trigger_id=await trigger(workspace), view=view)
    shown = workspace.modal("agent")
    assert shown is not None
    return shown


async def test_a_trigger_opens_one_view_and_only_within_three_seconds(
    workspace: Workspace, client: AsyncWebClient, app: App
) -> None:
    """Slack: views.open: exchanged_trigger_id, expired_trigger_id, invalid_trigger_id."""
    used = await trigger(workspace)
    await client.views_open(trigger_id=used, view=modal())
    assert await refusal(client.views_open(trigger_id=used, view=modal())) == "exchanged_trigger_id"
    assert await refusal(client.views_open(trigger_id="1.2.3", view=modal())) == "invalid_trigger_id"
    assert workspace.triggers.lifetime == 3
    workspace.triggers.lifetime = 0
    expired = await trigger(workspace)
    assert await refusal(client.views_open(trigger_id=expired, view=modal())) == "expired_trigger_id"


async def test_a_submission_carries_typed_and_initial_values_and_closes_the_modal(
    workspace: Workspace, client: AsyncWebClient, app: App
) -> None:
    """Slack: "View submission": state.values by block_id and action_id; an empty answer closes."""
    view = await opened(workspace, client, modal(text_input("note"), REASONS, private_metadata="case 1"))
    await workspace.submit("agent", view, {"note": "hello"})
    payload = app.told[-1]
    assert payload["type"] == "view_submission"
    assert payload["view"]["private_metadata"] == "case 1"
    assert payload["view"]["state"]["values"] == {
        "note_block": {"note": {"type": "plain_text_input", "value": "hello"}},
        "reason_block": {"reason": {"type": "static_select", "selected_option": option("price")}},
    }
    assert workspace.modal("agent") is None


async def test_errors_stand_beside_their_inputs_and_the_modal_stays(
    workspace: Workspace, client: AsyncWebClient, app: App
) -> None:
    """Slack: "Modals": response_action errors, keyed by the input blocks' ids."""

    async def errors(payload: dict[str, Any]) -> Any:
        return {"response_action": "errors", "errors": {"note_block": "Too vague."}}

    view = await opened(workspace, client, modal(text_input("note")))
    app.reply = errors
    told = await workspace.submit("agent", view, {"note": "hello"})
    assert (told.seen, view.errors) == ("", {"note_block": "Too vague."})
    assert workspace.modal("agent") is view


async def test_errors_for_blocks_that_are_no_inputs_are_shown_as_a_fault(
    workspace: Workspace, client: AsyncWebClient, app: App
) -> None:
    async def errors(payload: dict[str, Any]) -> Any:
        return {"response_action": "errors", "errors": {"elsewhere": "x"}}

    view = await opened(workspace, client, modal(text_input("note")))
    app.reply = errors
    told = await workspace.submit("agent", view, {"note": "hello"})
    assert told.seen == "invalid_response_errors"


@pytest.mark.parametrize(("typed", "error"), [("", REQUIRED), ("x" * 21, "Must be at most 20 characters.")])
async def test_what_the_client_refuses_never_reaches_the_app(
    workspace: Workspace, client: AsyncWebClient, app: App, typed: str, error: str
) -> None:
    """Slack: "Input block": required unless optional; max_length."""
    view = await opened(workspace, client, modal(text_input("note")))
    before = len(app.told)
    told = await workspace.submit("agent", view, {"note": typed})
    assert (told.status, view.errors) == (None, {"note_block": error})
    assert len(app.told) == before


async def test_three_views_can_be_stacked_and_no_fourth(workspace: Workspace, client: AsyncWebClient, app: App) -> None:
    """Slack: views.push, push_limit_reached; response_action push, update and clear."""

    async def push(payload: dict[str, Any]) -> Any:
        return {"response_action": "push", "view": modal()}

    view = await opened(workspace, client, modal())
    app.reply = push
    assert (await workspace.submit("agent", view)).seen == ""
    second = _top(workspace)
    assert second.as_json()["previous_view_id"] == view.id
    await workspace.submit("agent", second)
    told = await workspace.submit("agent", _top(workspace))
    assert (told.seen, len(workspace.stack("agent"))) == ("push_limit_reached", 3)

    async def clear(payload: dict[str, Any]) -> Any:
        return {"response_action": "clear"}

    app.reply = clear
    await workspace.submit("agent", _top(workspace))
    assert workspace.modal("agent") is None


async def test_views_push_needs_a_trigger_made_in_a_modal(
    workspace: Workspace, client: AsyncWebClient, app: App
) -> None:
    button = {"type": "button", "action_id": "more", "text": plain("More")}
    view = await opened(workspace, client, modal({"type": "actions", "elements": [button]}))
    pressed = await workspace.click("agent", view, "more")
    assert pressed.payload["container"] == {"type": "view", "view_id": view.id}
    await client.views_push(trigger_id=pressed.payload["trigger_id"], view=modal())
    assert len(workspace.stack("agent")) == 2
    call = client.views_push(trigger_id=await trigger(workspace), view=modal())
    assert await refusal(call) == "invalid_trigger_id"


async def test_an_update_keeps_what_was_typed_where_ids_stay_equal(
    workspace: Workspace, client: AsyncWebClient, app: App
) -> None:
    """Slack: views.update: input is kept across updates with equal block_id and action_id; hash_conflict."""
    dispatching = text_input("note", dispatch_action=True)
    view = await opened(workspace, client, modal(dispatching, text_input("other")))
    stale = view.hash
    await workspace.choose("agent", view, "note", "kept")
    await workspace.choose("agent", view, "other", "gone")
    await client.views_update(view_id=view.id, hash=stale, view=modal(dispatching, text_input("new")))
    assert view.state == {"note_block": {"note": {"type": "plain_text_input", "value": "kept"}}}
    call = client.views_update(view_id=view.id, hash=stale, view=modal())
    assert await refusal(call) == "hash_conflict"


async def test_a_closed_view_cannot_be_updated_and_the_app_hears_of_it_if_it_asked(
    workspace: Workspace, client: AsyncWebClient, app: App
) -> None:
    """Slack: "Modals", notify_on_close; views.update, not_found."""
    view = await opened(workspace, client, modal(notify_on_close=True))
    closed = await workspace.close("agent", view, all_of_them=True)
    assert isinstance(closed, Interaction)
    assert (app.told[-1]["type"], app.told[-1]["is_cleared"]) == ("view_closed", True)
    assert await refusal(client.views_update(view_id=view.id, view=modal())) == "not_found"
    with pytest.raises(Impossible):
        await workspace.submit("agent", view)


@pytest.mark.parametrize(
    ("view", "pointer"),
    [
        (modal(title=plain("x" * 25)), "/view/title/text"),
        ({"type": "modal", "title": plain("x"), "blocks": [text_input("note")]}, "/view/submit"),
        (modal(private_metadata="x" * 3001), "/view/private_metadata"),
        (modal({"type": "markdown", "text": "x"}), "/view/blocks/0/type"),
        (modal(*[{"type": "divider"}] * 101), "/view/blocks"),
        (modal(colour="red"), "/view"),
    ],
)
async def test_an_unfit_view_is_refused_with_the_place_of_the_fault(
    workspace: Workspace, client: AsyncWebClient, app: App, view: dict[str, Any], pointer: str
) -> None:
    """Slack: "View object": title and buttons 24, private_metadata 3000, 100 blocks."""
    call = await client._request(
        http_verb="POST",
        api_url=f"{client.base_url}views.open",
        req_args={
            "headers": {"Authorization": f"Bearer {client.token}"},
            "json": {"trigger_id": await trigger(workspace), "view": view},
        },
    )
    assert call["data"]["error"] == "invalid_arguments"
    assert call["data"]["response_metadata"]["messages"][0].endswith(f"[json-pointer:{pointer}]")


async def test_a_view_of_more_than_250_kilobytes_is_refused(
    workspace: Workspace, client: AsyncWebClient, app: App
) -> None:
    """Slack: views.open, view_too_large."""
    section = {"type": "section", "text": plain("x" * 2999)}
    view = modal(*[section] * 99)
    assert await refusal(client.views_open(trigger_id=await trigger(workspace), view=view)) == "view_too_large"


async def test_the_home_tab_is_each_persons_own(workspace: Workspace, client: AsyncWebClient, app: App) -> None:
    """Slack: "App Home": app_home_opened carries the published view; views.publish, hash_conflict."""
    first = await workspace.open_home("agent")
    assert first is not None
    assert "view" not in first.payload["event"]
    home = {"type": "home", "blocks": [{"type": "divider"}]}
    published = await client.views_publish(user_id="U0AGENT001", view=home)
    again = await workspace.open_home("agent")
    assert again is not None
    assert again.payload["event"]["view"]["id"] == published["view"]["id"]
    assert workspace.home("manager") is None
    await client.views_publish(user_id="U0AGENT001", view=home, hash=published["view"]["hash"])
    call = client.views_publish(user_id="U0AGENT001", view=home, hash=published["view"]["hash"])
    assert await refusal(call) == "hash_conflict"


async def test_wait_for_wakes_when_the_view_appears(workspace: Workspace, client: AsyncWebClient, app: App) -> None:
    waiting = asyncio.create_task(workspace.wait_for(lambda: workspace.modal("agent"), timeout=5))
    await opened(workspace, client, modal())
    assert await waiting is workspace.modal("agent")
    with pytest.raises(TimeoutError, match=r"views\.open -> ok"):
        await workspace.wait_for(lambda: workspace.modal("manager"), timeout=0.01)


def _top(workspace: Workspace) -> View:
    view = workspace.modal("agent")
    assert view is not None
    return view
