"""Small English grammar: articles, capital letters, ordinals, counted nouns, lists."""

from collections.abc import Iterable

_VOWELS = frozenset("aeiou")
_SPOKEN_LIKE_YOU_OR_WON = ("uni", "use", "usa", "uti", "eu", "one")
_LETTERS_THAT_BEGIN_WITH_A_VOWEL = frozenset("aefhilmnorsx")  # an SMS, an FTP, but a DNS
_NUMBERS_THAT_BEGIN_WITH_A_VOWEL = ("8", "11 ", "18 ")
_WORDS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")


def ordinal(number: int) -> str:
    """Return which one of many: "second", "tenth" and beyond as "10th", "21st"; counts from 1."""
    if number <= len(_WORDS):
        return _WORDS[number - 1]
    if number % 100 in {11, 12, 13}:
        return f"{number}th"
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def count(number: int, singular: str, plural: str | None = None) -> str:
    """Return a number with its noun: "1 opening", "5 openings"."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def listed(words: Iterable[str], before_last: str = "and") -> str:
    """Return words as a list in a sentence: "red, green and blue"; of none: the empty text."""
    *others, last = [*words] or [""]
    return f" {before_last} ".join(filter(None, (", ".join(others), last)))


def with_article(noun: str) -> str:
    """Put "a" or "an" before a noun: "a Pro", "an API calls", "a Unit", "an SMS"."""
    return f"{'an' if _vowel_first(noun) else 'a'} {noun}"


def _vowel_first(noun: str) -> bool:
    if noun.startswith(_NUMBERS_THAT_BEGIN_WITH_A_VOWEL):
        return True
    word = (noun.split() or [""])[0]
    lower = word.lower()
    if word.isupper() and _VOWELS.isdisjoint(lower):
        return lower[0] in _LETTERS_THAT_BEGIN_WITH_A_VOWEL
    return lower[:1] in _VOWELS and not lower.startswith(_SPOKEN_LIKE_YOU_OR_WON)


def capital(text: str) -> str:
    """Begin a text with a capital letter, and leave the rest as it is."""
    return text[:1].upper() + text[1:]
