"""What a customer's own words ask of us: silence, or a person who reads them."""

import re
import unicodedata
from collections.abc import Iterable, Mapping


def find_phrase(comment: str | None, phrases: Mapping[str, Iterable[str]]) -> str | None:
    """Find the first of the phrases, of any language, that stands in a comment as whole words; None: none does.

    Case, kinds of apostrophe and the width of spaces do not matter.
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
