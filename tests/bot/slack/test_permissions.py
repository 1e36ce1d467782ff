"""Deny by default: everything the app listens to has a row, and Slack gives nobody a right that they lack."""

from typing import Any

from slack_bolt.listener.async_listener import AsyncCustomListener

from bot.slack.manifest import EVENTS, manifest
from bot.slack.permissions import PERMISSIONS, request_name
from domain.permissions import Action
from tests.bot.harness import SlackHarness

KINDS = {"command": "command", "action": "action", "view_submission": "view", "shortcut": "shortcut", "event": "event"}


def registered(room: SlackHarness) -> list[str]:
    """Return every listener of the app as the rows are named, read from Bolt's own matchers."""
    names = []
    for listener in room.app._async_listeners:
        assert isinstance(listener, AsyncCustomListener)
        (kind, what), *verbs = (_compared_with(vars(matcher)["func"]) for matcher in listener.matchers)
        names.append(" ".join([KINDS[kind], what, *(verb for _, verb in verbs)]))
    return names


def _compared_with(function: Any) -> tuple[str, str]:
    """Return the name of the function that made a matcher, and the one string it compares with."""
    cells = [cell.cell_contents for cell in function.__closure__]
    for cell in cells:
        if callable(cell):
            return _compared_with(cell)
    (text,) = [cell for cell in cells if isinstance(cell, str)]
    return function.__qualname__.split(".")[0], text


def test_listeners_and_permissions_match(room: SlackHarness) -> None:
    assert sorted(registered(room)) == sorted(PERMISSIONS)


def test_only_slacks_events_need_no_permission() -> None:
    assert {name for name, action in PERMISSIONS.items() if action is None} == {
        f"event {event}" for event in EVENTS if event != "app_home_opened"
    }
    assert set(PERMISSIONS.values()) - {None} <= set(Action)


def test_manifest_matches_the_listeners() -> None:
    made = manifest(socket_mode=True, public_url=None)

    features = made["features"]
    commands = {f"command {each['command']}" for each in features["slash_commands"]}
    shortcuts = {f"shortcut {each['callback_id']}" for each in features["shortcuts"]}
    events = {f"event {event}" for event in made["settings"]["event_subscriptions"]["bot_events"]}
    assert commands | shortcuts | events == {
        " ".join(name.split()[:2]) for name in PERMISSIONS if name.split()[0] in {"command", "shortcut", "event"}
    }


def test_unknown_request_has_no_row() -> None:
    assert request_name({"type": "block_suggestion"}) not in PERMISSIONS
    assert request_name({"command": "/winback", "text": "pay everybody"}) == "command /winback help"
    assert request_name({}) not in PERMISSIONS
