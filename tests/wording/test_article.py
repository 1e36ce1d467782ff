"""Plans are named by companies as they like; the sentence around the name should still read well."""

import pytest

from wording.article import with_article


@pytest.mark.parametrize(
    "said",
    [
        "A Pro", "A Starter", "An API calls", "An Essential", "An unlimited", "A Unit", "A Europe", "An SMS",
        "A DNS", "A PRO", "A STARTER", "An 8-seat", "An 11 seat", "A 110 seat", "A ☀️ Sun", "A ", "A One",
    ],
)  # fmt: skip
def test_the_article_follows_the_sound(said: str) -> None:
    assert with_article(said.partition(" ")[2]) == said
