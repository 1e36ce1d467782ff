"""What a person does with the elements of a message, modal or home tab, read from the form that the page sent."""

from datetime import UTC, datetime
from typing import cast

from starlette.datastructures import FormData

from sandbox.page.blocks import entered, pressed
from sandbox.slack import inputs
from sandbox.slack.inputs import Choice
from sandbox.slack.messages import Message
from sandbox.slack.people import Person
from sandbox.slack.views import View
from sandbox.slack.workspace import Workspace


def enter(where: Message | View, form: FormData) -> None:
    """Put all that the form holds into the state, as a client keeps what is typed and chosen."""
    for block, element, values in entered(where.blocks, form):
        entry = inputs.value_of(element, _choice(element["type"], values))
        where.state.setdefault(block["block_id"], {})[element["action_id"]] = entry


async def use(
    workspace: Workspace, person: Person, where: Message | View, word: str, form: FormData
) -> tuple[str, str]:
    """Press or choose what `word` names; returns what went wrong in a sentence, and where a link button leads.

    Raises:
        Impossible: the element is no longer there, or the person may not use it.
    """
    block_id, action_id, value = pressed(word)
    _, element = inputs.find(where.blocks, action_id, value=value, block_id=block_id)
    if element["type"] == "button":
        told = await workspace.click(person, where, action_id, value or None, block_id=block_id)
    elif value is not None:
        told = await workspace.choose(person, where, action_id, value, block_id=block_id)
    else:
        chosen = next((values for _, other, values in entered(where.blocks, form) if other is element), [])
        told = await workspace.choose(person, where, action_id, _choice(element["type"], chosen), block_id=block_id)
    return (f"The app did not take it: {told.seen}." if told.seen else "", str(element.get("url") or ""))


def _choice(kind: str, values: list[str]) -> Choice:
    if kind in inputs.SEVERAL_OPTIONS or kind.startswith("multi_"):
        return values
    if kind == "datetimepicker" and values:
        return int(datetime.fromisoformat(values[0]).replace(tzinfo=UTC).timestamp())
    return cast("Choice", values[0] if values else None)
