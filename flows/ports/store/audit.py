"""The audit record, checkpoints, and the pause of all sending."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from domain.ids import StaffId


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Who did what to whom, when and with what result: our own and Stripe's ids only, no address, no link."""

    who: str
    action: str
    whom: str | None = None
    at: datetime
    outcome: str = "done"
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """A stored entry with its place in the chain; `mac` covers the entry and the row before."""

    number: int
    entry: AuditEntry
    key_id: str
    mac: str


class Audit(Protocol):
    """The append-only audit record; each row is MACed with the one before, under a key outside the database."""

    async def append(self, entry: AuditEntry) -> None:
        """Add a row; writers wait for one another."""

    async def rows(self, *, after: int, limit: int) -> list[AuditRow]:
        """Read rows in order."""

    async def head(self) -> str:
        """Return the head that is stored apart from the rows, as "number:mac"; "0:" before the first row."""

    async def unknown(self, digests: Sequence[tuple[str, str]], *, new_id: UUID) -> UUID:
        """Return the id that stands in the record for an address without a customer: the same each time.

        `digests` are the address's, as `(key id, digest)`, the current key's first; one under an older key is updated.
        """


class Checkpoints(Protocol):
    """Single times by name: the first start, how far polling came, when a job last ran."""

    async def get(self, name: str) -> datetime | None:
        """Read a time."""

    async def set(self, name: str, at: datetime) -> None:
        """Store a time."""

    async def set_once(self, name: str, at: datetime) -> datetime:
        """Store a time if there is none; return the stored one."""

    async def first_sight(self, what: str, *, at: datetime, keep: timedelta) -> bool:
        """Record something that may happen once within `keep`; False: it already has. `at` is wall time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingPause:
    """Who paused all sending, and when."""

    by: StaffId
    at: datetime


class SendingPauses(Protocol):
    """Whether all sending is paused."""

    async def begin(self, *, by: StaffId, at: datetime) -> bool:
        """Pause; False: it was already."""

    async def end(self) -> bool:
        """Resume; False: it was not paused."""

    async def current(self) -> SendingPause | None:
        """Return who paused it, None if it is not paused."""
