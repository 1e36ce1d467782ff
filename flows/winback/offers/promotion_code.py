"""A customer's own promotion code: readable, hard to guess, and the same each time it is made."""

from domain.ids import OfferId
from domain.keyring import Keyring

_LETTERS = "CDFGHJKMNPQRTVWXY34679"
"""Letters that can't be mistaken for one another, read aloud or in print; without vowels they spell nothing."""
_GROUP = 4


def promotion_code(keyring: Keyring, offer_id: OfferId, *, number: int, key_id: str) -> str:
    """Return the `number`-th code of an offer, like "BACK-7KQM-3WXP"."""
    digest = keyring.mac("promotion", offer_id.bytes + number.to_bytes(8, "big"), key_id=key_id)
    left, letters = int.from_bytes(digest, "big"), ""
    for _ in range(2 * _GROUP):
        left, each = divmod(left, len(_LETTERS))
        letters += _LETTERS[each]
    return f"BACK-{letters[:_GROUP]}-{letters[_GROUP:]}"
