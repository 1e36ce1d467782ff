"""What becomes of the words a person types before an app is told of them (Slack: "Formatting text")."""

import re
from collections.abc import Iterable

from sandbox.slack.channels import Channel
from sandbox.slack.people import Person

_LINK = re.compile(
    r"(?P<mail>[\w.+'-]+@[\w-]+(?:\.[\w-]+)+)|(?P<url>https?://[^\s<>|]+)|(?<!\S)@(?P<user>[\w-]+)|(?<!\S)#(?P<channel>[\w-]+)"
)


def entities(text: str) -> str:
    """Escape the three characters Slack escapes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def as_sent(text: str, *, people: Iterable[Person], channels: Iterable[Channel]) -> str:
    """Return typed text as Slack sends it: entities escaped, links, addresses, people and channels marked up."""
    by_handle = {person.handle: person.id for person in people}
    by_name = {channel.name: channel for channel in channels}

    def mark(match: re.Match[str]) -> str:
        if mail := match["mail"]:
            return f"<mailto:{mail}|{mail}>"
        if url := match["url"]:
            return f"<{url}>"
        if match["user"] in by_handle:
            return f"<@{by_handle[match['user']]}>"
        if channel := by_name.get(match["channel"] or ""):
            return f"<#{channel.id}|{'' if channel.is_private else channel.name}>"
        return match[0]

    return _LINK.sub(mark, entities(text))
