"""Parse what a person types behind `/portal-link`: the customer, the page and the ticket."""

import html
import re
import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches
from urllib.parse import unquote

from email_validator import EmailNotValidError, validate_email

from bot.views import texts
from domain.billing.portal_access import Purpose
from domain.person import fold_address
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
_QUOTES = "\"'`“”„‟‘’‚‛«»‹›<>"
_STOPS = ".:!?/\\|…。"  # what follows a pasted address, and no address ends with
_SEPARATORS = str.maketrans(dict.fromkeys(",;()[]", " "))  # none of them stands in an address
_PREFIX = re.compile(r"(?:mailto|e-?mail|from|to|cc):", re.IGNORECASE)
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
    tokens = [token for token in map(_bare, _nameless(found.split())) if token]
    if not tokens or [token.lower() for token in tokens] == ["help"]:
        return UsageRequest()
    return _sorted_out(tokens)


def first_address(text: str) -> str | None:
    """Return the first email address in a message's text, as written there, or None.

    A mail link that shows one address and hides another has none.
    """
    unmarked = _MARKED.sub(lambda mark: f" {_mail_address(mark) or ''} ", text[: MOST_CHARACTERS * 4])
    for token in _plain(unmarked).translate(_SEPARATORS).split():
        if "@" in token and (address := _address(_bare(token))):
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
    for _ in range(2):  # markup that was itself pasted arrives escaped
        for mark in _MARKED.finditer(text):
            if mark[1].startswith(("!", "@", "#")):
                return InvalidRequest(texts.MENTION)
            if _mail_address(mark) is None:
                return InvalidRequest(texts.MISLEADING_LABEL)
        text = _plain(_MARKED.sub(_shown, text))
    return text.translate(_SEPARATORS)


def _shown(mark: re.Match[str]) -> str:
    """Return what stands in place of a mark: an address in angle brackets, or the words of a link."""
    address = _mail_address(mark)
    # A web link is what Slack made of the "acme.com" in an address.
    return f" <{address}> " if address else mark[2] or mark[1]


def _mail_address(mark: re.Match[str]) -> str | None:
    """Return a mark's address, "" for a mark without one; None: its label is another address, or may pass for one."""
    target, label = _plain(mark[1]), _plain(mark[2] or "")
    if _PREFIX.match(target) is None and ("@" not in target or "://" in target):
        return ""
    address = _linked(target)
    shown = [_bare(token) for token in label.translate(_SEPARATORS).split() if "@" in token]
    same = all(fold_address(address) in {fold_address(each), fold_address(each.strip(_STYLES))} for each in shown)
    return address if same else None


def _linked(target: str) -> str:
    """Return the address of a mail link, without its subject and whatever else follows (RFC 6068)."""
    prefix = _PREFIX.match(target)
    address = unquote(target[prefix.end() :]) if prefix else target
    local, at, domain = address.partition("@")
    return (local + at + domain.partition("?")[0]).strip()


def _bare(token: str) -> str:
    """Return a word without quotes, brackets and stops around it, and an address without what a link adds."""
    bare = token.strip(_QUOTES).rstrip(_STOPS + _QUOTES)
    if "@" in bare:
        return _linked(bare).rstrip(_STOPS + _QUOTES)
    # The "Email:" before an address says nothing, nor does a dash after it.
    return "" if _PREFIX.fullmatch(f"{bare}:") or not any(map(str.isalnum, bare)) else bare


def _plain(text: str) -> str:
    """Undo entities and look-alike characters; turn every kind of space into one, and drop invisible characters."""
    return "".join(
        " " if character.isspace() else "" if unicodedata.category(character) in _INVISIBLE else character
        # o’brien: a keyboard's smart quote
        for character in unicodedata.normalize("NFKC", html.unescape(text)).replace("’", "'")
    )


def _address(token: str) -> Address | None:
    """Return the address as it was typed, because Stripe distinguishes capitals, or None if it isn't one."""
    for spelling in (token, token.strip(_STYLES), token.strip(_STYLES + _STOPS)):
        try:
            validate_email(spelling, check_deliverability=False)
        except EmailNotValidError:
            continue
        return Address(value=spelling)
    return None
