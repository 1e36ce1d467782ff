"""The three ways in which a call outside fails; each room classifies every failure as one of them.

Every button gets an answer: retried if somebody else was faster, or an answer that says what failed.
"""

import contextlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, TypeVar
from uuid import UUID

TRIES = 3
Result = TypeVar("Result")
Fault = Literal["request", "message", "destination", "credential"]


class Refused(Exception):
    """It did not happen, and trying again won't help.

    `fault` is what is wrong: the request, how a message was built (`message`), where it should go (`destination`) or
    our `credential`. `code` is the other side's own.
    """

    def __init__(self, why: str, *, fault: Fault, code: str) -> None:
        super().__init__(why)
        self.why = why
        self.fault = fault
        self.code = code


class Unavailable(Exception):
    """It did not happen, and trying again may help, not before `retry_after`."""

    def __init__(self, why: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.retry_after = retry_after


class LeftToAnother(Unavailable):
    """Another process does such things now: it takes this one over at once."""


class DatabaseUnavailable(Unavailable):
    """Our own database can't be used: it is down, locked, full or not migrated."""


class VersionConflict(Unavailable):
    """Somebody was faster: the row has changed, and nothing was written."""


class Unclear(Exception):
    """It may have happened: look it up before trying again."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


CALL_FAILURES = (Refused, Unavailable, Unclear)
MISSING = "resource_missing"
"""Stripe's code for an object that it does not know, or no longer."""


def is_missing(fault: BaseException) -> bool:
    """Return whether a call failed because Stripe does not know the object."""
    return isinstance(fault, Refused) and fault.code == MISSING


@contextlib.contextmanager
def ignore_missing() -> Iterator[None]:
    """End quietly what needs an object that Stripe no longer knows."""
    try:
        yield
    except Refused as refused:
        if not is_missing(refused):
            raise


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideFailure:
    """An answer: a call outside failed, and nothing was done. `what` is `stripe`, `database` or `permission`."""

    what: Literal["stripe", "database", "permission"]
    why: str
    reference: str


def describe_failure(fault: Refused | Unavailable | Unclear, about: UUID) -> OutsideFailure:
    """Return the answer for a failed call; its reference is the end of the id that the call was `about`."""
    reference = str(about)[-8:]
    if isinstance(fault, DatabaseUnavailable):
        return OutsideFailure(what="database", why=fault.why, reference=reference)
    lacking = isinstance(fault, Refused) and fault.fault == "credential"
    return OutsideFailure(what="permission" if lacking else "stripe", why=fault.why, reference=reference)


async def retry_conflicts(work: Callable[[], Awaitable[Result]]) -> Result:
    """Run something, again if somebody else was faster; raises Unavailable after three tries."""
    for _ in range(TRIES):
        with contextlib.suppress(VersionConflict):
            return await work()
    raise Unavailable("it kept changing meanwhile")


async def answer_failures(about: UUID, work: Callable[[], Awaitable[Result]]) -> Result | OutsideFailure:
    """Run something; a failed call becomes an answer with a reference to what it is `about`."""
    try:
        return await retry_conflicts(work)
    except CALL_FAILURES as fault:
        return describe_failure(fault, about)
