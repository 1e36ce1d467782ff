"""Secrets: read from files (`NAME_FILE` is the path of one that holds `NAME`), and refused if they can be guessed."""

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

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


@dataclass(frozen=True, slots=True)
class UnreadableSecret:
    """Takes the place of a value whose file can't be read, so that the fault is reported with all others."""

    why: str


class SecretFiles(PydanticBaseSettingsSource):
    """Settings from the files named in `variables`, whose names are in lower case."""

    def __init__(self, settings_cls: type[BaseSettings], variables: Mapping[str, str | None]) -> None:
        super().__init__(settings_cls)
        self._variables = variables

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Read one value from its file; None without a file."""
        path = self._variables.get(f"{field_name}_file")
        if not path:
            return None, field_name, False
        if self._variables.get(field_name):
            return UnreadableSecret(f"is set, and so is {field_name.upper()}_FILE: keep one"), field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").strip(), field_name, False
        except (OSError, UnicodeDecodeError):
            return (UnreadableSecret(f"is in a file that can't be read ({field_name.upper()}_FILE)"), field_name, False)

    def __call__(self) -> dict[str, Any]:
        """Read the values of all named files."""
        values = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in values.items() if value is not None}
