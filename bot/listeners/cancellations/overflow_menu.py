"""Which entry of a card's menu was chosen: all entries share one `action_id`."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from bot.slack.permissions import menu_choice
from domain.ids import CaseId


def chose(verb: str) -> Callable[..., Awaitable[bool]]:
    """Make a matcher for the entry of this verb."""

    async def matches(action: dict[str, Any]) -> bool:
        return menu_choice(action) == verb

    return matches


def case_of(action: dict[str, Any]) -> CaseId:
    """Return the case that a chosen entry is about; raises ValueError for a value that is none of ours."""
    return CaseId(UUID(rest_of(action)))


def rest_of(action: dict[str, Any]) -> str:
    """Return what a chosen entry carries behind its verb."""
    return str(action["selected_option"]["value"]).partition(" ")[2]
