"""The three ways in which a call to the outside fails; each room's classifier turns every failure into one of them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

Fault = Literal["request", "message", "destination", "credential"]


class Refused(Exception):
    """It did not happen, and asking again will not help.

    `fault` says what is wrong: what was asked (`request`), how a message was built (`message`), where it should go
    (`destination`) or the credential with which it was asked (`credential`). `code` is the other side's own word.
    """

    def __init__(self, why: str, *, fault: Fault, code: str) -> None:
        super().__init__(why)
        self.why = why
        self.fault = fault
        self.code = code


class Unavailable(Exception):
    """It did not happen, and may if asked again, not before `retry_after`."""

    def __init__(self, why: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.retry_after = retry_after


class DatabaseUnavailable(Unavailable):
    """Our own database could not be asked: it is away, locked, full or not migrated."""


class VersionConflict(Unavailable):
    """Somebody was faster: what was decided on no longer stands, and nothing was written."""


class Unclear(Exception):
    """It may have happened: look before asking again."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


CALL_FAILURES = (Refused, Unavailable, Unclear)


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
