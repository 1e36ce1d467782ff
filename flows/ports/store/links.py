"""Portal links: look-ups by agents, links, return tokens."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from domain.billing.portal_access import Purpose
from domain.billing.portal_changes import PortalChange, PortalState
from domain.ids import CustomerId, LinkId, LookupId, OfferId, StaffId, SubscriptionId


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupRow:
    """One look-up by an agent and what it found; the buttons that follow are checked against it.

    `found` holds the customers that matched; `subscription_id` is the one that was looked up, if any.
    """

    id: LookupId
    staff_id: StaffId
    at: datetime
    typed: str
    purpose: Purpose
    ticket: str | None
    found: tuple[CustomerId, ...] = ()
    subscription_id: SubscriptionId | None = None


class Lookups(Protocol):
    """Look-ups by agents, kept for the limits and for the buttons that follow."""

    async def lock_staff(self, staff_id: StaffId) -> None:
        """Lock out other transactions that count this agent's look-ups, until this one ends."""

    async def add(self, row: LookupRow) -> None:
        """Store a look-up."""

    async def get(self, lookup_id: LookupId) -> LookupRow | None:
        """Read one."""

    async def save(self, row: LookupRow) -> None:
        """Store what was found."""

    async def oldest(self) -> datetime | None:
        """Return the time of the oldest look-up, None if there is none."""

    async def prune(self, *, before: datetime) -> None:
        """Delete older ones, with what was typed."""

    async def count(self, staff_id: StaffId, *, now: datetime, span: timedelta) -> int:
        """Count the customers whom an agent looked up within the span for the first time in 24 hours."""

    async def room_at(self, staff_id: StaffId, *, now: datetime, span: timedelta, limit: int) -> datetime | None:
        """Return when fewer than `limit` of those that `count` counts are left; None: now."""

    async def is_repeat(self, row: LookupRow) -> bool:
        """Return whether the agent typed the same in the 24 hours before."""


LinkChannel = Literal["mail", "shown"]
LinkStep = Literal["sent_at", "opened_at", "code_entered_at", "returned_at"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    """A portal link. Its token is computed from the keyring; only the token's digest is stored.

    `sent_at` and so on are when each step was first taken. `opened_with` is the customer before the first opening;
    `changed` is what a read after their return showed to be different, None before it.
    """

    id: LinkId
    token_digest: str
    key_id: str
    customer_id: CustomerId
    purpose: Purpose
    subscription_id: SubscriptionId | None
    channel: LinkChannel
    made_by: StaffId
    made_at: datetime
    expires_at: datetime
    openings: int
    openings_left: int
    needs_code: bool
    code_number: int = 0  # rises with each code sent; 0: none yet
    code_expires_at: datetime | None = None
    code_tries_left: int = 0
    revoked_at: datetime | None = None
    revoked_by: StaffId | None = None
    sent_at: datetime | None = None
    opened_at: datetime | None = None
    code_entered_at: datetime | None = None
    returned_at: datetime | None = None
    opened_with: PortalState | None = None
    changed: tuple[PortalChange, ...] | None = None
    offer_id: OfferId | None = None  # the offer whose page it opens, in place of the portal

    @property
    def guessed_out(self) -> bool:
        """Whether wrong codes have used up all tries, which ends the link."""
        return self.code_number > 0 and self.code_tries_left <= 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRow:
    """A token for the return from the portal. It only makes us read a customer's subscriptions again.

    `link_id` is the link they came by; None for those of an earlier release.
    """

    id: LinkId
    token_digest: str
    customer_id: CustomerId
    made_at: datetime
    read_at: datetime | None
    link_id: LinkId | None = None


class Links(Protocol):
    """Links and return tokens."""

    async def add(self, row: LinkRow) -> None:
        """Store a link."""

    async def get(self, link_id: LinkId) -> LinkRow | None:
        """Read by id."""

    async def by_digest(self, token_digest: str) -> LinkRow | None:
        """Read by the token's digest."""

    async def of_staff(self, staff_id: StaffId, *, since: datetime) -> list[LinkRow]:
        """Return an agent's links, newest first."""

    async def lock_customer(self, customer_id: CustomerId) -> None:
        """Lock out other transactions that count this customer's links or codes, until this one ends."""

    async def of_customer(self, customer_id: CustomerId, *, since: datetime) -> list[LinkRow]:
        """Return a customer's links, oldest first."""

    async def count_guessed(self, *, since: datetime) -> int:
        """Count the links that wrong codes ended and whose last code was valid after `since`."""

    async def use_opening(self, link_id: LinkId, *, now: datetime) -> bool:
        """Use one opening; False if none is left, or the link has expired or was revoked."""

    async def give_back_opening(self, link_id: LinkId) -> None:
        """Return an opening that led nowhere, up to the first number."""

    async def revoke(self, link_id: LinkId, *, by: StaffId, at: datetime) -> bool:
        """Revoke; False: it was already."""

    async def record_step(self, link_id: LinkId, step: LinkStep, *, at: datetime) -> bool:
        """Record when a step was first taken; False: it was taken before."""

    async def keep_state(self, link_id: LinkId, state: PortalState) -> None:
        """Store the customer as they are before the first opening."""

    async def keep_changes(self, link_id: LinkId, changed: tuple[PortalChange, ...]) -> None:
        """Store what a read after the return showed to be different."""

    async def next_code(self, link_id: LinkId, *, expected_number: int, expires_at: datetime, tries: int) -> bool:
        """Begin a new code, guarded by the number of the last one."""

    async def use_try(self, link_id: LinkId) -> bool:
        """Use one try at the code; False: none is left."""

    async def give_back_try(self, link_id: LinkId) -> None:
        """Return a try with the right code."""

    async def add_return(self, row: ReturnRow) -> None:
        """Store a return token."""

    async def return_by_digest(self, token_digest: str) -> ReturnRow | None:
        """Read by the token's digest."""

    async def record_return(self, return_id: LinkId, *, now: datetime, not_since: datetime) -> bool:
        """Record a return; False if the last one was since `not_since`."""
