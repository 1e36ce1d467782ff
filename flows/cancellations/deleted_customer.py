"""Customers who were deleted at Stripe: nothing can be offered to them any more, and their cards say so."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.ids import CustomerId
from flows.cancellations.person_cards import PersonCards
from flows.failures import Unavailable
from flows.ports import StripeEvent
from flows.ports.context import Context


@dataclass(frozen=True, slots=True)
class DeletedCustomers:
    """Works off `customer.deleted`; subscriptions that are read later say themselves that their customer is gone."""

    context: Context
    person_cards: PersonCards

    async def note(self, event: StripeEvent, *, now: datetime) -> None:
        """Note a deletion at all subscriptions of the customer, withdraw open offers, and finish the event.

        The rows' versions rise, so that a read from before the deletion is repeated.
        """
        async with self.context.store.begin(cause=event.id) as unit:
            rows = await unit.observations.rows_of_customer(CustomerId(event.subject)) if event.subject else []
            for row in rows:
                facts = row.facts and replace(row.facts, customer_name=None, customer_email=None, customer_deleted=True)
                known = replace(row, facts=facts, version=row.version + 1)
                if not await unit.observations.save_row(known, expected_version=row.version):
                    raise Unavailable("a subscription of the customer was changed at the same time")
            for person_id in dict.fromkeys(row.person_id for row in rows):
                await self.person_cards.update(unit, person_id, now=now)
            await unit.inbox.finish(event.id)
            await unit.commit()
