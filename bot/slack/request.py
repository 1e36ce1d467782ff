"""What every request from Slack holds: who sent it, and the chosen entry of an overflow menu."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.views.button_values import own_text, own_value, read_id
from domain.ids import CaseId, StaffId
from flows.ports import Staff


async def acknowledge(ack: AsyncAck) -> None:
    """Acknowledge and do nothing else: Bolt takes the acknowledgement of a listener that raises back."""
    await ack()


def requester(body: Mapping[str, Any]) -> Staff:
    """Return the person behind a command, an interaction or an event; raises KeyError for any other body.

    The team of an interaction is the person's own (Slack: "Interaction payloads"): in a shared channel perhaps another
    company's, on Enterprise Grid perhaps another workspace of ours.
    """
    if "user" in body:
        return Staff(id=StaffId(body["user"]["id"]), team_id=body["user"].get("team_id"))
    if "event" in body:
        return Staff(id=StaffId(body["event"]["user"]), team_id=body["team_id"])
    return Staff(id=StaffId(body["user_id"]), team_id=body["team_id"])


def menu_choice(action: Mapping[str, Any]) -> str:
    """Return the verb of the chosen menu entry, whose value is a verb and an id."""
    with own_value():
        return str(action["selected_option"]["value"]).partition(" ")[0]


def chosen_option(action: Mapping[str, Any]) -> str:
    """Return the value of the chosen entry of a select or a menu; raises UnreadableValue."""
    with own_value():
        return own_text(action["selected_option"])


def menu_target(action: Mapping[str, Any]) -> str:
    """Return what the chosen menu entry carries behind its verb; raises UnreadableValue."""
    return chosen_option(action).partition(" ")[2]


def menu_case(action: Mapping[str, Any]) -> CaseId:
    """Return the case of the chosen menu entry; raises UnreadableValue."""
    return CaseId(read_id(menu_target(action)))


def chose(verb: str) -> Callable[..., Awaitable[bool]]:
    """Return a matcher for the menu entry with this verb: all entries of a menu share one `action_id`."""

    async def matches(action: dict[str, Any]) -> bool:
        return menu_choice(action) == verb

    return matches
