"""Portal links: questions of agents, links, ways back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from domain.billing.portal_access import Purpose
from domain.ids import (
    CustomerId,
    LinkId,
    LookupId,
    StaffId,
    SubscriptionId,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupRow:
    """One question of an agent, and what was found: the clicks that follow are held against it.

    `found` holds the customers that matched; `subscription_id` is the one that was asked by, if any.
    """

    id: LookupId
    staff_id: StaffId
    at: datetime
    typed: str
    purpose: Purpose
    ticket: str | None
    found: tuple[CustomerId, ...]
    subscription_id: SubscriptionId | None


class Lookups(Protocol):
    """Questions of agents, kept for limits and for the clicks that follow."""

    async def lock_staff(self, staff_id: StaffId) -> None:
        """Wait till no other unit counts this agent's questions; none can before this one has ended."""

    async def add(self, row: LookupRow) -> None:
        """Store a question; questions older than a day are dropped."""

    async def get(self, lookup_id: LookupId) -> LookupRow | None:
        """Read one."""

    async def save(self, row: LookupRow) -> None:
        """Store what was found."""

    async def count(self, staff_id: StaffId, *, since: datetime) -> int:
        """Count an agent's questions since a moment."""


LinkChannel = Literal["mail", "shown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    """A durable portal link. Its token is made anew from the keyring; only its digest is stored."""

    id: LinkId
    token_digest: str
    key_id: str
    customer_id: CustomerId
    purpose: Purpose
    subscription_id: SubscriptionId | None
    door: LinkChannel
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

    @property
    def guessed_out(self) -> bool:
        """Whether wrong codes have used up all tries: the link is over."""
        return self.code_number > 0 and self.code_tries_left <= 0


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

    async def give_back_try(self, link_id: LinkId) -> None:
        """Return a try that was right."""

    async def add_return(self, row: ReturnRow) -> None:
        """Store a way back."""

    async def return_by_digest(self, token_digest: str) -> ReturnRow | None:
        """Read a way back."""

    async def note_return(self, return_id: LinkId, *, now: datetime, not_since: datetime) -> bool:
        """Note a return, if the last one was before `not_since`."""
