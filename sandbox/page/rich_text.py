"""Rich text blocks as safe HTML: sections, lists, quotes and code (Slack: "Rich text block")."""

from typing import Any

from markupsafe import Markup, escape

from sandbox.page import date_token
from sandbox.page.emoji import with_emoji
from sandbox.page.mrkdwn import Reader, link, mention

_STYLES = {
    "bold": Markup("<strong>{}</strong>"),
    "italic": Markup("<em>{}</em>"),
    "strike": Markup("<del>{}</del>"),
    "underline": Markup("<u>{}</u>"),
    "code": Markup("<code>{}</code>"),
}


def render(block: dict[str, Any], reader: Reader) -> Markup:
    """Render a `rich_text` block, or the same structure in a table's cell."""
    return Markup().join(_part(part, reader) for part in block["elements"])


def _part(part: dict[str, Any], reader: Reader) -> Markup:
    kind = part["type"]
    if kind == "rich_text_list":
        items = Markup().join(Markup("<li>{}</li>").format(_line(item, reader)) for item in part["elements"])
        tag = Markup("ol") if part.get("style") == "ordered" else Markup("ul")
        return Markup('<{0} class="indent{1}">{2}</{0}>').format(tag, int(part.get("indent", 0)), items)
    line = _line(part, reader)
    if kind == "rich_text_quote":
        return Markup('<blockquote dir="auto">{}</blockquote>').format(line)
    if kind == "rich_text_preformatted":
        return Markup("<pre>{}</pre>").format(line)
    return Markup('<div class="line" dir="auto">{}</div>').format(line)


def _line(part: dict[str, Any], reader: Reader) -> Markup:
    return Markup().join(_element(element, reader) for element in part["elements"])


def _element(element: dict[str, Any], reader: Reader) -> Markup:
    shown = _content(element, reader)
    for style, tagged in _STYLES.items():
        if (element.get("style") or {}).get(style):
            shown = tagged.format(shown)
    return shown


def _content(element: dict[str, Any], reader: Reader) -> Markup:
    match element["type"]:
        case "text":
            return Markup("<br>").join(escape(line) for line in element["text"].split("\n"))
        case "link":
            return link(element["url"], element.get("text") or element["url"])
        case "emoji":
            return escape(with_emoji(f":{element['name']}:"))
        case "user":
            return mention("@" + reader.person(element["user_id"]))
        case "usergroup":
            return mention("@" + reader.group(element["usergroup_id"]))
        case "channel":
            return mention("#" + reader.channel(element["channel_id"]))
        case "broadcast":
            return mention("@" + element["range"])
        case "date":
            return date_token.moment(
                int(element["timestamp"]),
                element["format"],
                url=element.get("url", ""),
                fallback=element.get("fallback", ""),
                now=reader.now,
            )
        case "color":
            return Markup("<code>{}</code>").format(element["value"])
        case other:
            return Markup("<em>[{}]</em>").format(other)
