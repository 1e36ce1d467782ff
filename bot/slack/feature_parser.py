"""Read the feature that has shipped, and other words for it: `SSO = single sign-on, SAML`."""

import re

from domain.winback.rule_matching import ShippedFeature
from wording.sanitize import one_line

MOST_FEATURE = 80
MOST_SYNONYMS = 10
NO_NAME = "Name the feature before the `=`, as in `/winback shipped SSO = single sign-on, SAML`."
NO_SYNONYM = "Write other words for it after the `=`, as in `/winback shipped SSO = single sign-on, SAML`."
TOO_MANY = f"At most {MOST_SYNONYMS} other words, please: those that customers really write."
TOO_LONG = f"Name the feature in a few words, {MOST_FEATURE} characters at most: they stand in the email."
TOO_SHORT = "Other words need two letters at least: a single one would match almost any comment."
MENTIONED = (
    "That mentions a channel or a colleague. Name the feature in plain words: `/winback shipped single sign-on`."
)
ONE_SIGN = "Use one `=` only: the feature before it, other words for it behind, with commas between them."

_MENTION = re.compile(r"<[@#!][^>]*>")
_LINK = re.compile(r"<(?:mailto:|https?://)?([^<>|]*)(?:\|([^<>]*))?>")
_MARKED = re.compile(r"(?<!\w)([*_~`])(\S|\S.*?\S)\1(?!\w)")


def parse_feature(text: str) -> ShippedFeature | str:
    """Return the feature, or a sentence that says what to write instead; no synonyms means that none were given.

    Links stand for their label, and the signs of bold, italic and code around a word are dropped.
    """
    if _MENTION.search(text):
        return MENTIONED
    plain = _LINK.sub(lambda link: link[2] or link[1], text)
    plain = plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")  # as Slack writes them in commands
    before, sign, behind = plain.partition("=")
    name = _words(before)
    if "=" in behind:
        return ONE_SIGN
    if not _says_something(name):
        return NO_NAME
    synonyms: dict[str, str] = {}
    for each in filter(_says_something, map(_words, re.split("[,;]", behind))):
        synonyms.setdefault(each.casefold(), each)
    synonyms.pop(name.casefold(), None)
    if sign and not synonyms:
        return NO_SYNONYM
    if any(len(each) > MOST_FEATURE for each in (name, *synonyms.values())):
        return TOO_LONG
    if any(len(each) == 1 for each in synonyms.values()):
        return TOO_SHORT
    return ShippedFeature(name=name, synonyms=tuple(synonyms.values())) if len(synonyms) <= MOST_SYNONYMS else TOO_MANY


def _words(text: str) -> str:
    words, bare = one_line(text), ""
    while words != bare:  # signs within signs
        words, bare = _MARKED.sub(r"\2", words), words
    return one_line(words)


def _says_something(words: str) -> bool:
    return any(character.isalnum() for character in words)
