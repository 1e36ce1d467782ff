"""The manifest within Slack's limits (Slack: "App manifest reference")."""

import json

import pytest

from bot.slack.manifest import EVENTS, SCOPES, manifest


@pytest.mark.parametrize("socket_mode", [True, False])
def test_the_manifest_keeps_slacks_limits(socket_mode: bool) -> None:
    made = manifest(socket_mode=socket_mode, public_url=None if socket_mode else "https://bot.example.com")

    about, features = made["display_information"], made["features"]
    assert set(made) == {"display_information", "features", "oauth_config", "settings"}
    assert len(about["name"]) <= 35
    assert len(about["description"]) <= 140
    assert len(features["bot_user"]["display_name"]) <= 80
    for command in features["slash_commands"]:
        assert command["should_escape"] is True
        assert len(command["command"]) <= 32
        assert len(command["description"]) <= 2000
        assert len(command["usage_hint"]) <= 1000
    for shortcut in features["shortcuts"]:
        assert len(shortcut["name"]) <= 24
        assert len(shortcut["description"]) <= 150
        assert len(shortcut["callback_id"]) <= 255
    assert made["settings"]["socket_mode_enabled"] is socket_mode
    assert json.loads(json.dumps(made)) == made


def test_http_manifest_has_one_url() -> None:
    made = manifest(socket_mode=False, public_url="https://bot.example.com")

    address = "https://bot.example.com/slack/events"
    settings = made["settings"]
    assert settings["interactivity"]["request_url"] == address
    assert settings["event_subscriptions"]["request_url"] == address
    assert {command["url"] for command in made["features"]["slash_commands"]} == {address}
    assert "http" not in json.dumps(manifest(socket_mode=True, public_url=None))


def test_http_needs_a_url() -> None:
    with pytest.raises(ValueError, match="public address"):
        manifest(socket_mode=False, public_url=None)


def test_every_scope_and_event_has_a_reason() -> None:
    assert all(reason.strip() for reason in [*SCOPES.values(), *EVENTS.values()])
    assert list(SCOPES) == manifest(socket_mode=True, public_url=None)["oauth_config"]["scopes"]["bot"]
    too_much = {"chat:write.public", "users:read.email", "channels:join", "admin"}
    assert not too_much & set(SCOPES)
