"""The keys by which the person behind a customer is found: keyed hashes of id and address."""

from collections.abc import Sequence

from domain.ids import CustomerId
from domain.keyring import Keyring
from flows.ports.store import PersonKey, UnitOfWork


def person_keys(keyring: Keyring, *, customer_id: CustomerId, address: str | None) -> list[PersonKey]:
    """Return a person's keys, the customer id first: the first known key wins."""
    keys = [PersonKey(kind="customer", digests=keyed_digests(keyring, "customer", customer_id))]
    if address:
        keys.append(PersonKey(kind="address", digests=keyring.address_hashes(address)))
    return keys


async def are_several(unit: UnitOfWork, keys: Sequence[PersonKey]) -> bool:
    """Return whether these keys of one customer are held by several persons, whom `People.identify` will merge."""
    held = {await unit.people.find([key]) for key in keys}
    return len(held - {None}) > 1


def keyed_digests(keyring: Keyring, purpose: str, value: str) -> tuple[tuple[str, str], ...]:
    """Hash a value for a purpose under every secret key, the current one first."""
    return tuple((key_id, keyring.mac(purpose, value.encode(), key_id=key_id).hex()) for key_id in keyring.key_ids)
