"""The values of buttons, menus and forms: we wrote them, and a client may send others."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID


class UnreadableValue(ValueError):
    """A button, menu or form sent a value that we didn't write. The message never repeats it."""

    def __init__(self) -> None:
        super().__init__("a value that isn't ours")


@contextmanager
def own_value() -> Iterator[None]:
    """Raise UnreadableValue where reading a value fails; as a decorator too."""
    try:
        yield
    except (ValueError, LookupError, TypeError):
        raise UnreadableValue from None


@own_value()
def read_id(value: str) -> UUID:
    """Read one of our ids; raises UnreadableValue."""
    return UUID(value)
