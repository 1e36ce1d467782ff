from uuid import UUID

import pytest

from domain.ids import PersonId
from domain.person import Identity, fold_address, identify

ANN, BEN = PersonId(UUID(int=1)), PersonId(UUID(int=2))


@pytest.mark.parametrize(
    "address",
    ["dana@acme.com", "Dana@Acme.COM", "DANA@ACME.COM", " dana@acme.com\n"],
    ids=["same", "some", "all", "spaces"],
)
def test_an_address_is_the_same_however_it_is_capitalised(address: str) -> None:
    assert fold_address(address) == "dana@acme.com"


def test_addresses_are_folded_not_merely_lowered() -> None:
    assert fold_address("straße@acme.com") == fold_address("STRASSE@acme.com")


def test_tags_are_part_of_an_address() -> None:
    assert fold_address("dana+x@acme.com") != fold_address("dana@acme.com")


def test_nobody_holds_unknown_keys() -> None:
    assert identify([None, None]) is None
    assert identify([]) is None


def test_the_first_known_key_wins_and_the_others_are_merged() -> None:
    assert identify([None, BEN]) == Identity(person_id=BEN, merged=())
    assert identify([ANN, BEN]) == Identity(person_id=ANN, merged=(BEN,))
    assert identify([BEN, None, ANN, BEN]) == Identity(person_id=BEN, merged=(ANN,))
