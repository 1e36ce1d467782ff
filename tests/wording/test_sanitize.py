from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wording.samples import CUSTOMER
from wording.sanitize import cut, mask_address, mask_customer, mask_name, one_line, plain

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
GERMANY = "\U0001f1e9\U0001f1ea"
WAVING = "\U0001f44b\U0001f3fd"


@pytest.mark.parametrize(
    ("text", "length", "expected"),
    [
        ("short", 5, "short"),
        ("longer", 5, "long…"),
        ("two words", 5, "two…"),
        (f"ab{FAMILY}c", 4, "ab…"),
        (f"ab{FAMILY}c", 7, "ab…"),
        (f"a{GERMANY}{GERMANY}", 3, "a…"),
        (f"a{GERMANY}{GERMANY}", 4, f"a{GERMANY}…"),
        (f"a{WAVING}bc", 3, "a…"),
        ("ae\u0301bc", 3, "a…"),
        ("❤\ufe0f and more", 2, "…"),
    ],
)
def test_text_is_cut_between_what_is_seen(text: str, length: int, expected: str) -> None:
    assert cut(text, length) == expected


@given(st.text(), st.integers(min_value=1, max_value=40))
def test_cut_text_is_never_too_long_and_is_a_beginning(text: str, length: int) -> None:
    short = cut(text, length)
    assert len(short) <= length
    assert short == text or text.startswith(short.removesuffix("…"))


def test_what_changes_how_text_is_seen_is_stripped() -> None:
    assert plain("a\u202egpj.exe\u202c\x00\u200b\ufeffb") == "agpj.exeb"
    assert plain("one\r\ntwo\rthree\u2028four") == "one\ntwo\nthree\nfour"
    assert plain(f" {FAMILY} می\u200cخواهم שלום ") == f"{FAMILY} می\u200cخواهم שלום"


def test_one_line_has_no_line_breaks() -> None:
    assert one_line("Dana\r\nBcc: eve\t\t\n Scully") == "Dana Bcc: eve Scully"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("dana@acme.com", "d…a@a…e.com"),
        ("bo@x.io", "b…@….io"),
        ("b@acme.co.uk", "…@a…o.uk"),
        ("root@localhost", "r…t@l…t"),
        ("not an address", "n…s"),
        ("", "…"),
        ('"a@b"@acme.com', '"…"@a…e.com'),
    ],
)
def test_an_address_is_masked(address: str, expected: str) -> None:
    assert mask_address(address) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Dana Scully", "D… S…"), ("Dana", "D…"), ("Ana de la Cruz", "A… d… l…"), ("<b>Dana</b>\u202e", "<…"), ("", "")],
)
def test_a_name_is_masked(name: str, expected: str) -> None:
    assert mask_name(name) == expected


def test_what_is_not_on_file_is_not_masked() -> None:
    assert mask_customer(CUSTOMER) == ("D… S…", "d…a@a…e.com")
    assert mask_customer(replace(CUSTOMER, name=" \u202e", email=None)) == (None, None)
