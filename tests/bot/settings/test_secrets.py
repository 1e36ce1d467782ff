"""Secret keys that people make up are refused; those that a generator prints are taken."""

import base64
import random
import string

import pytest

from bot.settings.secrets import weakness

WEAK = {
    "short": "is too short",
    "7d1f0c9e64b25a3881f4de0973c6ab5": "is too short",
    "k" * 64: "is one character over and over",
    "hunter2 " * 5: "repeats a shorter text",
    "0123456789abcdef" * 4: "repeats a shorter text",
    "changeme" * 4 + "x": "is made of a word",
    "please-change-me-before-production": "is made of a word",
    "S3cr3t-K3y-F0r-W1nb4ck-B0t-2026!!": "is made of a word",
    "P4$$w0rd-4-the-billing-bot-2026-11": "is made of a word",
    "0123456789abcdefghijklmnopqrstuvwxyz": "is a row of neighbouring characters",
    "11112222333344445555666677778888": "is a row of neighbouring characters",
    "1a" * 16 + "b": "has too few different characters",
    "correct horse battery staple monday": "reads like words",
    "correcthorsebatterystapletwelve!": "reads like words",
    "das ist unser geheimer schluessel 2026": "reads like words",
    "ThisIsTheKeyOfOurBillingBotInDublin": "reads like words",
    "northwind-billing-bot-production-key": "reads like words",
}


@pytest.mark.parametrize("secret", WEAK)
def test_guessable_keys_are_refused(secret: str) -> None:
    assert (weakness(secret) or "").startswith(WEAK[secret])


def test_drawn_keys_are_taken() -> None:
    """As `openssl rand`, and `secrets.token_hex` and `token_urlsafe` print them, in the shortest lengths taken."""
    drawn = random.Random(8)
    for _ in range(3000):
        assert weakness(drawn.randbytes(32).hex()) is None
        assert weakness(drawn.randbytes(16).hex()) is None
        assert weakness(base64.b64encode(drawn.randbytes(32)).decode()) is None
        assert weakness(base64.urlsafe_b64encode(drawn.randbytes(24)).decode()) is None
        assert weakness("".join(drawn.choices(string.ascii_letters, k=32))) is None
        assert weakness("".join(drawn.choices(string.ascii_lowercase, k=32))) is None
