"""The keys by which the person behind a customer is found: keyed hashes of id and address."""

from domain.ids import CustomerId
from domain.keyring import Keyring
from flows.ports.store import PersonKey


def person_keys(keyring: Keyring, *, customer_id: CustomerId, address: str | None) -> list[PersonKey]:
    """Return a person's keys, the customer id first: the first known key wins."""
    keys = [PersonKey(kind="customer", digests=keyed_digests(keyring, "customer", customer_id))]
    if address:
        keys.append(PersonKey(kind="address", digests=address_digests(keyring, address)))
    return keys


def address_digests(keyring: Keyring, address: str) -> tuple[tuple[str, str], ...]:
    """Hash an address under every secret key, the current one first."""
    return keyring.address_hashes(address)


def keyed_digests(keyring: Keyring, purpose: str, value: str) -> tuple[tuple[str, str], ...]:
    """Hash a value for a purpose under every secret key, the current one first."""
    return tuple((key_id, keyring.mac(purpose, value.encode(), key_id=key_id).hex()) for key_id in keyring.key_ids)
