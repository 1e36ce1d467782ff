"""The bodies Slack sends to an app: commands, interactions and events (Slack: "Interaction payloads", "Events API")."""

import time
from typing import Any
from uuid import uuid4

from sandbox.slack import inputs
from sandbox.slack.channels import Channel
from sandbox.slack.messages import Message
from sandbox.slack.people import Person
from sandbox.slack.state import State
from sandbox.slack.views import View

VERIFICATION_TOKEN = "deprecated-verification-token"  # noqa: S105 - Slack's own deprecated field, told to nobody's harm


def command(state: State, person: Person, channel: Channel, name: str, text: str) -> dict[str, Any]:
    """Return a slash command's fields; `text` is as Slack sends it."""
    # Slack: "Implementing slash commands": only organisations of Enterprise Grid have an id and a name here.
    organisation = {"enterprise_id": state.enterprise_id, "enterprise_name": "Northwind Group"}
    return (organisation if state.enterprise_id else {}) | {
        "token": VERIFICATION_TOKEN,
        "team_id": state.team_id,
        "team_domain": state.team_domain,
        "channel_id": channel.id,
        "channel_name": channel.payload_name,
        "user_id": person.id,
        "user_name": person.handle,
        "command": name,
        "text": text,
        "api_app_id": state.installation.app_id,
        "is_enterprise_install": "false",
        "response_url": _response_url(
            state, state.response_urls.make(person.id, channel.id, typed=f"{name} {text}".strip())
        ),
        "trigger_id": state.triggers.make(person.id),
    }


def block_actions(state: State, person: Person, where: Message | View, action: dict[str, Any]) -> dict[str, Any]:
    """Return the use of one element in a message, an ephemeral, a modal or the home tab."""
    told = interaction(state, person, "block_actions")
    told["actions"] = [action | {"action_ts": state.stamps.next()}]
    if isinstance(where, View):
        told["container"] = {"type": "view", "view_id": where.id}
        told["trigger_id"] = state.triggers.make(person.id, view_id=where.id)
        told["view"] = view_of(where)
        return told
    channel = state.channel(where.channel)
    told["container"] = {
        "type": "message",
        "message_ts": where.ts,
        "channel_id": channel.id,
        "is_ephemeral": where.only_for is not None,
    }
    if where.thread_ts:
        told["container"]["thread_ts"] = where.thread_ts
    told["trigger_id"] = state.triggers.make(person.id)
    told["channel"] = {"id": channel.id, "name": channel.payload_name}
    if not where.only_for:
        told["message"] = where.as_json()
    told["state"] = {"values": inputs.values(where.blocks, where.state)}
    told["response_url"] = _response_url(state, state.response_urls.make(person.id, channel.id, source=where))
    return told


def message_action(state: State, person: Person, message: Message, callback_id: str) -> dict[str, Any]:
    """Return a message shortcut."""
    channel = state.channel(message.channel)
    return interaction(state, person, "message_action") | {
        "callback_id": callback_id,
        "action_ts": state.stamps.next(),
        "trigger_id": state.triggers.make(person.id),
        "response_url": _response_url(state, state.response_urls.make(person.id, channel.id)),
        "message_ts": message.ts,
        "channel": {"id": channel.id, "name": channel.payload_name},
        "message": message.as_json(),
    }


def view_submission(state: State, person: Person, view: View) -> dict[str, Any]:
    """Return the press of a modal's submit button."""
    return interaction(state, person, "view_submission") | {
        "trigger_id": state.triggers.make(person.id, view_id=view.id),
        "view": view_of(view),
        "response_urls": [],
    }


def view_closed(state: State, person: Person, view: View, *, is_cleared: bool) -> dict[str, Any]:
    """Return the closing of a modal that asked to be told of it."""
    return interaction(state, person, "view_closed") | {"view": view_of(view), "is_cleared": is_cleared}


def event(state: State, content: dict[str, Any], *, shared: bool = False) -> dict[str, Any]:
    """Return an event in its Events API envelope."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": state.team_id,
        "context_team_id": state.team_id,
        "context_enterprise_id": state.enterprise_id,
        "api_app_id": state.installation.app_id,
        "event": content | {"event_ts": state.stamps.next()},
        "type": "event_callback",
        "event_id": "Ev0" + uuid4().hex[:8].upper(),
        "event_time": int(time.time()),
        "authorizations": [
            {
                "enterprise_id": state.enterprise_id,
                "team_id": state.team_id,
                "user_id": state.bot.id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": shared,
    }


def view_of(view: View) -> dict[str, Any]:
    """Return the view with all its values, those the person has not touched included."""
    return view.as_json() | {"state": {"values": inputs.values(view.blocks, view.state)}}


def interaction(state: State, person: Person, kind: str) -> dict[str, Any]:
    return {
        "type": kind,
        "user": person.reference,
        "api_app_id": state.installation.app_id,
        "token": VERIFICATION_TOKEN,
        "team": {"id": state.team_id, "domain": state.team_domain}
        | ({"enterprise_id": state.enterprise_id} if state.enterprise_id else {}),
        "enterprise": {"id": state.enterprise_id, "name": "Northwind Group"} if state.enterprise_id else None,
        "is_enterprise_install": False,
    }


def _response_url(state: State, token: str) -> str:
    return f"{state.base_url}/response/{token}"
