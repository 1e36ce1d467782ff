"""A person stands behind one or more customers, known by keys: customer ids and addresses."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.ids import PersonId


def fold_address(address: str) -> str:
    """Return the form under which an address is compared: without outer spaces, case-folded, local part included."""
    return address.strip().casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who somebody is, and which other persons turned out to be the same and are merged into them."""

    person_id: PersonId
    merged: tuple[PersonId, ...]


def identify(holders: Sequence[PersonId | None]) -> Identity | None:
    """Return who holds the keys of one customer, given each key's holder in the order of the keys.

    The first known key wins; others who hold one of them are merged. None: nobody holds any.
    """
    known = tuple(dict.fromkeys(holder for holder in holders if holder is not None))
    return Identity(person_id=known[0], merged=known[1:]) if known else None
