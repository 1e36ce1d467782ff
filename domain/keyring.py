"""The secret keys: what is derived from them, and under which name each is remembered."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

from domain.ids import LinkId
from domain.person import fold_address, older_folds

PURPOSES = frozenset(
    {
        "link", "offer", "undo", "unsubscribe", "back", "code", "promotion", "agreed", "address", "audit", "customer",
        "card", "holdout", "portal", "not_asked_for",
    }
)  # fmt: skip
"""What a key is used for. Each has a subkey of its own, so that what is made for one is worth nothing for another."""


class UnknownKey(LookupError):
    """A row names a key that is not among the secret keys any more."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"no secret key with the id {key_id} is configured")
        self.key_id = key_id


class Keyring:
    """One or more secret keys. New rows use the first; each row names its key by an id that reveals nothing of it."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Take the keys, the current one first; none or the same one twice raises ValueError."""
        self._keys = {_key_id(key): key.encode() for key in keys}
        if not keys or len(self._keys) != len(keys):
            raise ValueError("a keyring needs one or more different keys")

    def __repr__(self) -> str:
        return f"Keyring({', '.join(self.key_ids)})"

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The ids of all keys, the current one first."""
        return tuple(self._keys)

    @property
    def current(self) -> str:
        """The id of the key that new rows use."""
        return self.key_ids[0]

    def mac(self, purpose: str, message: bytes, *, key_id: str | None = None) -> bytes:
        """Compute the HMAC-SHA256 of a message under a key's subkey for a purpose; without `key_id` the current key's.

        A key that is not there raises UnknownKey, a purpose that is not among PURPOSES ValueError.
        """
        if purpose not in PURPOSES:
            raise ValueError(f"{purpose} is no purpose of a key")
        key_id = key_id or self.current
        if key_id not in self._keys:
            raise UnknownKey(key_id)
        subkey = hmac.digest(self._keys[key_id], b"winback subkey\0" + purpose.encode(), sha256)
        return hmac.digest(subkey, message, sha256)

    def link_token(self, link_id: UUID, purpose: str, key_id: str) -> str:
        """Compute a link's token, which is never stored: 43 characters that are safe in a URL."""
        return urlsafe_b64encode(self.mac(purpose, link_id.bytes, key_id=key_id)).rstrip(b"=").decode()

    def address_hashes(self, address: str) -> tuple[tuple[str, str], ...]:
        """Hash an address under every key, as `(key id, 64 hex digits)`: the current first, older forms last."""
        folds = (fold_address(address), *older_folds(address))
        return tuple(
            (key_id, self.mac("address", fold.encode(), key_id=key_id).hex())
            for fold in folds
            for key_id in self.key_ids
        )

    def code(self, link_id: LinkId, number: int, key_id: str) -> str:
        """Make the `number`-th six-digit code of a link. Of 2²⁵⁶ values no code is measurably likelier than another."""
        digest = self.mac("code", link_id.bytes + number.to_bytes(8, "big"), key_id=key_id)
        return f"{int.from_bytes(digest, 'big') % 1_000_000:06}"


def token_digest(token: str) -> str:
    """Return the SHA-256 by which a token's row is found, as 64 hexadecimal digits."""
    return sha256(token.encode()).hexdigest()


def code_matches(typed: str, code: str) -> bool:
    """Compare a typed code with the right one in constant time; spaces between the digits do not matter."""
    return hmac.compare_digest("".join(typed.split()).encode(), code.encode())


def _key_id(key: str) -> str:
    return sha256(b"winback key id\0" + key.encode()).hexdigest()[:8]
