"""Block Kit for the templates: texts as HTML, and the names under which a form's fields and presses come back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote

from markupsafe import Markup, escape
from starlette.datastructures import FormData

from sandbox.page import chart, mrkdwn, rich_text
from sandbox.page.emoji import with_emoji
from sandbox.slack.inputs import KEEPING
from sandbox.slack.views import elements

Element = dict[str, Any]

TYPED = {
    "plain_text_input": "text",
    "number_input": "number",
    "email_text_input": "email",
    "url_text_input": "url",
    "datepicker": "date",
    "timepicker": "time",
    "datetimepicker": "datetime-local",
}
PICKERS = ("datepicker", "timepicker", "datetimepicker")


@dataclass(frozen=True)
class Surface:
    """One message, modal or home tab as it is drawn: who reads it, where its form goes, what has been put in.

    `key` is unique on the page; `people` and `channels` are the choices of the selects that name none.
    """

    key: str
    action: str
    reader: mrkdwn.Reader
    blocks: list[Element]
    state: dict[str, dict[str, Element]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    people: list[tuple[str, str]] = field(default_factory=list)
    channels: list[tuple[str, str]] = field(default_factory=list)

    def text(self, composed: Element) -> Markup:
        """Write a text object, `plain_text` or `mrkdwn`."""
        if composed["type"] == "mrkdwn":
            return mrkdwn.render(composed["text"], self.reader, verbatim=bool(composed.get("verbatim")))
        return self.plain(_unformatted(composed))

    def plain(self, text: str) -> Markup:
        return Markup("<br>").join(escape(line) for line in text.split("\n"))

    def rich(self, block: Element) -> Markup:
        return rich_text.render(block, self.reader)

    def plot(self, block: Element) -> chart.Plot:
        return chart.plot(block)

    def chosen(self, block: Element, element: Element) -> list[str]:
        """Return the values that the person has put in, else those the app starts with."""
        put_in = self.state.get(block["block_id"], {}).get(element["action_id"])
        values = _values(put_in) if put_in is not None else _values(element, prefix="initial_")
        if element["type"] == "datetimepicker":
            return [f"{datetime.fromtimestamp(int(value), UTC):%Y-%m-%dT%H:%M}" for value in values]
        return values

    def choices(self, element: Element) -> list[tuple[str, list[tuple[str, str]]]]:
        """List a select's choices as (group, [(value, label)]); the group is empty where there are none."""
        if element["type"] == "users_select":
            return [("", self.people)]
        if element["type"] in ("conversations_select", "channels_select"):
            return [("", self.channels)]
        groups = element.get("option_groups") or [{"label": {"text": ""}, "options": element.get("options", [])}]
        return [
            (group["label"]["text"], [(option["value"], _unformatted(option["text"])) for option in group["options"]])
            for group in groups
        ]


def dispatched_on(element: Element) -> str:
    """Return when a typed element dispatches: on `change` of a picker, on `enter`, or while `typing`.

    Slack: Dispatch action configuration; without one, on enter.
    """
    if element["type"] in PICKERS:
        return "change"
    wanted = element.get("dispatch_action_config", {}).get("trigger_actions_on", ())
    return "typing" if "on_character_entered" in wanted else "enter"


def field_name(block: Element, element: Element) -> str:
    """Return the name of the form field of an element."""
    return f"put/{press(block, element)}"


def press(block: Element, element: Element, value: str | None = None) -> str:
    """Return which element was used, and with which value, in one word that a form can carry."""
    parts = [block["block_id"], element["action_id"], *([] if value is None else [value])]
    return "/".join(quote(part, safe="") for part in parts)


def pressed(word: str) -> tuple[str, str, str | None]:
    """Read what `press` wrote: block, element and, if it had one, the value."""
    block_id, action_id, *value = (unquote(part) for part in word.split("/"))
    return block_id, action_id, value[0] if value else None


def entered(blocks: list[Element], form: FormData) -> Iterator[tuple[Element, Element, list[str]]]:
    """Return what a form says about each element it shows: block, element and values, none for an empty one."""
    for block, element in elements(blocks):
        if element["type"] in KEEPING:
            values = [str(value).replace("\r\n", "\n") for value in form.getlist(field_name(block, element))]
            yield block, element, [value for value in values if value]


def _unformatted(composed: Element) -> str:
    text: str = composed["text"]
    return with_emoji(text) if composed.get("emoji", True) else text


def _values(source: Mapping[str, Any], prefix: str = "") -> list[str]:
    start = prefix or "selected_"
    if options := source.get(f"{start}options") or ([one] if (one := source.get(f"{start}option")) else []):
        return [option["value"] for option in options]
    names = [f"{start}{kind}" for kind in ("date", "time", "date_time", "user", "conversation", "channel")]
    return [str(source[name]) for name in (f"{prefix}value", *names) if source.get(name)]
