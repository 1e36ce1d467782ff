"""What people type after `/winback shipped`: a feature, and other words for it."""

import pytest

from bot.slack.feature_parser import (
    MENTIONED,
    NO_NAME,
    NO_SYNONYM,
    ONE_SIGN,
    TOO_LONG,
    TOO_MANY,
    TOO_SHORT,
    parse_feature,
)
from domain.winback.rule_matching import ShippedFeature

SSO = ShippedFeature(name="SSO", synonyms=("single sign-on", "SAML"))


@pytest.mark.parametrize(
    ("text", "feature"),
    [
        ("single sign-on", ShippedFeature(name="single sign-on")),
        ("SSO = single sign-on, SAML", SSO),
        ("SSO=single sign-on,SAML", SSO),
        ("  SSO  =  , single   sign-on ,, SAML , saml, SSO,", SSO),
        ("SSO = single sign-on; SAML", SSO),
        ("*SSO* = _single sign-on_, `SAML`", SSO),
        ("beaming &amp; *_warp_* of snake_case_names", ShippedFeature(name="beaming & warp of snake_case_names")),
        ("R&amp;D report", ShippedFeature(name="R&D report")),
        ("a &gt; b filter", ShippedFeature(name="a > b filter")),
        ("<http://node.js|node.js> support", ShippedFeature(name="node.js support")),
        ("<https://acme.com>", ShippedFeature(name="acme.com")),
        ("S\u200bSO\u202e = sin\u200bgle sign-on, SAML", SSO),
        ("暗黒モード", ShippedFeature(name="暗黒モード")),
        ("C", ShippedFeature(name="C")),
        ("x" * 80, ShippedFeature(name="x" * 80)),
    ],
)
def test_a_feature_is_read(text: str, feature: ShippedFeature) -> None:
    assert parse_feature(text) == feature


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("=", NO_NAME),
        ("= SAML", NO_NAME),
        (", , ,", NO_NAME),
        ("***", NO_NAME),
        ("SSO =", NO_SYNONYM),
        ("SSO = , ,", NO_SYNONYM),
        ("SSO = SSO", NO_SYNONYM),
        ("SSO = SAML = OpenID", ONE_SIGN),
        ("SSO = a", TOO_SHORT),
        ("x" * 300, TOO_LONG),
        ("SSO = " + "x" * 300, TOO_LONG),
        ("SSO = " + ", ".join(f"word {number}" for number in range(11)), TOO_MANY),
        ("<!channel>", MENTIONED),
        ("SSO = <@U0MANAGER1|mona>", MENTIONED),
        ("<#C0CANCEL01|cancellations>", MENTIONED),
    ],
)
def test_odd_input_is_answered_with_what_to_write(text: str, sentence: str) -> None:
    assert parse_feature(text) == sentence
