"""Other people's text, made safe to show: without invisible characters, cut to fit, masked."""

import unicodedata

from domain.billing.subscription import Customer

ELLIPSIS = "…"

_JOINER = "\N{ZERO WIDTH JOINER}"
# Format characters that letters and emoji need: joiners, variation tags of flags. All others (bidirectional
# overrides and isolates, zero-width spaces, soft hyphens) can make text look like something it is not.
_NEEDED = frozenset({_JOINER, "\N{ZERO WIDTH NON-JOINER}", *map(chr, range(0xE0020, 0xE0080))})
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_MASKED_WORDS = 3


def plain(text: str) -> str:
    """Strip control characters (line breaks stay), bidirectional overrides and other invisible ones."""
    broken = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return "".join(_seen(character) for character in broken).strip()


def one_line(text: str) -> str:
    """Make one line of a text, stripped as by `plain`, with single spaces."""
    return " ".join(plain(text).split())


def cut(text: str, length: int) -> str:
    """Cut to at most `length` characters, the ellipsis included, never inside of what is seen as one character."""
    if len(text) <= length:
        return text
    end = length - len(ELLIPSIS)
    while end > 0 and _joined(text, end):
        end -= 1
    return text[:end].rstrip() + ELLIPSIS


def isolated(text: str) -> str:
    """Keep a name that is written from right to left from turning the line around it (Unicode: isolates)."""
    turns = any(unicodedata.bidirectional(character) in {"R", "AL"} for character in text)
    return f"\N{FIRST STRONG ISOLATE}{text}\N{POP DIRECTIONAL ISOLATE}" if turns else text


def _seen(character: str) -> str:
    if character in "\n\t":
        return character
    hidden = unicodedata.category(character) in {"Cc", "Cf", "Cs"} and character not in _NEEDED
    return "" if hidden else character


def _joined(text: str, at: int) -> bool:
    """Return whether the characters before and after a place are seen as one; a family of emoji is one."""
    before, after = text[at - 1], text[at]
    if (
        unicodedata.category(after).startswith("M")
        or after in _NEEDED
        or before == _JOINER
        or ord(after) in _SKIN_TONES
    ):
        return True
    if ord(after) in _FLAG_LETTERS:
        run = len(text[:at]) - len(text[:at].rstrip("".join(map(chr, _FLAG_LETTERS))))
        return run % 2 == 1
    return False


def mask_customer(customer: Customer) -> tuple[str | None, str | None]:
    """Mask a customer's name and address; None for what is not on file."""
    return (
        mask_name(customer.name) or None if customer.name else None,
        mask_address(customer.email) if customer.email else None,
    )


def mask_address(address: str) -> str:
    """Mask an email address: "dana@acme.com" becomes "d…a@a…e.com". What is no address is masked as one word."""
    local, at, domain = one_line(address).rpartition("@")
    if not at:
        return _mask_word(domain)
    host, dot, ending = domain.rpartition(".")
    return (
        f"{_mask_word(local)}@{_mask_word(host)}{dot}{ending}" if dot else f"{_mask_word(local)}@{_mask_word(domain)}"
    )


def mask_name(name: str) -> str:
    """Mask a name by its words' first letters: "Dana Scully" becomes "D… S…"; at most three words."""
    return " ".join(word[0] + ELLIPSIS for word in one_line(name).split()[:_MASKED_WORDS])


def _mask_word(word: str) -> str:
    """Keep the first and the last of four and more characters, the first of two or three, else nothing."""
    if len(word) < 2:
        return ELLIPSIS
    return word[0] + ELLIPSIS + (word[-1] if len(word) > 3 else "")
