"""The values of buttons, menus and forms: we wrote them, and a client may send others."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

_MOST = 3000
"""Slack: a form's `private_metadata` and a text entry have at most 3,000 characters, a button's value 2,000."""
_MOST_NUMBER = 2**31 - 1


class UnreadableValue(ValueError):
    """A button, menu or form sent a value that we didn't write. The message never repeats it."""

    def __init__(self) -> None:
        super().__init__("a value that isn't ours")


@contextmanager
def own_value() -> Iterator[None]:
    """Raise UnreadableValue where reading a value fails; as a decorator too."""
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError):
        raise UnreadableValue from None


@own_value()
def own_text(where: Mapping[str, Any], key: str = "value") -> str:
    """Return a text of a button or a form that a database can hold; raises UnreadableValue for anything else."""
    text = where[key]
    if not isinstance(text, str) or len(text) > _MOST or "\0" in text:
        raise UnreadableValue
    text.encode()  # half of a surrogate pair is no text
    return text


def read_id(value: str) -> UUID:
    """Read one of our ids; raises UnreadableValue."""
    with own_value():
        return UUID(value)


def read_number(value: str) -> int:
    """Read a whole number from 0 that any database can hold; raises UnreadableValue."""
    with own_value():
        number = int(value)
    if not 0 <= number <= _MOST_NUMBER:
        raise UnreadableValue
    return number
