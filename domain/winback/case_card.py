"""A case's card in Slack: the stored case with everything that its card shows, and where its win-back stands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.cancellations.stored_case import Case, Comeback, Facts, ReasonState
from domain.ids import StaffId
from domain.winback.terms import OfferTerms

WinbackState = Literal[
    "proposed", "snoozed", "approved", "declined", "expired", "withdrawn", "stopped",
    "sending", "unclear", "sent", "accepting", "accepted", "undoing", "undone", "over", "failed",
]  # fmt: skip
"""How far the newest proposal of a case has come: its own words, and from `sending` on those of its offer. `approved`
is a call that was approved; `unclear` an offer whose letter may or may not have gone out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WinbackStatus:
    """Where the win-back of a case stands: its newest proposal, or the offer that came of it.

    `at` is the newest moment known of it; of a snoozed proposal when it wakes, of an offer in `sending` when its letter
    goes out. `by` is who decided, None where nobody did. `why` is the code of what stopped it. `email_out`: a letter
    went out, or may have.
    """

    terms: OfferTerms
    state: WinbackState
    at: datetime
    by: StaffId | None
    why: str | None
    email_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCard:
    """All that a card shows of its case now; rendering it needs no clock and no further question."""

    case: Case
    facts: Facts
    reason_state: ReasonState
    comeback: Comeback | None
    back_with: Facts | None  # what they are back with, where that is another subscription
    number: int  # the person's first, second, … cancellation
    suppressed: bool  # somebody said "never contact"
    winback: WinbackStatus | None  # None: nothing was proposed yet, or nothing that may be shown
    reference: str
