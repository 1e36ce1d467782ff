"""Find phrases in a customer's comment, such as "don't contact me"."""

import re
import unicodedata
from collections.abc import Iterable, Mapping


def find_phrase(comment: str | None, phrases: Mapping[str, Iterable[str]]) -> str | None:
    """Return the first phrase, in any language, that a comment contains as whole words, or None.

    Case, the kind of apostrophe and the width of spaces don't matter.
    """
    if comment is None:
        return None
    text = _plain(comment)
    for phrase in (each for language in phrases.values() for each in language):
        if re.search(rf"(?<!\w){re.escape(_plain(phrase))}(?!\w)", text):
            return phrase
    return None


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return " ".join(folded.split())
