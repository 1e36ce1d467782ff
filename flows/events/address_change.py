"""A customer's address on file changed: remembered, because a fresh address must not simply be trusted with a link."""

from datetime import datetime

from domain.ids import PersonId
from domain.keyring import Keyring
from flows.people.identify import keys_of
from flows.ports import NewId, StripeEvent, Webhooks
from flows.ports.store import Store


class AddressChanges:
    """Keeps the time of the newest change and the person's keys."""

    def __init__(self, *, store: Store, webhooks: Webhooks, keyring: Keyring, new_id: NewId) -> None:
        self._store = store
        self._webhooks = webhooks
        self._keyring = keyring
        self._new_id = new_id

    async def take_in(self, event: StripeEvent, *, now: datetime) -> None:
        """Work off one stored `customer.updated`."""
        change = self._webhooks.address_change(event)
        async with self._store.begin() as unit:
            if change is not None:
                await unit.people.note_address_change(change)
                for address in filter(None, (change.before, change.after)):
                    await unit.people.identify(
                        keys_of(self._keyring, customer_id=change.customer_id, address=address),
                        new_id=PersonId(self._new_id()),
                        now=now,
                    )
            await unit.inbox.finish(event.id)
            await unit.commit()
