"""The persons behind customers, and the staff members of each role."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from domain.ids import CustomerId, LinkId, PersonId, StaffId
from domain.permissions import Role
from flows.ports import AddressChange

PersonKeyKind = Literal["customer", "address"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonKey:
    """One key of a person: its keyed hashes, the current secret key's first, as `(key id, digest)`."""

    kind: PersonKeyKind
    digests: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """A suppression. `by` None: the subscriber's own, which staff can't undo."""

    by: StaffId | None
    why: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsubscribeRow:
    """The token of a person's unsubscribe link; only its digest is stored."""

    id: LinkId
    token_digest: str
    key_id: str
    person_id: PersonId
    made_at: datetime


class People(Protocol):
    """Persons behind customers, found by keyed hashes only."""

    async def identify(self, keys: Sequence[PersonKey], *, new_id: PersonId, now: datetime) -> PersonId:
        """Find, create or merge a person: the first known key wins. Keys under older secret keys are updated.

        Where two are merged, the stricter suppression and cooldown stand; drawn both ways, they are held out no longer.
        """

    async def find(self, keys: Sequence[PersonKey]) -> PersonId | None:
        """Find only."""

    async def knows_address(self, customer: PersonKey, address: PersonKey) -> bool | None:
        """Return whether an address was seen with the person behind a customer.

        None: we know no such person, or no address of theirs.
        """

    async def customers(self, person_id: PersonId) -> list[CustomerId]:
        """Return a person's customers at Stripe of whom we know a subscription, oldest first."""

    async def suppress(self, person_id: PersonId, *, by: StaffId | None, why: str, at: datetime) -> bool:
        """Suppress a person; False: they were already.

        The subscriber's own request (`by` None) replaces one by staff.
        """

    async def suppressed(self, person_id: PersonId) -> bool:
        """Return whether a person is suppressed."""

    async def suppressed_among(self, person_ids: Collection[PersonId]) -> set[PersonId]:
        """Return those of many persons who are suppressed."""

    async def suppression(self, person_id: PersonId) -> Suppression | None:
        """Return who suppressed a person, when and why."""

    async def unsuppress(self, person_id: PersonId) -> bool:
        """End a suppression; False: there was none, or it is the subscriber's own."""

    async def suppressions(self) -> list[tuple[PersonId, Suppression]]:
        """Return all, oldest first."""

    async def draw_holdout(self, person_id: PersonId, *, drawn: bool) -> bool:
        """Store whether a person is in the holdout, once; return what is stored."""

    async def holdout(self, person_id: PersonId) -> bool | None:
        """Return whether a person is in the holdout; None: they were never drawn."""

    async def record_card(self, person_id: PersonId, digests: Sequence[tuple[str, str]]) -> None:
        """Record that a person pays with a card: its keyed hashes, the current secret key's first."""

    async def add_unsubscribe(self, row: UnsubscribeRow) -> None:
        """Store the token by which a person unsubscribes; it never expires."""

    async def unsubscribe_of(self, person_id: PersonId) -> UnsubscribeRow | None:
        """Read a person's newest."""

    async def unsubscribe_by_digest(self, token_digest: str) -> UnsubscribeRow | None:
        """Read by the token's digest."""

    async def record_address_change(self, change: AddressChange) -> None:
        """Record when an address changed, the newest time only; the addresses are not stored."""

    async def address_changed_at(self, customer_id: CustomerId) -> datetime | None:
        """Return when an address last changed, as far as we know."""


class RoleSnapshots(Protocol):
    """The members of each role at the last check."""

    async def known(self, role: Role) -> frozenset[StaffId] | None:
        """Return the members at the last check; None: there was none yet."""

    async def replace(self, role: Role, *, known: frozenset[StaffId] | None, members: frozenset[StaffId]) -> bool:
        """Store the members now, guarded by those `known` before."""
