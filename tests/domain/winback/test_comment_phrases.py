"""Finding phrases in a customer's comment, in any language."""

import pytest

from domain.winback.rule_matching import find_phrase


@pytest.mark.parametrize(
    ("comment", "found"),
    [
        (None, None),
        ("", None),
        ("Please stop.", "stop"),
        ("STOP", "stop"),
        ("non-stop trouble", "stop"),
        ("it never stops", None),
        ("a backstop", None),
        ("Mein Mann ist VERSTORBEN", "verstorben"),
        ("he passed\n  away", "passed away"),
        ("it's over", "it's over"),
        ("it’s over", "it's over"),
        ("the straße", "STRASSE"),
    ],
)
def test_phrases_match_whole_words_in_any_language(comment: str | None, found: str | None) -> None:
    phrases = {"en": ("stop", "passed away", "it's over"), "de": ("verstorben", "STRASSE")}
    assert find_phrase(comment, phrases) == found
