"""Which offer, if any, is made to whom and when: pure, deterministic, and it says why."""

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
    """The case to decide, and what the newest reads told of its subscription and customer."""

    case: Case
    pricing: PricingContext
    customer: Customer
    paid_months: int | None  # whole months from the first start till the request; None: unknown
    median_monthly: Mapping[str, Money]  # of the cases we know, per currency


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierOffer:
    """An offer made before to the same person, or (`by_card`) to somebody who pays with the same card."""

    at: datetime
    case_id: CaseId
    offer: Offer
    by_card: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What is known of the person beside the case.

    `decided` holds the steps of this case that were decided already, as (rule, step). `open_since` tells of another
    proposal or offer to the same person that is open. `spent` is what of this month's budget is reserved.
    """

    earlier: tuple[EarlierOffer, ...]
    decided: frozenset[tuple[str, int]]
    open_since: datetime | None
    suppressed: bool
    back: bool
    other_live: SubscriptionId | None
    disputed: bool
    holdout: bool
    spent: Mapping[str, Money]


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
        "other_live",
        "suppressed",
        "disputed",
        "internal",
        "no_address",
        "no_consent",
        "consent_ended",
        "cooldown",
        "cooldown_by_card",
        "open_already",
        "holdout",
        "budget",
        "talked_to",  # staff talk to them: nothing automatic for 14 days
        "no_zone",
        "beyond_limits",
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """What was not done, and why. `rule`, `step` and `offer` are None where the reason holds for all of them.

    `detail` belongs to the reason: a number, a name, a date (ISO 8601).
    """

    why: RejectionReason
    rule: str | None = None
    step: int | None = None
    offer: Offer | None = None
    detail: str = ""


DecisionReasonKind = Literal[
    "rule", "reason", "feedback_option", "tag", "kind", "product", "price", "country", "words", "value",
    "paid_months", "phase", "moment",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionReason:
    """One thing that spoke for the offer: what of the case matched, with its value.

    A value is minor units and a currency ("4900 eur"), a moment is ISO 8601.
    """

    what: DecisionReasonKind
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is to be done now.

    `terms` None: nothing is proposed now. `would` True: the person is in the holdout, `terms` is what they would have
    been offered, and nothing may be shown or sent. `look_again_at` None: there is nothing to wait for.
    `last_useful_at`: until when the step makes sense. `rule` and `step` name where the offer comes from.
    """

    rule: str | None
    step: int | None
    terms: OfferTerms | None
    held_out: bool
    reasons: tuple[DecisionReason, ...]
    rejected: tuple[Rejection, ...]
    last_useful_at: datetime | None
    look_again_at: datetime | None
