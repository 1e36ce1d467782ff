"""Whether a secret key can be guessed: what people make up by hand is refused, what a generator prints is not."""

import math
import re
from collections import Counter
from itertools import pairwise

SHORTEST = 32
_LEAST_BITS = 80  # by the frequency of its characters; 32 hexadecimal digits have about 115
_PLACEHOLDERS = ("changeme", "password", "secret", "example", "placeholder", "default", "qwerty", "letmein", "winback")
_PAIRS = frozenset({
    "al", "an", "ar", "as", "at", "ch", "co", "de", "ea", "ed", "ei", "el", "en", "er", "es", "et", "ha", "he", "hi",
    "ic", "ie", "in", "io", "is", "it", "le", "li", "ll", "ma", "me", "nd", "ne", "ng", "nt", "of", "on", "or", "ou",
    "ra", "re", "ri", "ro", "se", "si", "st", "te", "th", "ti", "to", "us", "ve",
})  # fmt: skip
"""The commonest pairs of letters in European languages: about half of those in a text, one in twelve of those drawn."""
_COMMON, _OTHER, _CAPITAL_WITHIN = math.log(0.5 / 0.08), math.log(0.5 / 0.92), -1.2
_WORDS = 12.0
"""Where the odds that it is words are beyond 100,000 to 1. Of a generator's keys, which mix capitals in, not one in
a hundred million comes so far; of letters drawn in one case, not one in a hundred thousand."""
_LEET = str.maketrans("013457$@!", "oieastsai")


def weakness(secret: str) -> str | None:
    """Return what makes a secret easy to guess, as the rest of a sentence about it; None for a good one."""
    if len(secret) < SHORTEST:
        return f"is too short to be a secret: at least {SHORTEST} characters"
    if len(set(secret)) == 1:
        return "is one character over and over: anybody can guess it"
    if any(secret[step:] == secret[:-step] for step in range(1, len(secret) // 2 + 1)):
        return "repeats a shorter text: anybody can guess it"
    plain = (secret.lower(), secret.lower().translate(_LEET))
    if any(word in re.sub(r"[^a-z0-9]", "", each) for each in plain for word in _PLACEHOLDERS):
        return "is made of a word that everybody tries first, such as changeme or secret"
    steps = [ord(after) - ord(before) for before, after in pairwise(secret)]
    if sum(step in {-1, 0, 1} for step in steps) > 0.7 * len(steps):
        return "is a row of neighbouring characters: anybody can guess it"
    if _bits(secret) < _LEAST_BITS:
        return "has too few different characters to be a secret"
    return "reads like words, which can be guessed" if _reads_like_words(secret) else None


def _bits(secret: str) -> float:
    length = len(secret)
    return sum(count * math.log2(length / count) for count in Counter(secret).values())


def _reads_like_words(secret: str) -> bool:
    """Return whether the pairs of letters are those of words; what is drawn mixes digits and capitals in."""
    if sum(map(str.isdigit, secret)) > len(secret) / 5:
        return False
    pairs = [first + second for first, second in pairwise(secret) if (first + second).isalpha()]
    odds = sum(_COMMON if pair.lower() in _PAIRS else _OTHER for pair in pairs)
    return odds + _CAPITAL_WITHIN * sum(pair[0].islower() and pair[1].isupper() for pair in pairs) >= _WORDS
