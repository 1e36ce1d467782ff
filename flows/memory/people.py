"""Who stands behind customers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from domain.ids import (
    CustomerId,
    PersonId,
    StaffId,
)
from flows.ports import AddressChange

PersonKeyKind = Literal["customer", "address"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonKey:
    """One key of a person: its keyed hashes, the current secret key's first, as `(key id, digest)`."""

    kind: PersonKeyKind
    digests: tuple[tuple[str, str], ...]


class People(Protocol):
    """Persons behind customers, found by keyed hashes only."""

    async def identify(self, keys: Sequence[PersonKey], *, new_id: PersonId, now: datetime) -> PersonId:
        """Find, create or merge: the first known key wins. A hit under an older secret key is re-written."""

    async def find(self, keys: Sequence[PersonKey]) -> PersonId | None:
        """Find only."""

    async def suppress(self, person_id: PersonId, *, by: StaffId | None, why: str, at: datetime) -> bool:
        """Never contact them again; False: it was so already."""

    async def suppressed(self, person_id: PersonId) -> bool:
        """Ask before anything is offered."""

    async def note_address_change(self, change: AddressChange) -> None:
        """Remember that an address changed (the newest time only)."""

    async def address_changed_at(self, customer_id: CustomerId) -> datetime | None:
        """Say when an address last changed, as far as we know."""
