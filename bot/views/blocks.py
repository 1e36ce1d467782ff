"""The few Block Kit shapes that this program uses, with text of strangers kept from being markup."""

from typing import Any, TypedDict

from wording.sanitize import cut, one_line, plain

Block = dict[str, Any]

MOST_BUTTON = 75  # Slack: "Button element"
MOST_PLAIN = 2000  # Slack: "Section block", a field


class Message(TypedDict):
    """A message's two parts: `text` is what notifications and screen readers say, `blocks` what is seen."""

    text: str
    blocks: list[Block]


def escape(text: str) -> str:
    """Make text safe to stand within mrkdwn (Slack: "Formatting text": these three characters and no other)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def mrkdwn(text: str) -> Block:
    """Make a text object of our own words; strangers' words go in only through `escape`."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def plain_text(text: str, *, most: int = MOST_PLAIN) -> Block:
    """Make a text object in which nothing is markup, cut to `most` characters."""
    return {"type": "plain_text", "text": cut(plain(text), most) or " ", "emoji": False}


def section(text: str, **more: Any) -> Block:
    """Make a paragraph of our own words (mrkdwn)."""
    return {"type": "section", "text": mrkdwn(text), **more}


def fields(*each: Block) -> Block:
    """Make a two-column section of at most ten short texts."""
    return {"type": "section", "fields": list(each)}


def context(*each: Block, **more: Any) -> Block:
    """Make a line of small print."""
    return {"type": "context", "elements": list(each), **more}


def rich_line(*each: Block) -> Block:
    """Make one line of rich text out of `text_run`s and `date`s: in it nothing is markup."""
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(each)}]}


def text_run(text: str, *, bold: bool = False) -> Block:
    """Make a piece of rich text."""
    return {"type": "text", "text": text, **({"style": {"bold": True}} if bold else {})}


def quote(text: str) -> Block:
    """Quote somebody's words as rich text: in it nothing is markup."""
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_quote", "elements": [{"type": "text", "text": text}]}],
    }


def button(label: str, *, action: str, value: str | None = None, **more: Any) -> Block:
    """Make a button; `more` may hold `url`, `style`, `confirm` or `accessibility_label`."""
    made: Block = {"type": "button", "action_id": action, "text": plain_text(one_line(label), most=MOST_BUTTON)}
    return made | ({"value": value} if value else {}) | more


def actions(*elements: Block) -> Block:
    """Put buttons and menus in a row."""
    return {"type": "actions", "elements": list(elements)}


def option(label: str, value: str) -> Block:
    """Make one entry of a menu."""
    return {"text": plain_text(one_line(label), most=MOST_BUTTON), "value": value}


def confirm(*, title: str, text: str, yes: str, no: str = "Not now", danger: bool = False) -> Block:
    """Ask before a button counts; the client does so, hence this is no check of any right."""
    return {
        "title": plain_text(title, most=100),
        "text": plain_text(text, most=300),
        "confirm": plain_text(yes, most=30),
        "deny": plain_text(no, most=30),
        **({"style": "danger"} if danger else {}),
    }


def message(text: str, *blocks: Block) -> Message:
    """Put a message together; without blocks its text is shown as a paragraph."""
    return {"text": text, "blocks": list(blocks) or [section(text)]}
