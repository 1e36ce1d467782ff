"""Answers to what people do with proposals, offers and rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.billing.subscription import Price
from domain.ids import CaseId, ProposalId, StaffId
from domain.winback.offer import OfferKind
from domain.winback.proposal import ProposalRow
from domain.winback.terms import OfferTerms
from flows.failures import OutsideFailure
from flows.people.staff_permissions import PermissionDenied
from flows.ports.store import SendingPause
from flows.winback.policy.budgets import OverBudget
from flows.winback.policy.eligibility import NotEligible
from flows.winback.policy.requirements import NotConfigured


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """The offer goes out; `second` is still missing where the amount takes two people. `by` all who said yes."""

    proposal: ProposalRow
    needs_second: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """No offer."""

    proposal: ProposalRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Snoozed:
    """Out of sight till then; never past the last useful moment."""

    proposal: ProposalRow
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftChanged:
    """The draft is another one; `by_hand` says that it went beyond the rule and counts as proposed by this person."""

    proposal: ProposalRow
    by_hand: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A person's own proposal stands in the approvals channel now."""

    proposal: ProposalRow


@dataclass(frozen=True, slots=True, kw_only=True)
class AlreadyDecided:
    """It was decided before: the proposal as it stands says how, by whom and when. Nothing changed."""

    proposal: ProposalRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Outdated:
    """What was pressed showed an older version: nothing was done; the message now shows the newest."""

    proposal: ProposalRow


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsAnotherApprover:
    """Whoever proposed it by hand, or said yes already, cannot approve it alone. `ask` names others who may."""

    ask: tuple[StaffId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSuchProposal:
    """Nothing is known of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchDecision:
    """What became of each of several proposals, in order."""

    answers: Sequence[tuple[ProposalId, "DecisionAnswer"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedDraft:
    """A changed offer worked out while somebody is typing: `needs_second` and `by_hand` as it would be."""

    terms: OfferTerms
    by_hand: bool
    needs_second: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftForm:
    """What a form to propose or to change starts from. `prices` are those that could be switched to here."""

    case_id: CaseId
    proposal: ProposalRow | None
    terms: OfferTerms | None
    note: str | None
    kinds: tuple[OfferKind, ...]  # the kinds of offer that are possible here
    prices: tuple[Price, ...]
    currency: str
    last_useful_at: datetime | None


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
