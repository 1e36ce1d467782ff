"""Answers to what people do with proposals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.billing.subscription import Price, Subscription
from domain.ids import CaseId, ProposalId, StaffId
from domain.winback.decision import Rejection
from domain.winback.offer import OfferKind
from domain.winback.proposal import OfferRow, ProposalRow
from domain.winback.terms import OfferTerms
from flows.failures import OutsideFailure
from flows.people.staff_permissions import PermissionDenied
from flows.ports.store import SendingPause
from flows.winback.policy.budgets import OverBudget
from flows.winback.policy.eligibility import NotConfigured, NotEligible


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """The approval was counted; `needs_second`: another manager must approve before the offer is made."""

    proposal: ProposalRow
    needs_second: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """The proposal was declined."""

    proposal: ProposalRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Snoozed:
    """Snoozed, at most until shortly before the offer stops making sense."""

    proposal: ProposalRow
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftChanged:
    """The draft was changed; `by_hand`: it goes beyond the rule, so it counts as proposed by this person.

    `only_words`: the offer and its time are the same, so earlier approvals still count.
    """

    proposal: ProposalRow
    by_hand: bool
    only_words: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A person's own proposal is in the approvals channel."""

    proposal: ProposalRow


@dataclass(frozen=True, slots=True, kw_only=True)
class AlreadyDecided:
    """It was decided before: the proposal says how, by whom and when. Nothing changed."""

    proposal: ProposalRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Outdated:
    """The button belonged to an older version. Nothing was done, and the message now shows the newest.

    `only_words`: of the draft, only the words of the email were changed since.
    """

    proposal: ProposalRow
    only_words: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsAnotherApprover:
    """The person who proposed it by hand or has approved it already can't approve it alone; `ask` may."""

    ask: tuple[StaffId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSuchProposal:
    """There is no such proposal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchDecision:
    """The answer for each of several proposals, in order."""

    answers: Sequence[tuple[ProposalId, "DecisionAnswer"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedDraft:
    """A changed offer, priced while somebody is typing, with `needs_second` and `by_hand` as they would be."""

    terms: OfferTerms
    by_hand: bool
    needs_second: bool
    overrides: str | None = None  # the rule that never gives this


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftForm:
    """What a form to propose or to change starts from; `prices` are those that the customer could switch to."""

    case_id: CaseId
    proposal: ProposalRow | None
    terms: OfferTerms | None
    note: str | None
    kinds: tuple[OfferKind, ...]  # possible here
    prices: tuple[Price, ...]
    currency: str
    last_useful_at: datetime | None
    customer_name: str | None
    subscription: Subscription
    no_email: tuple[Rejection, ...]  # why no email can go to them unless they asked for the offer


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The email was held before it left: the proposal is open again, and nothing is reserved for it."""

    proposal: ProposalRow


@dataclass(frozen=True, slots=True, kw_only=True)
class AlreadyLeft:
    """The email has left or is leaving, so it can't be held; `offer` says what became of it."""

    proposal: ProposalRow
    offer: OfferRow


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """The offer is over and its page says so; nothing changed for the customer."""

    proposal: ProposalRow


@dataclass(frozen=True, slots=True, kw_only=True)
class NotTakenBack:
    """The offer can't be taken back: the customer was faster, or it had ended before. Nothing was done."""

    proposal: ProposalRow
    offer: OfferRow


@dataclass(frozen=True, slots=True, kw_only=True)
class NotLeftYet:
    """The email hasn't left, so there is nothing to take back: it can be held."""

    proposal: ProposalRow


@dataclass(frozen=True, slots=True, kw_only=True)
class NotApproved:
    """The proposal has no offer: it isn't approved, or was held before. Nothing was done."""

    proposal: ProposalRow


CorrectionAnswer = (
    Held
    | AlreadyLeft
    | TakenBack
    | NotTakenBack
    | NotLeftYet
    | NotApproved
    | NoSuchProposal
    | PermissionDenied
    | OutsideFailure
)

DecisionAnswer = (
    Approved
    | Declined
    | Snoozed
    | DraftChanged
    | Proposed
    | AlreadyDecided
    | Outdated
    | NeedsAnotherApprover
    | NotEligible
    | OverBudget
    | NoSuchProposal
    | SendingPause
    | NotConfigured
    | PermissionDenied
    | OutsideFailure
)
