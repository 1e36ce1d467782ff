"""The indefinite article, which follows from how the next word sounds."""

_VOWELS = frozenset("aeiou")
_SPOKEN_LIKE_YOU_OR_WON = ("uni", "use", "usa", "uti", "eu", "one")
_LETTERS_THAT_BEGIN_WITH_A_VOWEL = frozenset("aefhilmnorsx")  # an SMS, an FTP, but a DNS
_NUMBERS_THAT_BEGIN_WITH_A_VOWEL = ("8", "11 ", "18 ")


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
