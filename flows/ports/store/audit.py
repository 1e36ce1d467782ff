"""The record of who did what, and single moments that must be remembered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from domain.ids import StaffId


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Who did what to whom, when and with what outcome: our own and Stripe's ids only, no address, no link."""

    who: str
    action: str
    whom: str | None
    at: datetime
    outcome: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """A stored entry with its place in the chain; `mac` covers the entry and the row before."""

    number: int
    entry: AuditEntry
    key_id: str
    mac: str


class Audit(Protocol):
    """The append-only record, each row MACed with the one before under a key outside the database."""

    async def append(self, entry: AuditEntry) -> None:
        """Add a row; writers queue behind one another."""

    async def rows(self, *, after: int, limit: int) -> list[AuditRow]:
        """Read rows in order."""

    async def unknown(self, digests: Sequence[tuple[str, str]], *, new_id: UUID) -> UUID:
        """Give the id that stands in the record for an address which nobody has: the same one each time.

        `digests` are the address's, as `(key id, digest)`, the current key's first; a hit under an older key is
        re-written.
        """


class Checkpoints(Protocol):
    """Single moments that must be remembered: the first start, the watermark of polling, replays seen."""

    async def get(self, name: str) -> datetime | None:
        """Read a moment."""

    async def set(self, name: str, at: datetime) -> None:
        """Store a moment."""

    async def set_once(self, name: str, at: datetime) -> datetime:
        """Store a moment if there is none; return the one that stands."""

    async def first_sight(self, what: str, *, at: datetime, keep: timedelta) -> bool:
        """Remember something that must happen once; False: it was seen within `keep`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingPause:
    """All sending is paused: by whom, and since when."""

    by: StaffId
    at: datetime


class SendingPauses(Protocol):
    """Whether all sending is paused."""

    async def begin(self, *, by: StaffId, at: datetime) -> bool:
        """Pause; False: it was paused already."""

    async def end(self) -> bool:
        """Go on; False: it was not paused."""

    async def standing(self) -> SendingPause | None:
        """Say who paused it, None where it is not paused."""
