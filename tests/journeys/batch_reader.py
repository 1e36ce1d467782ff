"""A batch taken apart as its readers do it: its numbered rows, and its menu."""

from sandbox.slack.messages import Message
from tests.bot.seen import seen


def rows(message: Message) -> list[str]:
    """Return the rows of a batch, none for any other message."""
    lists = [
        part for block in message.blocks for part in block.get("elements", []) if part.get("type") == "rich_text_list"
    ]
    return ["".join(run["text"] for run in row["elements"]) for part in lists for row in part["elements"]]


def names_in(message: Message) -> list[str]:
    """Return whom a batch or a full card is about, in order."""
    return [row.partition(" · ")[0] for row in rows(message)] or [seen(message).split("\n")[1]]


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
