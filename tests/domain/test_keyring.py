import hashlib
import hmac
from collections import Counter
from itertools import product
from uuid import UUID

import pytest

from domain.ids import LinkId
from domain.keyring import PURPOSES, Keyring, UnknownKey, code_matches, token_digest

OLD, NEW = "an old key of thirty-two characters", "a new key of thirty-two characters."
LINK, OTHER = LinkId(UUID(int=1)), LinkId(UUID(int=2))
RING = Keyring([NEW, OLD])


def test_the_first_key_is_the_current_one() -> None:
    assert RING.current == RING.key_ids[0] == Keyring([NEW]).current
    assert RING.key_ids == (Keyring([NEW]).current, Keyring([OLD]).current)


def test_an_id_tells_nothing_of_its_key() -> None:
    for key, key_id in zip((NEW, OLD), RING.key_ids, strict=True):
        assert len(key_id) == 8
        assert not hashlib.sha256(key.encode()).hexdigest().startswith(key_id)
    assert NEW not in repr(RING)
    assert RING.current in repr(RING)


@pytest.mark.parametrize("keys", [[], [NEW, NEW]], ids=["none", "twice the same"])
def test_a_keyring_needs_different_keys(keys: list[str]) -> None:
    with pytest.raises(ValueError, match="one or more different keys"):
        Keyring(keys)


def test_a_key_that_is_gone_is_named() -> None:
    with pytest.raises(UnknownKey, match="0badc0de") as raised:
        RING.mac("audit", b"", key_id="0badc0de")
    assert raised.value.key_id == "0badc0de"


def test_a_purpose_is_one_of_a_few() -> None:
    with pytest.raises(ValueError, match="gossip"):
        RING.mac("gossip", b"")


def test_what_is_made_for_one_purpose_or_by_one_key_is_worth_nothing_for_another() -> None:
    made = {RING.mac(purpose, b"same", key_id=key_id) for purpose, key_id in product(PURPOSES, RING.key_ids)}
    assert len(made) == 2 * len(PURPOSES)
    assert RING.mac("audit", b"same") == RING.mac("audit", b"same", key_id=RING.current)


def test_a_mac_is_hmac_sha256_under_a_subkey_so_that_stored_rows_stay_readable() -> None:
    subkey = hmac.new(NEW.encode(), b"winback subkey\0audit", "sha256").digest()
    assert RING.mac("audit", b"row") == hmac.new(subkey, b"row", "sha256").digest()


def test_a_links_token_can_be_made_anew_under_its_key_only() -> None:
    token = RING.link_token(LINK, "link", RING.current)
    assert token == Keyring([OLD, NEW]).link_token(LINK, "link", RING.current)
    assert len(token) == 43
    assert token.replace("-", "").replace("_", "").isalnum()
    others = {
        RING.link_token(OTHER, "link", RING.current),
        RING.link_token(LINK, "back", RING.current),
        RING.link_token(LINK, "link", RING.key_ids[1]),
    }
    assert len(others | {token}) == 4


def test_a_token_is_looked_up_by_its_sha256() -> None:
    assert token_digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_an_address_has_one_hash_however_it_is_capitalised() -> None:
    hashes = RING.address_hashes("dana@acme.com")
    assert hashes == RING.address_hashes("Dana@ACME.com")
    assert [key_id for key_id, _ in hashes] == list(RING.key_ids)
    assert len({digest for _, digest in (*hashes, *RING.address_hashes("dan@acme.com"))}) == 4
    assert {len(digest) for _, digest in hashes} == {64}


def test_codes_have_six_digits_and_each_is_another() -> None:
    codes = [RING.code(LINK, number, RING.current) for number in range(2000)]
    assert {len(code) for code in codes} == {6}
    assert all(code.isdecimal() for code in codes)
    assert len(set(codes)) > 1900
    assert RING.code(LINK, 1, RING.current) != RING.code(OTHER, 1, RING.current)
    assert min(Counter(code[0] for code in codes).values()) > 120  # of 200 expected: leading zeros are not lost


@pytest.mark.parametrize(
    ("typed", "right"),
    [("012345", True), (" 012 345 ", True), ("12345", False), ("012346", False), ("", False), ("０１２３４５", False)],
)
def test_a_code_matches_or_not(typed: str, right: bool) -> None:
    assert code_matches(typed, "012345") is right
