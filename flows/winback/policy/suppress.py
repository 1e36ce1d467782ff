"""Suppressions: people who must never be contacted, named by an address or a customer id, known to us or not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.ids import CustomerId, PersonId, StaffId
from domain.permissions import Action
from flows.cancellations.withdraw_offers import suppress
from flows.failures import retry_conflicts
from flows.outbox.message_updates import CardUpdates
from flows.people.identify import keyed_digests
from flows.ports.context import Context
from flows.ports.store import AuditEntry, PersonKey, Suppression


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressedPerson:
    """A person who is never contacted, with their customers as far as we know them."""

    person_id: PersonId
    customers: Sequence[CustomerId]
    suppression: Suppression


@dataclass(frozen=True, slots=True)
class Suppressions:
    """The command line's list of people who are never contacted."""

    context: Context
    cards: CardUpdates

    async def add(self, who: str, *, by: StaffId, why: str, now: datetime) -> bool:
        """Suppress a person named by an address or a `cus_…`; False: they were suppressed already.

        What is open with them is withdrawn. Somebody we haven't seen yet is stored as a keyed hash and recognised
        later.
        """

        async def close() -> bool:
            async with self.context.store.begin() as unit:
                person_id = await unit.people.identify(
                    [self._key(who)], new_id=PersonId(self.context.new_id()), now=now
                )
                if not await suppress(unit, person_id, by=by, why=why, cards=self.cards, now=now):
                    return False
                action = Action.NEVER_CONTACT.value
                await unit.audit.append(AuditEntry(who=by, action=action, whom=str(person_id), at=now, note=why))
                await unit.commit()
            return True

        return await retry_conflicts(close)

    async def everybody(self) -> tuple[SuppressedPerson, ...]:
        """Return all suppressed people, oldest first."""
        async with self.context.store.read() as unit:
            return tuple(
                [
                    SuppressedPerson(
                        person_id=person_id, customers=await unit.people.customers(person_id), suppression=suppression
                    )
                    for person_id, suppression in await unit.people.suppressions()
                ]
            )

    def _key(self, who: str) -> PersonKey:
        if who.startswith("cus_"):
            return PersonKey(kind="customer", digests=keyed_digests(self.context.keyring, "customer", who))
        return PersonKey(kind="address", digests=self.context.keyring.address_hashes(who))
