"""Recording changes of customers' addresses: a new address must not be trusted with a link at once."""

from dataclasses import dataclass
from datetime import datetime

from domain.ids import PersonId
from flows.people.identify import person_keys
from flows.ports import StripeEvent
from flows.ports.context import Context


@dataclass(frozen=True, slots=True)
class AddressChanges:
    """Stores the time of the newest change and the person's keys."""

    context: Context

    async def note(self, event: StripeEvent, *, now: datetime) -> None:
        """Record the change in one stored `customer.updated`, and finish its inbox row."""
        change = self.context.webhooks.address_change(event)
        async with self.context.store.begin() as unit:
            if change is not None:
                await unit.people.note_address_change(change)
                for address in filter(None, (change.before, change.after)):
                    await unit.people.identify(
                        person_keys(self.context.keyring, customer_id=change.customer_id, address=address),
                        new_id=PersonId(self.context.new_id()),
                        now=now,
                    )
            await unit.inbox.finish(event.id)
            await unit.commit()
