"""A case's card in Slack: the stored case with everything that its card shows, and where its win-back stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.billing.subscription import Price
from domain.cancellations.stored_case import Case, CustomerReturn, Facts, ReasonState
from domain.ids import ProposalId, StaffId
from domain.money import Money
from domain.winback.offer import SwitchPlan
from domain.winback.terms import OfferTerms

WinbackState = Literal[
    "proposed", "snoozed", "approved", "declined", "expired", "withdrawn", "stopped",
    "sending", "unclear", "sent", "accepting", "accepted", "undoing", "undone", "over", "failed",
]  # fmt: skip
"""The state of a case's newest proposal and, from `sending` on, of its offer. `approved` is an approved call; `unclear`
is an offer whose email may or may not have been sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferReminder:
    """The one reminder that an offer is about to end: `at` is when it is due, or when it was sent or stopped.

    `unclear`: it may have been sent, and is never sent again. `why` is the code of what stopped it.
    """

    state: Literal["planned", "sent", "unclear", "stopped"]
    at: datetime
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WinbackStatus:
    """The status of a case's win-back: its newest proposal, or the offer that it became.

    `at` is its newest known moment, when a snoozed proposal wakes, or when a `sending` offer's email is due. `by` is
    who decided, None if nobody did. `why` is the code of what stopped it. `email_out`: an email was sent, or may
    have been. `left_price` is the price that an accepted offer replaced in the same subscription.
    """

    terms: OfferTerms
    state: WinbackState
    at: datetime
    by: StaffId | None
    why: str | None
    email_out: bool
    reminder: OfferReminder | None = None
    no_thanks_at: datetime | None = None
    no_thanks_why: str | None = None  # one of Stripe's feedbacks
    grown_to: Money | None = None  # what an accepted offer costs by now, if that is more than was approved
    given: Money | None = None  # what its coupon has taken off invoices so far
    left_price: Price | None = None
    passed_on_by: StaffId | None = None  # who passes on its link, since nothing is emailed
    can_hold: ProposalId | None = None  # its email has not begun to leave

    @property
    def at_most(self) -> Money:
        """What it gives away at most: as approved, or more if it has grown since."""
        return self.terms.cost if self.grown_to is None else self.grown_to

    @property
    def on_another_plan(self) -> bool:
        """Whether they accepted another plan and are on it."""
        return self.state == "accepted" and isinstance(self.terms.offer, SwitchPlan)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCard:
    """Everything that a case's card shows now; rendering it needs no clock and no further reads."""

    case: Case
    facts: Facts
    reason_state: ReasonState
    comeback: CustomerReturn | None
    back_with: Facts | None  # the subscription they are back with, if it is another one
    switched_to: Facts | None  # the subscription they switched to at the time of the request
    switch_several: bool  # that replaced others of theirs as well
    switch_shared: bool  # … and its value counts for one of those
    still_with: Facts | None  # another subscription that they keep
    number: int  # the person's first, second, … cancellation
    offers_before: int = 0  # that were sent to them in earlier cases
    suppressed: bool  # somebody said "never contact"
    winback: WinbackStatus | None  # None: nothing was proposed that may be shown
    reference: str
    shipped: str | None = None  # a feature that they ask for and that has shipped since


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchEntry:
    """One numbered row of a batch, a message with many cases; `own_card`: it has its own card too, or soon will."""

    card: CaseCard
    own_card: bool

    @property
    def needs_card(self) -> bool:
        """Whether somebody acted on the case, an offer is proposed, or the person is back."""
        card = self.card
        return (
            any((card.case.owner, card.case.tags, card.case.noted))
            or card.winback is not None
            or card.comeback is not None
        )


CardBatch = Sequence[BatchEntry]
"""The rows of a batch in order: the first has number 1."""
