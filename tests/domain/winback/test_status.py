"""The status of a case's win-back, as its card shows it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.ids import StaffId
from domain.winback.proposal import ProposalRow
from domain.winback.status import newest_proposal, status_of
from tests.domain.winback.leaving_customers import case
from tests.storage.offers import offer_of, proposal
from tests.storage.samples import NOW

DAY = timedelta(days=1)
WHO = StaffId("U0MANAGER1")
OPEN = replace(proposal(case()), state="open", created_at=NOW, decided_at=None, decided_by=None, snoozed_until=None)
APPROVED = replace(OPEN, state="approved", decided_by=WHO, decided_at=NOW + DAY)
OFFER = replace(
    offer_of(APPROVED), state="sending", why=None, email_state="waiting", approved_by=WHO, created_at=NOW + DAY,
    send_at=NOW + 2 * DAY, sent_at=None, accepted_at=None, undone_at=None,
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "state", "days"),
    [
        ({}, "proposed", 0),
        ({"snoozed_until": NOW + 3 * DAY}, "snoozed", 3),
        ({"state": "declined", "decided_at": NOW + DAY}, "declined", 1),
        ({"state": "expired", "decided_at": NOW + 7 * DAY}, "expired", 7),
        ({"state": "withdrawn", "decided_at": NOW + DAY, "why": "back"}, "withdrawn", 1),
    ],
)
def test_a_proposal_has_its_own_status(changes: dict[str, Any], state: str, days: int) -> None:
    told = status_of(replace(OPEN, **changes), None)

    assert (told.state, told.at, told.why) == (state, NOW + days * DAY, changes.get("why"))


@pytest.mark.parametrize(
    ("changes", "state", "days"),
    [
        ({}, "sending", 2),
        ({"email_state": "unclear"}, "unclear", 1),
        ({"state": "sent", "email_state": "sent", "sent_at": NOW + 2 * DAY}, "sent", 2),
        ({"state": "accepted", "sent_at": NOW + 2 * DAY, "accepted_at": NOW + 3 * DAY}, "accepted", 3),
        ({"state": "undone", "accepted_at": NOW + 3 * DAY, "undone_at": NOW + 4 * DAY}, "undone", 4),
        ({"state": "stopped", "why": "back"}, "stopped", 1),
        ({"state": "failed", "why": "coupon_differs"}, "failed", 1),
        ({"state": "over", "why": "expired", "sent_at": NOW + 2 * DAY}, "over", 2),
        ({"state": "over", "why": "call", "email_state": "none"}, "approved", 1),
    ],
)
def test_an_offer_gives_the_status(changes: dict[str, Any], state: str, days: int) -> None:
    told = status_of(APPROVED, replace(OFFER, **changes))

    assert (told.state, told.at, told.by, told.why) == (state, NOW + days * DAY, WHO, changes.get("why"))


def test_the_newest_visible_proposal_counts() -> None:
    later = replace(OPEN, created_at=NOW + DAY)
    would: ProposalRow = replace(OPEN, state="held_out", created_at=NOW + 2 * DAY)

    assert newest_proposal([later, OPEN, would]) == later
    assert newest_proposal([would]) is None
    with pytest.raises(ValueError, match="holdout"):
        status_of(would, None)
