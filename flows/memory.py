"""What the flows need to remember: one Unit is one transaction over a few small stores.

A Unit rolls back unless told to commit. Changes that were decided on something read are guarded by it, and answer
with `False` when it no longer stood: nothing was written then.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol
from uuid import UUID

from domain.card import Case, Comeback, Facts, Place
from domain.ids import (
    CaseId,
    CustomerId,
    EffectId,
    EventId,
    LinkId,
    LookupId,
    PersonId,
    StaffId,
    SubscriptionId,
)
from domain.observation import Observation
from domain.portal import Purpose
from flows.effects import Effect, EffectState, Lane, OutboxRow
from flows.ports import AddressChange, Notice

# --- What came in ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """A stored event that waits for its flow."""

    notice: Notice
    attempts: int


class Inbox(Protocol):
    """Events, stored once by their id."""

    async def add(self, notices: Sequence[Notice], *, received_at: datetime) -> int:
        """Store those not there yet; return how many were new."""

    async def claim(self, *, owner: UUID, wall: datetime, lease: timedelta, limit: int) -> list[InboxRow]:
        """Lease waiting rows and those whose lease ran out, oldest first; two of one subject never at once."""

    async def finish(self, event_id: EventId) -> None:
        """Mark done."""

    async def retry(self, event_id: EventId, *, at: datetime, fault: str) -> None:
        """Give back, not before `at` (wall time)."""

    async def give_back(self, *, owner: UUID | None) -> None:
        """Give back all leases of an owner that stops, or (None) of everybody: for who alone is left to work."""

    async def backlog(self) -> int:
        """Count what waits."""

    async def newest(self) -> datetime | None:
        """Say when the newest stored event was created."""


# --- What goes out --------------------------------------------------------------------------------------------------


class Outbox(Protocol):
    """Effects to be done."""

    async def add(self, effect: Effect, *, due_at: datetime, key: str | None = None) -> EffectId | None:
        """Ask for an effect once; with a `key` already there (done or not), nothing is added and None returned."""

    async def want(self, effect: Effect, *, key: str, due_at: datetime) -> EffectId:
        """Ask for desired state: one row a key.

        Asking again raises `wanted`, wakes a finished row and brings a waiting one's `due_at` forward, never back.
        """

    async def claim(
        self, *, owner: UUID, now: datetime, wall: datetime, lease: timedelta, limit: int, probed: Lane | None = None
    ) -> list[OutboxRow]:
        """Lease what is due (`due_at <= now`, `retry_at <= wall`) in lanes that are not paused, oldest first.

        Rows whose lease ran out are claimed too, with `attempt_started_at` as it was left. `probed` names a paused lane
        to take from instead, to find out whether it works again.
        """

    async def attempt(self, effect_id: EffectId, *, owner: UUID, wall: datetime) -> bool:
        """Note that a call with an effect begins; False: the lease is no longer ours."""

    async def no_effect(self, effect_id: EffectId, *, owner: UUID) -> None:
        """Note that the attempt surely had no effect."""

    async def placed(self, effect_id: EffectId, *, owner: UUID, place: Place | None) -> bool:
        """Note where the message stands (None: it is gone), and that the attempt is settled."""

    async def done(self, effect_id: EffectId, *, owner: UUID, shown: int) -> bool:
        """Note what was done; a row whose `wanted` has grown since waits again."""

    async def later(self, effect_id: EffectId, *, owner: UUID, retry_at: datetime, fault: str) -> bool:
        """Give back for a later attempt (wall time); `attempt_started_at` stays as it is."""

    async def settle(self, effect_id: EffectId, *, owner: UUID, state: EffectState, fault: str) -> bool:
        """End it as dead or unclear, with the reason."""

    async def retry(self, effect_id: EffectId) -> bool:
        """Bring a dead row back to life; False where it is not dead."""

    async def row(self, effect_id: EffectId) -> OutboxRow | None:
        """Read one row."""

    async def by_key(self, key: str) -> OutboxRow | None:
        """Read the row of a key."""

    async def listed(self, *, states: Sequence[EffectState], limit: int) -> list[OutboxRow]:
        """List rows by state, newest first."""

    async def counts(self) -> dict[EffectState, int]:
        """Count rows by state."""

    async def next_due(self, *, now: datetime, wall: datetime) -> timedelta | None:
        """Say how long till something is due; zero or less: now; None: nothing waits."""

    async def give_back(self, *, owner: UUID | None) -> None:
        """Give back all leases of an owner that stops, or (None) of everybody: for who alone is left to work."""

    async def pause(self, lane: Lane, *, at: datetime, why: str) -> bool:
        """Pause a lane; False: it was paused already."""

    async def resume(self, lane: Lane) -> bool:
        """Let a lane run again; False: it was not paused."""

    async def paused(self) -> dict[Lane, str]:
        """Say which lanes are paused, and why."""


# --- What is known --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionRow:
    """A subscription we have seen. `version` rises with each read that was taken in."""

    id: SubscriptionId
    customer_id: CustomerId
    person_id: PersonId
    created_at: datetime
    was_live: bool
    facts: Facts | None
    version: int


class Observations(Protocol):
    """All that was ever seen of subscriptions."""

    async def version(self, subscription_id: SubscriptionId) -> int:
        """Say the row's version, 0 where there is none yet."""

    async def row(self, subscription_id: SubscriptionId) -> SubscriptionRow | None:
        """Read a subscription's row."""

    async def save_row(self, row: SubscriptionRow, *, expected_version: int) -> bool:
        """Insert (expected 0) or update, guarded by the version."""

    async def add(self, observations: Sequence[Observation]) -> int:
        """Add those not there yet (by source id); return how many were new."""

    async def of(self, subscription_id: SubscriptionId) -> list[Observation]:
        """All observations of a subscription, in no order that matters."""

    async def rows_of_person(self, person_id: PersonId) -> list[SubscriptionRow]:
        """All subscriptions of a person."""


class Cases(Protocol):
    """Cases and what people did with them."""

    async def get(self, case_id: CaseId) -> Case | None:
        """Read one case."""

    async def of_subscription(self, subscription_id: SubscriptionId) -> list[Case]:
        """All cases of a subscription, by the time of the request."""

    async def of_person(self, person_id: PersonId) -> list[Case]:
        """All cases of a person, by the time of the request."""

    async def add(self, case: Case) -> None:
        """Store a new case."""

    async def save(self, case: Case) -> bool:
        """Store a changed case under its version; False: somebody was faster. The stored version rises by one."""

    async def comeback(self, case: Case) -> Comeback | None:
        """Say how the person of a case is back, if they are: resumed, or by a later subscription that was live."""


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


# --- Portal links ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupRow:
    """One question of an agent: what was found, so that a later click carries a pointer only.

    `found` holds the customers that may be picked; `chosen` the one that was picked or the only one.
    """

    id: LookupId
    staff_id: StaffId
    at: datetime
    typed: str
    purpose: Purpose
    ticket: str | None
    found: tuple[CustomerId, ...]
    chosen: CustomerId | None
    subscription_id: SubscriptionId | None


class Lookups(Protocol):
    """Questions of agents, kept for limits and for the clicks that follow."""

    async def add(self, row: LookupRow) -> None:
        """Store a question; questions older than a day are dropped."""

    async def get(self, lookup_id: LookupId) -> LookupRow | None:
        """Read one."""

    async def save(self, row: LookupRow) -> None:
        """Store what was found or chosen."""

    async def count(self, staff_id: StaffId, *, since: datetime) -> int:
        """Count an agent's questions since a moment."""


LinkDoor = Literal["mail", "shown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    """A durable portal link. Its token is made anew from the keyring; only its digest is stored."""

    id: LinkId
    token_digest: str
    key_id: str
    customer_id: CustomerId
    purpose: Purpose
    subscription_id: SubscriptionId | None
    door: LinkDoor
    made_by: StaffId
    made_at: datetime
    expires_at: datetime
    openings: int
    openings_left: int
    needs_code: bool
    code_number: int  # rises with each code sent; 0: none yet
    code_expires_at: datetime | None
    code_tries_left: int
    revoked_at: datetime | None
    revoked_by: StaffId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRow:
    """The token of a way back from the portal: good for one thing, to have a customer's subscriptions read afresh."""

    id: LinkId
    token_digest: str
    customer_id: CustomerId
    made_at: datetime
    read_at: datetime | None


class Links(Protocol):
    """Links and ways back."""

    async def add(self, row: LinkRow) -> None:
        """Store a link."""

    async def get(self, link_id: LinkId) -> LinkRow | None:
        """Read by id."""

    async def by_digest(self, token_digest: str) -> LinkRow | None:
        """Read by the token's digest."""

    async def of_staff(self, staff_id: StaffId, *, since: datetime) -> list[LinkRow]:
        """List an agent's links, newest first."""

    async def use_opening(self, link_id: LinkId, *, now: datetime) -> bool:
        """Take one opening, if there is one, the link has not expired and is not revoked."""

    async def give_back_opening(self, link_id: LinkId) -> None:
        """Return an opening that led nowhere."""

    async def revoke(self, link_id: LinkId, *, by: StaffId, at: datetime) -> bool:
        """Revoke; False: it was already."""

    async def next_code(self, link_id: LinkId, *, expected_number: int, expires_at: datetime, tries: int) -> bool:
        """Begin a new code, guarded by the number of the one before."""

    async def use_try(self, link_id: LinkId) -> bool:
        """Take one try at the code; False: none is left."""

    async def add_return(self, row: ReturnRow) -> None:
        """Store a way back."""

    async def return_by_digest(self, token_digest: str) -> ReturnRow | None:
        """Read a way back."""

    async def note_return(self, return_id: LinkId, *, now: datetime, not_since: datetime) -> bool:
        """Note a return, if the last one was before `not_since`."""


# --- The record -----------------------------------------------------------------------------------------------------


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

    async def unknown(self, *, digest: str, key_id: str, new_id: UUID) -> UUID:
        """Give the id that stands in the record for an address which nobody has: the same one each time."""


class Marks(Protocol):
    """Single moments that must be remembered: the first start, the watermark of polling, replays seen."""

    async def get(self, name: str) -> datetime | None:
        """Read a moment."""

    async def set(self, name: str, at: datetime) -> None:
        """Store a moment."""

    async def set_once(self, name: str, at: datetime) -> datetime:
        """Store a moment if there is none; return the one that stands."""

    async def first_sight(self, what: str, *, at: datetime, keep: timedelta) -> bool:
        """Remember something that must happen once; False: it was seen within `keep`."""


class Unit(Protocol):
    """One transaction."""

    inbox: Inbox
    outbox: Outbox
    observations: Observations
    cases: Cases
    people: People
    lookups: Lookups
    links: Links
    audit: Audit
    marks: Marks

    async def commit(self) -> None:
        """Make it so; what was asked of the outbox wakes the worker that is listening."""


class Store(Protocol):
    """Memory. A database that is away raises `flows.failures.Unavailable`."""

    def begin(self) -> AbstractAsyncContextManager[Unit]:
        """Begin a transaction that writes; on SQLite writers queue here."""

    def read(self) -> AbstractAsyncContextManager[Unit]:
        """Begin a transaction that only reads."""

    async def receive(self, notice: Notice, *, received_at: datetime) -> bool:
        """Store one event and return once it is committed; those that wait together share one commit. False: known."""
