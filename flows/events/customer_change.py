"""Changes of customers, and reading again subscriptions that may have changed."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.ids import CustomerId, PersonId
from flows.cancellations.person_cards import PersonCards
from flows.cancellations.track_case import CaseTracker
from flows.effects import RefreshCustomer, RefreshSubscription
from flows.failures import Unavailable, ignore_missing
from flows.outbox.dispatcher import Attempt
from flows.people.identify import person_keys
from flows.ports import StripeEvent
from flows.ports.context import Context
from flows.ports.store import UnitOfWork


@dataclass(frozen=True, slots=True)
class CustomerChanges:
    """Works off `customer.updated` and `customer.deleted`."""

    context: Context
    person_cards: PersonCards

    async def record(self, event: StripeEvent, *, now: datetime) -> None:
        """Record the change in one stored event, and finish its inbox row."""
        async with self.context.store.begin(cause=event.id) as unit:
            if event.type == "customer.deleted" and event.subject is not None:
                address = self.context.webhooks.deleted_address(event)
                await self._deleted(unit, CustomerId(event.subject), address, now=now)
            else:
                await self._updated(unit, event, now=now)
            await unit.inbox.finish(event.id)
            await unit.commit()

    async def _updated(self, unit: UnitOfWork, event: StripeEvent, *, now: datetime) -> None:
        """Store the time of the newest change of an address, and the person's keys."""
        change = self.context.webhooks.address_change(event)
        if change is None:
            return
        await unit.people.record_address_change(change)
        for address in filter(None, (change.before, change.after)):
            keys = person_keys(self.context.keyring, customer_id=change.customer_id, address=address)
            person_id = await self.person_cards.identify(unit, keys, new_id=PersonId(self.context.new_id()), now=now)
            if await unit.cases.of_person(person_id):  # what this customer has may never have been read
                moment = change.changed_at.isoformat()
                read = RefreshCustomer(change.customer_id)
                await unit.outbox.add(read, key=f"address:{change.customer_id}:{moment}", due_at=now)

    async def _deleted(self, unit: UnitOfWork, customer_id: CustomerId, address: str | None, *, now: datetime) -> None:
        """Mark all subscriptions of a deleted customer, and withdraw open offers.

        The rows' versions rise, so that a read from before the deletion is repeated. Subscriptions that are read later
        say themselves that their customer is gone, but not which address they had: only the event tells whose they are.
        """
        keys = person_keys(self.context.keyring, customer_id=customer_id, address=address)
        await self.person_cards.identify(unit, keys, new_id=PersonId(self.context.new_id()), now=now)
        rows = await unit.observations.rows_of_customer(customer_id)
        for row in rows:
            facts = row.facts and replace(row.facts, customer_name=None, customer_email=None, customer_deleted=True)
            known = replace(row, facts=facts, version=row.version + 1)
            if not await unit.observations.save_row(known, expected_version=row.version):
                raise Unavailable("a subscription of the customer was changed at the same time")
        for person_id in dict.fromkeys(row.person_id for row in rows):
            await self.person_cards.update(unit, person_id, now=now)


@dataclass(frozen=True, slots=True)
class SubscriptionRefresh:
    """Runs `RefreshSubscription` and `RefreshCustomer`."""

    context: Context
    tracker: CaseTracker

    async def subscription(self, effect: RefreshSubscription, attempt: Attempt, now: datetime) -> None:
        """Read one subscription; one that Stripe no longer knows stays as it was seen last."""
        with ignore_missing():
            await self.tracker.refresh(effect.subscription_id, now=now)

    async def customer(self, effect: RefreshCustomer, attempt: Attempt, now: datetime) -> None:
        """Read all of a customer's subscriptions that have not ended, if Stripe still knows the customer."""
        with ignore_missing():
            for subscription in await self.context.billing.subscriptions_of(effect.customer_id):
                if subscription.ended_at is None:
                    await self.tracker.refresh(subscription.id, now=now)
