"""A person stands behind one or more customers, known by keys: customer ids and addresses."""

from collections.abc import Sequence
from dataclasses import dataclass

import idna

from domain.ids import PersonId

_ENCODED = "xn--"  # RFC 5890: the prefix of a label in ASCII form


def fold_address(address: str) -> str:
    """Return the form under which an address is compared: its local part case-folded, its domain in ASCII form."""
    local, at, domain = address.strip().rpartition("@")
    return local.casefold() + at + ascii_domain(domain)


def older_folds(address: str) -> tuple[str, ...]:
    """Return other forms under which hashes of an address may be stored, from when domains were merely case-folded.

    Forms that are another address' today are left out: "straße.de" was folded into "strasse.de", and whose hash that
    is can't be told any more.
    """
    folded = fold_address(address)
    older = dict.fromkeys(each.strip().casefold() for each in address_spellings(address))
    return tuple(each for each in older if each != folded and fold_address(each) == folded)


def address_spellings(address: str) -> tuple[str, ...]:
    """Return an address with its domain as written, in ASCII form and in Unicode form, each once (RFC 5890).

    A domain without foreign letters has one form, and the address comes back as it is.
    """
    local, at, domain = address.rpartition("@")
    encoded = ascii_domain(domain)
    if not at or _ENCODED not in encoded:
        return (address,)
    return tuple(dict.fromkeys(f"{local}@{each}" for each in (domain, encoded, _unicode_domain(encoded))))


def ascii_domain(domain: str) -> str:
    """Return a domain's ASCII form by IDNA 2008, in small letters; what is no such domain is case-folded."""
    if domain.isascii():
        return domain.lower()
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return domain.casefold()


def _unicode_domain(encoded: str) -> str:
    try:
        return idna.decode(encoded)
    except idna.IDNAError:
        return encoded


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
