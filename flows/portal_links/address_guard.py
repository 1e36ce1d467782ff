"""Whether a customer's address on file changed lately: a thief of an account changes it first."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.billing.subscription import Customer
from domain.ids import PersonId
from flows.cancellations.person_cards import PersonCards
from flows.cancellations.track_case import FIRST_START
from flows.failures import CALL_FAILURES
from flows.people.identify import person_keys
from flows.ports import AddressChange
from flows.ports.context import Context
from flows.ports.store import OVERLAP, WATERMARK

MOST_PAGES = 10
LONGEST_WALK = timedelta(seconds=3)
"""How long Stripe's events may be walked, in real time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshAddress:
    """The address on file changed lately, `at` when; None: that it did not could not be found out."""

    at: datetime | None


@dataclass(frozen=True, slots=True)
class AddressGuard:
    """Looks at what we know of an address, and at Stripe's events that we haven't worked through."""

    context: Context
    person_cards: PersonCards

    async def look(self, customer: Customer, *, now: datetime) -> FreshAddress | None:
        """Return the change if there was one lately; None: there was none.

        Call it after the customer was read, so that no change falls between.
        """
        since = now - self.context.settings.fresh_address
        async with self.context.store.read() as unit:
            known = await unit.people.address_changed_at(customer.id)
            first_start = await unit.checkpoints.get(FIRST_START)
            polled_to = await unit.checkpoints.get(WATERMARK)
            unfinished = await unit.inbox.unfinished_since(customer.id)
        if known is not None and known > since:
            return FreshAddress(at=known)
        # We store no event from before the first start; after it, all that was polled and worked through.
        if first_start is not None and first_start <= since:
            worked_to = (polled_to or first_start) - OVERLAP
            since = max(since, min(worked_to, unfinished or worked_to))
        try:
            async with asyncio.timeout(LONGEST_WALK.total_seconds()):
                changes = await self.context.billing.address_changes(customer.id, since=since, most_pages=MOST_PAGES)
        except (*CALL_FAILURES, TimeoutError):
            return FreshAddress(at=None)
        if changes:
            return FreshAddress(at=changes[0].changed_at)
        return await self._compare(customer, now=now)

    async def _compare(self, customer: Customer, *, now: datetime) -> FreshAddress | None:
        """Compare the address with those seen before; one that we never heard of counts from now."""
        if customer.email is None:
            return None
        keys = person_keys(self.context.keyring, customer_id=customer.id, address=customer.email)
        async with self.context.store.read() as unit:
            if await unit.people.knows_address(*keys) is not False:
                return None
        async with self.context.store.begin() as unit:
            change = AddressChange(customer_id=customer.id, changed_at=now, before=None, after=customer.email)
            await unit.people.record_address_change(change)
            await self.person_cards.identify(unit, keys, new_id=PersonId(self.context.new_id()), now=now)
            await unit.commit()
        return FreshAddress(at=now)
