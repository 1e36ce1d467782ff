"""Persons as they are found and made, for the tests of what is known of them."""

from datetime import datetime

from domain.ids import CustomerId, LinkId, PersonId
from domain.keyring import Keyring
from flows.people.identify import person_keys
from flows.ports.store import PersonKey, UnsubscribeRow
from storage.store import SqlStore
from tests.databases import KEYRING
from tests.storage.samples import NOW, new_id


def keys(customer: str, address: str | None = None, *, keyring: Keyring = KEYRING) -> list[PersonKey]:
    return person_keys(keyring, customer_id=CustomerId(customer), address=address)


async def identify(store: SqlStore, wanted: list[PersonKey]) -> PersonId:
    async with store.begin() as unit:
        person = await unit.people.identify(wanted, new_id=PersonId(new_id()), now=NOW)
        await unit.commit()
    return person


async def find(store: SqlStore, wanted: list[PersonKey]) -> PersonId | None:
    async with store.read() as unit:
        return await unit.people.find(wanted)


def unsubscribe(person: PersonId, *, at: datetime = NOW) -> UnsubscribeRow:
    row_id = LinkId(new_id())
    return UnsubscribeRow(id=row_id, token_digest=f"of {row_id}", key_id="key", person_id=person, made_at=at)
