"""A batch taken apart as its readers do it: its numbered rows, and its menu."""

from sandbox.slack.messages import Message
from sandbox.stripe.ledger import Json
from tests.journeys.world import line


def rows(message: Message) -> list[str]:
    """Return the rows of a batch, none for any other message."""
    return [line(row) for row in _rows(message)]


def names_in(message: Message) -> list[str]:
    """Return whom a batch is about, in order; none for any other message."""
    return [
        next(run["text"] for run in row["elements"] if run.get("style", {}).get("bold")).strip("\u2068\u2069")
        for row in _rows(message)
    ]


def _rows(message: Message) -> list[Json]:
    lists = [
        part for block in message.blocks for part in block.get("elements", []) if part.get("type") == "rich_text_list"
    ]
    return [row for part in lists for row in part["elements"]]


def menu_entry(message: Message, name: str) -> str:
    """Return the text of somebody's entry in the menu *Open a case…* of a batch."""
    [menu] = [
        element
        for block in message.blocks
        for element in block.get("elements", [])
        if element.get("type") == "static_select"
    ]
    number = names_in(message).index(name) + 1
    texts = [str(entry["text"]["text"]) for entry in menu["options"]]
    return next(text for text in texts if text.startswith(f"{number}. "))
