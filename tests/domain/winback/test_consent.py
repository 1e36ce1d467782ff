"""Consent to marketing email: the customer's word, their country and their purchases."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.winback.consent import consent_of
from tests.domain.winback.leaving_customers import consenting, policy

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
LONG_AGO, LATELY = NOW - timedelta(days=800), NOW - timedelta(days=700)
CONSENT = policy().consent


@pytest.mark.parametrize(
    ("country", "metadata", "left_at", "standing"),
    [
        ("DE", {"marketing_consent": "yes"}, None, "given"),
        ("DE", {"marketing_consent": " YES "}, None, "given"),
        ("DE", {"marketing_consent": "yes, but"}, None, "missing"),
        ("DE", {"other": "yes"}, None, "missing"),
        ("US", {"other": "yes"}, None, "not_needed"),
        (None, {"other": "yes"}, None, "missing"),
        (None, {"marketing_consent": "yes"}, LONG_AGO, "given"),
        ("DE", {"soft_opt_in": "yes"}, LONG_AGO, "given"),
        ("DE", {"soft_opt_in": "2020-01-01"}, None, "given"),
        ("DE", {"soft_opt_in": "2026-06-11"}, None, "missing"),
        ("DE", {"soft_opt_in": "no"}, None, "missing"),
        ("CA", {"soft_opt_in": "yes"}, None, "given"),
        ("CA", {"soft_opt_in": "yes"}, LATELY, "given"),
        ("CA", {"soft_opt_in": "yes"}, LONG_AGO, "ended"),
        ("CA", {"soft_opt_in": "2024-06-11"}, LONG_AGO, "given"),
        ("CA", {"soft_opt_in": "2024-06-10"}, None, "ended"),
        (None, {"soft_opt_in": "2024-06-10"}, None, "ended"),
        ("CA", {"marketing_consent": "yes", "soft_opt_in": "2020-01-01"}, LONG_AGO, "given"),
    ],
)
def test_consent(country: str | None, metadata: dict[str, str], left_at: datetime | None, standing: str) -> None:
    assert consent_of(consenting(country=country, **metadata), CONSENT, left_at=left_at, now=NOW) == standing
