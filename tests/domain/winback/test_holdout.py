"""The holdout is drawn evenly and for good."""

from decimal import Decimal
from hashlib import blake2b

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.winback.lift import draw_holdout
from tests.lanes import examples


@pytest.mark.parametrize("share", ["0.1", "0.5", "0.02"])
def test_the_share_is_kept(share: str) -> None:
    people = 20_000
    count = sum(
        draw_holdout(blake2b(str(number).encode(), key=b"key").digest(), share=Decimal(share))
        for number in range(people)
    )
    spread = 4 * (people * float(share) * (1 - float(share))) ** 0.5
    assert abs(count - people * float(share)) < spread


@settings(max_examples=examples(1000))
@given(digest=st.binary(min_size=8, max_size=32), share=st.decimals(0, 1, places=3), more=st.decimals(0, 1, places=3))
def test_a_growing_holdout_keeps_its_people(digest: bytes, share: Decimal, more: Decimal) -> None:
    assert draw_holdout(digest, share=min(share, more)) <= draw_holdout(digest, share=max(share, more))


@pytest.mark.parametrize("digest", [b"\x00" * 16, b"\xff" * 16])
def test_nobody_and_everybody(digest: bytes) -> None:
    assert not draw_holdout(digest, share=Decimal(0))
    assert draw_holdout(digest, share=Decimal(1))
