"""What goes first: everything that is done, and every call to Stripe, is done for somebody who waits or for nobody."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import IntEnum


class Priority(IntEnum):
    """What goes before what in a lane of the outbox, and in the queue before Stripe's limit."""

    WAITED_FOR = 0  # somebody looks at it: a press and its redraw, an approval's email, a customer's page
    NEW_CARD = 1  # a new cancellation
    SOON = 2  # edits, and what else Stripe knows of a case
    LATER = 3


_current: ContextVar[Priority] = ContextVar("priority", default=Priority.WAITED_FOR)


def current_priority() -> Priority:
    """Return the priority of what runs now: of a person's command or press, unless a worker has set another."""
    return _current.get()


@contextmanager
def at_priority(priority: Priority) -> Iterator[None]:
    """Run something, and what it starts, at a priority."""
    token = _current.set(priority)
    try:
        yield
    finally:
        _current.reset(token)
