"""What a decision is made from, and what it says: the case, its history, the offer, and the reasons."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.billing.subscription import Customer
from domain.cancellations.stored_case import Case
from domain.ids import CaseId, SubscriptionId
from domain.money import Money
from domain.winback.offer import Offer
from domain.winback.terms import ImpossibleReason, OfferTerms, PricingContext


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSnapshot:
    """The case to decide, with the newest read of its subscription and customer."""

    case: Case
    pricing: PricingContext
    customer: Customer
    paid_months: int | None  # whole months from the first start to the cancellation; None: unknown
    median_monthly: Mapping[str, Money]  # of all cases, per currency


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierOffer:
    """An earlier offer to the same person or (`by_card`) to somebody who pays with the same card."""

    at: datetime
    case_id: CaseId
    offer: Offer
    by_card: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What we know about the person apart from the case.

    `decided` holds this case's decided steps as (rule, step). `open_since` is when another proposal or offer to the
    same person was opened. `spent` is how much of this month's budget is reserved, per currency. `refused` are steps
    whose offer Stripe would refuse, as its preview shows.
    """

    earlier: tuple[EarlierOffer, ...]
    decided: frozenset[tuple[str, int]]
    open_since: datetime | None
    suppressed: bool
    own_wish: bool = False  # … because they unsubscribed themselves
    back: bool
    switched: bool = False
    no_thanks: bool = False
    other_live: SubscriptionId | None
    disputed: bool
    holdout: bool
    spent: Mapping[str, Money]
    refused: tuple["Rejection", ...] = ()


RejectionReason = (
    ImpossibleReason
    | Literal[
        "no_rule",
        "no_step_left",
        "no_offer",  # the rule says so
        "never",  # the rule forbids this kind
        "needs_a_person",  # words like "closed": no automatic proposal
        "asks_for_silence",  # a whole phrase like "don't contact me"
        "reason_open",  # the survey may still be answered
        "too_early",
        "too_late",
        "too_old",
        "silent",
        "withdrawn",
        "back",
        "switched",  # to another subscription, so there is nothing to win back
        "other_live",
        "suppressed",
        "own_wish",  # they unsubscribed, so what they ask for is not emailed
        "disputed",
        "no_thanks",  # on the page of an earlier offer in this case: nothing automatic any more
        "own_decision",  # the payment failed because they ended it: no automatic proposal
        "internal",
        "customer_deleted",
        "no_address",
        "no_consent",
        "consent_ended",
        "cooldown",
        "cooldown_by_card",
        "open_already",
        "holdout",
        "budget",
        "talked_to",  # staff are in touch with them: nothing automatic for 14 days
        "no_zone",
        "beyond_limits",
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """What wasn't offered, and why. `rule`, `step` and `offer` are None if the reason holds for all of them.

    `detail` belongs to the reason: a number, a name, a date (ISO 8601).
    """

    why: RejectionReason
    rule: str | None = None
    step: int | None = None
    offer: Offer | None = None
    detail: str = ""


DecisionReasonKind = Literal[
    "rule", "reason", "feedback_option", "tag", "kind", "product", "price", "country", "words", "value",
    "paid_months", "phase", "moment", "costs_more", "noted",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionReason:
    """One reason for the offer: what matched in the case, with its value.

    An amount is minor units and a currency ("4900 eur"), a moment is ISO 8601.
    """

    what: DecisionReasonKind
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do now.

    `terms` None: propose nothing now. `held_out`: the person is in the holdout; `terms` is what they would have been
    offered, and nothing may be shown or sent. `look_again_at` None: there is nothing to wait for. `last_useful_at` is
    when the step stops making sense. `rule` and `step` are where the offer comes from. `due`: a step of the rule is
    due, whatever stands against it.
    """

    rule: str | None
    step: int | None
    terms: OfferTerms | None
    held_out: bool
    reasons: tuple[DecisionReason, ...]
    rejected: tuple[Rejection, ...]
    last_useful_at: datetime | None
    look_again_at: datetime | None
    due: bool = False
