"""The Web API's `views.*`: modals opened by a trigger, and home tabs."""

from typing import Any

from sandbox.slack import answers, blocks
from sandbox.slack.call import Call, Method
from sandbox.slack.limits import TIER_4
from sandbox.slack.refusal import Refusal
from sandbox.slack.views import View


def open_view(call: Call) -> dict[str, Any]:
    """Open a modal in front of whoever acted; it takes the place of any that were open."""
    state = call.workspace
    content = blocks.check_view(call.structure("view", fault="invalid_arguments"))
    _refuse_known_external_id(call, content)
    trigger = state.triggers.redeem(call.text("trigger_id", missing="invalid_trigger_id"))
    for below in list(state.stack(trigger.user)):
        state.forget_view(below)
    view = state.new_view(trigger.user, content)
    state.stack(trigger.user).append(view)
    return {"view": view.as_json()}


def push_view(call: Call) -> dict[str, Any]:
    """Open a modal over the one whose element made the trigger."""
    state = call.workspace
    content = blocks.check_view(call.structure("view", fault="invalid_arguments"))
    _refuse_known_external_id(call, content)
    trigger = state.triggers.redeem(call.text("trigger_id", missing="invalid_trigger_id"))
    below = state.views.get(trigger.view_id or "")
    if below is None or below.type != "modal":
        raise Refusal("invalid_trigger_id")
    return {"view": answers.push(state, below, content).as_json()}


def update_view(call: Call) -> dict[str, Any]:
    """Show something else in an open modal; Refusal `hash_conflict` when it has changed since `hash`."""
    state = call.workspace
    external_id = call.arguments.get("external_id")
    view = state.views.get(str(call.arguments.get("view_id") or ""))
    if external_id:
        view = next((known for known in state.views.values() if known.external_id == external_id), None)
    if view is None:
        raise Refusal("not_found")
    content = blocks.check_view(
        call.structure("view", fault="invalid_arguments"), surface=view.type, charts_allowed=state.charts_allowed
    )
    _check_hash(call, view)
    view.show(content)
    return {"view": view.as_json()}


def publish_view(call: Call) -> dict[str, Any]:
    """Set a person's home tab."""
    state = call.workspace
    if not state.installation.has_home:
        raise Refusal("not_enabled")
    person = state.people.get(call.text("user_id"))
    if person is None or person.deleted or person.is_bot:
        raise Refusal("invalid_arguments", messages=["user not found [json-pointer:/user_id]"])
    content = blocks.check_view(
        call.structure("view", fault="invalid_arguments"), surface="home", charts_allowed=state.charts_allowed
    )
    home = state.home(person)
    if home is None:
        home = state.homes[person.id] = state.new_view(person.id, content)
    else:
        _check_hash(call, home)
        home.show(content)
    return {"view": home.as_json()}


METHODS = {
    "views.open": Method(answer=open_view, tier=TIER_4),
    "views.push": Method(answer=push_view, tier=TIER_4),
    "views.update": Method(answer=update_view, tier=TIER_4),
    "views.publish": Method(answer=publish_view, tier=TIER_4),
}


def _check_hash(call: Call, view: View) -> None:
    if call.arguments.get("hash") not in {None, "", view.hash}:
        raise Refusal("hash_conflict")


def _refuse_known_external_id(call: Call, content: dict[str, Any]) -> None:
    external_id = content.get("external_id")
    if external_id and any(view.external_id == external_id for view in call.workspace.views.values()):
        raise Refusal("duplicate_external_id")
