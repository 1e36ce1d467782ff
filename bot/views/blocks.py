"""The Block Kit shapes that we use, with other people's text kept from being markup."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, TypedDict

from wording.sanitize import cut, one_line, plain

Block = dict[str, Any]

MOST_BUTTON = 75  # Slack: "Button element"
MOST_PLAIN = 2000  # Slack: "Section block", a field


class Message(TypedDict):
    """A message: `text` for notifications and screen readers, `blocks` for the screen."""

    text: str
    blocks: list[Block]


def escape(text: str) -> str:
    """Return text that is safe in mrkdwn (Slack: "Formatting text": only these three characters matter)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def mrkdwn(text: str) -> Block:
    """Return a text object of our own words; other people's words must go through `escape`."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def plain_text(text: str, *, most: int = MOST_PLAIN) -> Block:
    """Return a text object without markup, cut to `most` characters."""
    return {"type": "plain_text", "text": cut(plain(text), most) or " ", "emoji": False}


def header(text: str) -> Block:
    """Return a header, cut to Slack's 150 characters ("Header block")."""
    return {"type": "header", "text": plain_text(text, most=150)}


def section(text: str, **more: Any) -> Block:
    """Return a paragraph of our own words (mrkdwn)."""
    return {"type": "section", "text": mrkdwn(text), **more}


def fields(*each: Block) -> Block:
    """Return a two-column section of at most ten short texts."""
    return {"type": "section", "fields": list(each)}


def context(*each: Block, **more: Any) -> Block:
    """Return a line of small print."""
    return {"type": "context", "elements": list(each), **more}


def rich(*parts: Block) -> Block:
    """Return rich text, which has no markup, of sections, quotations and lists."""
    return {"type": "rich_text", "elements": list(parts)}


def rich_section(*runs: Block) -> Block:
    """Return a line of rich text, to be part of a block."""
    return {"type": "rich_text_section", "elements": list(runs)}


def rich_line(*runs: Block) -> Block:
    """Return one line as a block of rich text."""
    return rich(rich_section(*runs))


def text_run(text: str, *, bold: bool = False) -> Block:
    """Return a piece of rich text."""
    return {"type": "text", "text": text, **({"style": {"bold": True}} if bold else {})}


def quote(text: str) -> Block:
    """Return a quotation as a block of rich text."""
    return rich({"type": "rich_text_quote", "elements": [text_run(text)]})


def button(label: str, *, action: str, value: str | None = None, **more: Any) -> Block:
    """Return a button; `more` may hold `url`, `style`, `confirm` or `accessibility_label`."""
    made: Block = {"type": "button", "action_id": action, "text": plain_text(one_line(label), most=MOST_BUTTON)}
    return made | ({"value": value} if value else {}) | more


def actions(*elements: Block) -> Block:
    """Return a row of buttons and menus."""
    return {"type": "actions", "elements": list(elements)}


def option(label: str, value: str) -> Block:
    """Return one entry of a menu."""
    return {"text": plain_text(one_line(label), most=MOST_BUTTON), "value": value}


def select(name: str, labels: Mapping[str, str], *, initial: str | None = None, **more: Any) -> Block:
    """Return a menu of labels by their values, with one of the values chosen; `more` may hold `placeholder`."""
    options = {value: option(label, value) for value, label in labels.items()}
    chosen = {"initial_option": options[initial]} if initial in options else {}
    return {"type": "static_select", "action_id": name, "options": list(options.values()), **chosen, **more}


def confirm(*, title: str, text: str, yes: str, no: str = "Not now", danger: bool = False) -> Block:
    """Return a question to confirm a click. Slack's client asks it, so it doesn't replace a permission check."""
    return {
        "title": plain_text(title, most=100),
        "text": plain_text(text, most=300),
        "confirm": plain_text(yes, most=30),
        "deny": plain_text(no, most=30),
        **({"style": "danger"} if danger else {}),
    }


def digest(sent: Message) -> str:
    """Return a digest of a message: another one whenever it would read differently."""
    return sha256(json.dumps(sent, sort_keys=True).encode()).hexdigest()


def message(text: str, *blocks: Block) -> Message:
    """Return a message; without blocks its text becomes a paragraph."""
    return {"text": text, "blocks": list(blocks) or [section(text)]}
