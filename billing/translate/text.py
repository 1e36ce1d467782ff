"""Other people's text from Stripe, made safe to store and show: names, comments, addresses."""

import unicodedata

from wording.sanitize import cut, plain

LONGEST = 5000
"""Stripe's own limit for a text; what an account holds from before it may be longer."""


def text(words: str | None) -> str | None:
    """Strip what can't be stored or isn't what it looks like, and cut; None where nothing is left."""
    return cut(plain(words), LONGEST) or None if isinstance(words, str) else None


def storable(words: str | None) -> str | None:
    """Strip only what no database stores, and control characters; addresses must not change more than that."""
    if not isinstance(words, str):
        return None
    return "".join(each for each in words if unicodedata.category(each) not in {"Cc", "Cs"})
