"""Measured cases for tests of the statistics."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from domain.ids import CaseId, PersonId, SubscriptionId
from domain.money import Money
from flows.ports.store import HoldoutDraw, MeasuredCase, OutcomeRow

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
LONG_AGO = NOW - 400 * DAY


def measured(**details: Any) -> MeasuredCase:
    """Return a case that was cancelled long ago, about which nothing more is known."""
    plain: dict[str, Any] = {
        "case_id": CaseId(uuid4()),
        "person_id": PersonId(uuid4()),
        "requested_at": LONG_AGO,
        "monthly": Money(4900, "eur"),
        "kind": "cancellation_requested",
        "reason": "too_expensive",
        "decline_code": None,
        "rule": None,
        "offered": False,
        "draw": None,
        "picked": False,
        "sent": False,
        "staff_contact": False,
        "outcome": None,
    }
    return MeasuredCase(**(plain | details))


def drawn(*, holdout: bool, at: datetime = LONG_AGO, **details: Any) -> MeasuredCase:
    """Return a case for which something was decided."""
    return measured(draw=HoldoutDraw(at=at, holdout=holdout), rule="price", offered=not holdout, **details)


def back(**details: Any) -> OutcomeRow:
    """Return the outcome of somebody who came back the day after, paid at once, stayed and is still there."""
    plain: dict[str, Any] = {
        "case_id": CaseId(uuid4()),
        "person_id": PersonId(uuid4()),
        "returned_at": LONG_AGO + DAY,
        "returned_with": SubscriptionId(f"sub_{uuid4()}"),
        "how": "accepted",
        "offer_id": None,
        "first_paid_at": LONG_AGO + 2 * DAY,
        "kept_30": Money(3920, "eur"),
        "kept_90": Money(11760, "eur"),
        "stayed_30": True,
        "stayed_90": True,
        "version": 1,
    }
    return OutcomeRow(**(plain | details))
