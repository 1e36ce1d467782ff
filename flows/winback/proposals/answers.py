"""Answers to what people do with proposals, offers and rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.billing.subscription import Price
from domain.ids import CaseId, ProposalId, StaffId
from domain.money import Money
from domain.winback.decision import Rejected
from domain.winback.offer import OfferKind
from domain.winback.proposal import ProposalRow
from domain.winback.terms import Terms
from flows.people.staff_permissions import PermissionDenied
from flows.portal_links.answers import OutsideFailure


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
class Changed:
    """The draft is another one; `by_hand` says that it went beyond the rule and counts as proposed by this person."""

    proposal: ProposalRow
    by_hand: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A person's own proposal stands in the approvals channel now."""

    proposal: ProposalRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """It was decided before: the proposal as it stands says how, by whom and when. Nothing changed."""

    proposal: ProposalRow


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedSince:
    """What was pressed showed an older version: nothing was done; the message now shows the newest."""

    proposal: ProposalRow


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAlone:
    """Whoever proposed it by hand, or said yes already, cannot approve it alone. `ask` names others who may."""

    ask: tuple[StaffId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotNow:
    """A check forbids it now; nothing was sent. The proposal is withdrawn where it cannot become good again."""

    rejected: tuple[Rejected, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OverBudget:
    """`left` of a budget is not enough: the month's, the approver's of today, or the rule's."""

    which: str  # "month" | "approver" | "rule"
    left: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSuchProposal:
    """Nothing is known of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """All sending is paused by somebody."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSet:
    """Win-back is off, or cannot send: what is missing (`approvals_channel`, `timezone`, `smtp`, `public_url`)."""

    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Several:
    """What became of each of several proposals, in order."""

    answers: Sequence[tuple[ProposalId, "Decided"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """A changed offer worked out while somebody is typing: `needs_second` and `by_hand` as it would be."""

    terms: Terms
    by_hand: bool
    needs_second: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What a form to propose or to change starts from. `prices` are those that could be switched to here."""

    case_id: CaseId
    proposal: ProposalRow | None
    terms: Terms | None
    note: str | None
    kinds: tuple[OfferKind, ...]  # the kinds of offer that are possible here
    prices: tuple[Price, ...]
    currency: str
    last_useful_at: datetime | None


Decided = (
    Approved
    | Declined
    | Snoozed
    | Changed
    | Proposed
    | Settled
    | ChangedSince
    | NotAlone
    | NotNow
    | OverBudget
    | NoSuchProposal
    | Paused
    | NotSet
    | PermissionDenied
    | OutsideFailure
)
