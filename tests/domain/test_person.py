from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ids import PersonId
from domain.person import Identity, address_spellings, fold_address, identify, older_folds

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


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("dana@xn--mller-kva.de", "dana@müller.de"),
        ("info@bücher-nord.de", "info@xn--bcher-nord-9db.de"),
        ("anna@xn--strae-oqa.de", "anna@straße.de"),
        ("dana@XN--MLLER-KVA.DE", "Dana@MÜLLER.de"),
        ("dana@mu\u0308ller.de", "dana@müller.de"),
        ("dana@mail.xn--mller-kva.de", "dana@mail.müller.de"),
        ("a@例え.テスト", "a@xn--r8jz45g.xn--zckzah"),
        ("a@例え。テスト", "a@例え.テスト"),
        ("olga@почта.рф", "olga@xn--80a1acny.xn--p1ai"),
    ],
)
def test_a_domain_has_two_spellings(one: str, other: str) -> None:
    assert fold_address(one) == fold_address(other)
    assert fold_address(other) in {each.lower() for each in address_spellings(one)}
    assert fold_address(one).isascii()


@pytest.mark.parametrize(
    ("one", "other"),
    [("straße.de", "strasse.de"), ("müller.de", "mueller.de"), ("müller.de", "muller.de"), ("ςας.gr", "σας.gr")],
)
def test_look_alike_domains_are_two(one: str, other: str) -> None:
    assert fold_address(f"a@{one}") != fold_address(f"a@{other}")


def test_a_plain_domain_has_one_spelling() -> None:
    assert address_spellings("Dana@ACME.com") == ("Dana@ACME.com",)
    assert address_spellings("nobody") == ("nobody",)


def test_older_hashes_stay_findable_unless_they_may_be_anothers() -> None:
    assert older_folds("Dana@MÜLLER.de") == ("dana@müller.de",)
    assert older_folds("dana@xn--mller-kva.de") == ("dana@müller.de",)
    assert older_folds("dana@acme.com") == ()
    assert older_folds("info@straße.de") == ()


@given(st.text(max_size=80))
def test_any_text_can_be_folded(text: str) -> None:
    assert fold_address(fold_address(text)) == fold_address(text)
    assert text in address_spellings(text)


def test_tags_are_part_of_an_address() -> None:
    assert fold_address("dana+x@acme.com") != fold_address("dana@acme.com")


def test_nobody_holds_unknown_keys() -> None:
    assert identify([None, None]) is None
    assert identify([]) is None


def test_the_first_known_key_wins_and_the_others_are_merged() -> None:
    assert identify([None, BEN]) == Identity(person_id=BEN, merged=())
    assert identify([ANN, BEN]) == Identity(person_id=ANN, merged=(BEN,))
    assert identify([BEN, None, ANN, BEN]) == Identity(person_id=BEN, merged=(ANN,))
