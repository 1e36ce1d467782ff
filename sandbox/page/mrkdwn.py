"""Slack's mrkdwn as safe HTML, the way a client shows it (Slack: "Formatting text for app surfaces")."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup, escape

from sandbox.page import date_token
from sandbox.page.emoji import with_emoji

_INLINE = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|<(?P<token>[@#!][^<>\n]+|(?:https?://|mailto:|tel:)[^<>\n]+)>"
    r"|(?<![\w*])\*(?P<strong>[^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])"
    r"|(?<![\w_])_(?P<em>[^\s_](?:[^_\n]*[^\s_])?)_(?![\w_])"
    r"|(?<![\w~])~(?P<del>[^\s~](?:[^~\n]*[^\s~])?)~(?![\w~])"
    r"|(?P<bare>https?://[^\s<>|]*[^\s<>|.,;:!?)\]'\"])"
)
_TAGGED = {"strong": Markup("<strong>{}</strong>"), "em": Markup("<em>{}</em>"), "del": Markup("<del>{}</del>")}
_FENCE = re.compile(r"```\n?(.*?)```", re.DOTALL)
_QUOTE = re.compile(r"^(?:>|&gt;) ?")


@dataclass(frozen=True)
class Reader:
    """Who reads and when: the names that mentions turn into, and the moment that "today" means."""

    person: Callable[[str], str]
    channel: Callable[[str], str]
    group: Callable[[str], str]
    now: datetime


def render(text: str, reader: Reader, *, verbatim: bool = False) -> Markup:
    """Turn mrkdwn into HTML; whatever is not mrkdwn comes out as the characters it is.

    `verbatim` leaves bare addresses of the web unlinked, as the text object's field of that name does.
    """
    parts = _FENCE.split(text)
    shown = Markup()
    for index, part in enumerate(parts):
        if index % 2:
            shown += Markup("<pre>{}</pre>").format(unescape(part))
        elif part.strip("\n") or len(parts) == 1:
            shown += _paragraphs(part.strip("\n"), reader, verbatim=verbatim)
    return shown


def unescape(text: str) -> str:
    """Undo the three entities of Slack: `&lt;`, `&gt;` and `&amp;`."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def link(url: str, label: str) -> Markup:
    """Link to a web, mail or telephone address in a window of its own; any other scheme stays text."""
    if not url.startswith(("http://", "https://", "mailto:", "tel:")):
        return escape(label)
    return Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>').format(url, label)


def mention(label: str) -> Markup:
    return Markup('<span class="mention">{}</span>').format(label)


def _paragraphs(text: str, reader: Reader, *, verbatim: bool) -> Markup:
    lines = list(_quoted(text))
    shown = Markup()
    start = 0
    while start < len(lines):
        quoted = lines[start][0]
        end = start
        while end < len(lines) and lines[end][0] == quoted:
            end += 1
        body = Markup("<br>").join(_inline(line, reader, verbatim=verbatim) for _, line in lines[start:end])
        shown += Markup("<blockquote>{}</blockquote>").format(body) if quoted else body
        start = end
    return shown


def _quoted(text: str) -> Iterator[tuple[bool, str]]:
    rest = False
    for line in text.split("\n"):
        if line.startswith((">>>", "&gt;&gt;&gt;")):
            rest = True
            yield True, line.removeprefix(">>>").removeprefix("&gt;&gt;&gt;").lstrip()
        elif rest:
            yield True, line
        else:
            mark = _QUOTE.match(line)
            yield mark is not None, line[mark.end() :] if mark else line


def _inline(text: str, reader: Reader, *, verbatim: bool) -> Markup:
    shown = Markup()
    end = 0
    for found in _INLINE.finditer(text):
        shown += _plain(text[end : found.start()])
        shown += _span(found, reader, verbatim=verbatim)
        end = found.end()
    return shown + _plain(text[end:])


def _span(found: re.Match[str], reader: Reader, *, verbatim: bool) -> Markup:
    kind = found.lastgroup or ""
    inner = found[kind]
    if kind == "code":
        return Markup("<code>{}</code>").format(unescape(inner))
    if kind == "token":
        return _token(inner, reader)
    if kind == "bare":
        return _plain(inner) if verbatim else link(unescape(inner), unescape(inner))
    return _TAGGED[kind].format(_inline(inner, reader, verbatim=verbatim))


def _token(token: str, reader: Reader) -> Markup:
    target, _, label = (unescape(part) for part in token.partition("|"))
    if target.startswith("@"):
        return mention("@" + (label or reader.person(target[1:])))
    if target.startswith("#"):
        return mention("#" + (label or reader.channel(target[1:])))
    if target.startswith("!date^"):
        return date_token.render(target, fallback=label, now=reader.now)
    if target.startswith("!subteam^"):
        return mention(label or "@" + reader.group(target.removeprefix("!subteam^")))
    if target.startswith("!"):
        return mention("@" + (label or target[1:]))
    return link(target, label or target.removeprefix("mailto:"))


def _plain(text: str) -> Markup:
    return escape(with_emoji(unescape(text)))
