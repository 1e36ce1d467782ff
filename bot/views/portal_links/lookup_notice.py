"""The notice to managers of how many customers an agent looks up, and what *Add 50 for today* answers."""

import re
from typing import Literal

from bot.views import texts
from bot.views.blocks import Message, actions, button, confirm, message, section
from bot.views.button_values import UnreadableValue
from domain.ids import StaffId
from flows.failures import OutsideFailure
from flows.people.staff_permissions import PermissionDenied
from flows.portal_links.answers import LookupsAdded
from flows.portal_links.lookup_limits import MORE

ADD = "add_lookups"
_STAFF_ID = re.compile(r"[UW][A-Z0-9]{2,20}", re.ASCII)


def many_lookups_message(staff_id: StaffId, *, reached: Literal["hour", "day"]) -> Message:
    """Return a fact, with where to read more about it and a button that allows more."""
    fact = {
        "hour": f"<@{staff_id}> looked up 30 customers this hour.",
        "day": f"<@{staff_id}> has reached the limit of look-ups for 24 hours.",
    }[reached]
    sure = confirm(
        title="Add 50 for today?", text=f"They may look up {MORE} more customers within 24 hours.", yes="Add 50"
    )
    more = button("Add 50 for today", action=ADD, value=staff_id, confirm=sure)
    said = f"{fact} Every look-up is in the record: `winback audit list`."
    return message(said, section(said), actions(more))


def read_agent(value: str) -> StaffId:
    """Read the agent of a notice's button; raises UnreadableValue."""
    if not _STAFF_ID.fullmatch(value):
        raise UnreadableValue
    return StaffId(value)


def lookups_added_message(answer: LookupsAdded | PermissionDenied | OutsideFailure) -> Message:
    """Return the answer to *Add 50 for today*."""
    match answer:
        case PermissionDenied() | OutsideFailure():
            return message(texts.refusal_text(answer))
        case LookupsAdded():
            done = f"{MORE} were already added" if answer.already else f"I added {MORE}"
            return message(f"{done} for <@{answer.staff_id}>, for the next 24 hours.")
