"""Parse what a person types behind `/portal-link`: the customer, the page and the ticket."""

import html
import re
import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches

from email_validator import EmailNotValidError, validate_email

from bot.views import texts
from domain.billing.portal_access import Purpose
from flows.portal_links.answers import Address, Request

MOST_CHARACTERS = 1000
"""A longer text was pasted by mistake."""

MOST_TICKET = 80

_PURPOSES = {purpose.value: purpose for purpose in Purpose if purpose is not Purpose.HOME}
# Slack: "Escaping text in messages": <mailto:address|label>, <@U…>, <#C…|name>, <!channel>, <https://…|label>.
_MARKED = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
_STRIPE_ID = re.compile(r"(?:cus|sub)_[A-Za-z0-9]{1,64}")
# The audit log keeps it for good, so it must name nobody.
_TICKET = re.compile(rf"[\w./:#-]{{1,{MOST_TICKET}}}")
_QUOTES = "\"'`“”„‟‘’‚‛«»‹›,;()[]<>"
_STYLES = "*_~"  # Slack's bold, italic and struck; an address may begin with one of them
_INVISIBLE = frozenset({"Cc", "Cf"})


@dataclass(frozen=True, slots=True)
class UsageRequest:
    """The text is empty, or asks for help."""


@dataclass(frozen=True, slots=True)
class InvalidRequest:
    """The text can't be parsed; `sentence` says what is wrong."""

    sentence: str


def parse(text: str) -> Request | UsageRequest | InvalidRequest:
    """Parse a command's text, in every form in which Slack and clipboards deliver an address.

    It holds one address or one `cus_…` or `sub_…` id, then perhaps a page and a `#ticket` in any order.
    """
    if len(text) > MOST_CHARACTERS:
        return InvalidRequest(texts.TOO_LONG)
    found = _unmarked(text)
    if isinstance(found, InvalidRequest):
        return found
    tokens = [token for token in (each.strip(_QUOTES) for each in _nameless(found.split())) if token]
    if not tokens or tokens == ["help"]:
        return UsageRequest()
    return _sorted_out(tokens)


def first_address(text: str) -> str | None:
    """Return the first email address in a message's text, as written there, or None."""
    unmarked = _MARKED.sub(lambda mark: f" {mark[1].removeprefix('mailto:')} ", text[: MOST_CHARACTERS * 4])
    for token in html.unescape(unmarked).split():
        if "@" in token and (address := _address(token.strip(_QUOTES + ".:!?<>"))):
            return address.value
    return None


def is_ticket(text: str) -> bool:
    """Return whether a text can be a ticket's number or name."""
    return _TICKET.fullmatch(text) is not None


def _nameless(tokens: list[str]) -> list[str]:
    """Drop the name before an address in brackets, as in "Dana Scully <dana@acme.com>"."""
    bracketed = next((place for place, token in enumerate(tokens) if token.startswith("<") and "@" in token), 0)
    names = [token for token in tokens[:bracketed] if "@" not in token and not token.startswith("#")]
    dropped = {token for token in names if token.lower() not in _PURPOSES and not _STRIPE_ID.fullmatch(token)}
    return [token for token in tokens if token not in dropped]


def _sorted_out(tokens: list[str]) -> Request | InvalidRequest:
    """Sort the words into customer, page and ticket; each may be named once."""
    who: set[Address | str] = set()
    purposes: set[Purpose] = set()
    tickets: set[str] = set()
    for token in tokens:
        if token.lower() in _PURPOSES:
            purposes.add(_PURPOSES[token.lower()])
        elif token.startswith("#") and len(token) > 1:
            if not is_ticket(token[1:]):
                return InvalidRequest(texts.NO_TICKET)
            tickets.add(token[1:])
        elif _STRIPE_ID.fullmatch(token):
            who.add(token)
        elif address := _address(token):
            who.add(address)
        else:
            return _unknown(token) if who and "@" not in token else InvalidRequest(texts.NO_ADDRESS)
    for named, several in ((who, texts.TWO_CUSTOMERS), (purposes, texts.TWO_PURPOSES), (tickets, texts.TWO_TICKETS)):
        if len(named) > 1:
            return InvalidRequest(several)
    if not who:
        return InvalidRequest(texts.NOBODY_NAMED)
    return Request(
        who=who.pop(), purpose=purposes.pop() if purposes else Purpose.HOME, ticket=tickets.pop() if tickets else None
    )


def _unknown(word: str) -> InvalidRequest:
    similar = get_close_matches(word.lower(), _PURPOSES, n=1, cutoff=0.75)
    return InvalidRequest(texts.unknown_word_text(word, suggestion=next(iter(similar), None)))


def _unmarked(text: str) -> str | InvalidRequest:
    """Remove Slack's markup; refuses mentions, and mail links whose label is another address."""
    parts: list[str] = []
    end = 0
    for mark in _MARKED.finditer(text):
        target, label = mark[1], mark[2]
        parts.append(text[end : mark.start()])
        end = mark.end()
        if target.startswith(("!", "@", "#")):
            return InvalidRequest(texts.MENTION)
        scheme, _, address = target.partition(":")
        if scheme.lower() == "mailto":
            if label and "@" in label and _plain(label).strip().casefold() != _plain(address).strip().casefold():
                return InvalidRequest(texts.MISLEADING_LABEL)
            parts.append(f" <{address}> ")
        elif "@" in target:
            parts.append(f" <{target}> ")
        else:
            parts.append(label or target)  # a web link that Slack made of the "acme.com" in an address
    parts.append(text[end:])
    return _plain("".join(parts))


def _plain(text: str) -> str:
    """Undo entities and look-alike characters; turn every kind of space into one, and drop invisible characters."""
    return "".join(
        " " if character.isspace() else "" if unicodedata.category(character) in _INVISIBLE else character
        for character in unicodedata.normalize("NFKC", html.unescape(text))
    )


def _address(token: str) -> Address | None:
    """Return the address as it was typed, because Stripe distinguishes capitals, or None if it isn't one."""
    for spelling in (token, token.strip(_STYLES)):
        try:
            validate_email(spelling, check_deliverability=False)
        except EmailNotValidError:
            continue
        return Address(value=spelling)
    return None
