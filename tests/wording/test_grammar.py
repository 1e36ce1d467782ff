"""Plans are named by companies as they like; the sentence around the name should still read well."""

import pytest

from wording.grammar import with_article


@pytest.mark.parametrize(
    "said",
    [
        "a Pro", "a Starter", "an API calls", "an Essential", "an unlimited", "a Unit", "a Europe", "an SMS",
        "a DNS", "a PRO", "a STARTER", "an 8-seat", "an 11 seat", "a 110 seat", "a ☀️ Sun", "a ", "a One",
    ],
)  # fmt: skip
def test_the_article_follows_the_sound(said: str) -> None:
    assert with_article(said.partition(" ")[2]) == said
