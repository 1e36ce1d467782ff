"""A case as it is stored: what Stripe says about it, and what people did with it."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, Self

from domain.billing.monthly_value import MonthlyValue
from domain.cancellations.case import Episode
from domain.ids import CaseId, ChannelId, CustomerId, PersonId, StaffId, SubscriptionId
from domain.money import Money

FollowUp = Literal["reached", "no_answer", "came_back", "lost"]
ReasonState = Literal["given", "not_yet", "none"]
_OWN_DECISIONS = frozenset(
    {
        "authorization_revoked", "billing_invalid_mandate", "debit_disputed", "debit_not_authorized",
        "india_recurring_payment_mandate_canceled", "invalid_authorization", "invalid_billing_agreement",
        "payment_disputed", "payment_intent_mandate_invalid", "payment_method_customer_decline", "recipient_deceased",
        "revocation_of_all_authorizations", "revocation_of_authorization", "stop_payment_order",
    }
)  # fmt: skip
"""Stripe's codes. A mandate or agreement that is not valid any more counts: in the rule its owner ended it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a message is in Slack."""

    channel: ChannelId
    ts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the newest read said of a subscription and its customer; of a deleted one Stripe keeps only the id."""

    customer_id: CustomerId
    customer_name: str | None
    customer_email: str | None
    plan: str
    value: MonthlyValue
    started_at: datetime
    status: str
    livemode: bool
    customer_deleted: bool = False
    latest_invoice_id: str | None = field(default=None, compare=False)  # nothing of it is shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """What was paid so far, net of refunds; `at_least` if there were more invoices than we read.

    `with_tax`: some of it is tax.
    """

    amount: Money
    at_least: bool
    with_tax: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrichment:
    """What a further read said: the money paid, and the decline code of a payment that failed for good.

    `payment_method` is Stripe's type of what the payment failed with, such as `card` or `sepa_debit`.
    """

    paid: Paid | None
    decline_code: str | None
    payment_method: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerReturn:
    """How a customer came back: this subscription was un-cancelled, or another one was started since."""

    at: datetime
    subscription_id: SubscriptionId
    same_subscription: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedReason:
    """Why a customer left, as staff learned it: one of Stripe's reasons or of the company's, and their own words."""

    feedback: str | None
    feedback_option: str | None
    words: str | None
    by: StaffId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A stored case: an episode, and what people did with it. `version` guards each change.

    `picked_at` is when somebody first chose an offer by hand: from then on the case says nothing of the policy. `loss`
    is what the subscription was worth just before the request, or before an end without one; None in a case that an
    earlier release stored.
    """

    id: CaseId
    subscription_id: SubscriptionId
    person_id: PersonId
    episode: Episode
    silent: bool  # recorded, but never posted, as from before the first start
    enrichment: Enrichment | None = None
    owner: StaffId | None = None
    owned_at: datetime | None = None
    follow_up: FollowUp | None = None
    tags: tuple[str, ...] = ()
    version: int
    picked_at: datetime | None = None
    loss: MonthlyValue | None = None
    noted: NotedReason | None = None

    @property
    def noted_reason(self) -> NotedReason | None:
        """The reason that staff noted; None once the customer gave one of their own, which always wins."""
        return None if self.episode.reason_given else self.noted

    def with_noted(self) -> Self:
        """Return the case as if the customer had given the reason that staff noted, if they gave none."""
        noted = self.noted_reason
        if noted is None:
            return self
        told = replace(
            self.episode.cancellation,
            feedback=noted.feedback,
            feedback_option=noted.feedback_option,
            comment=noted.words,
        )
        return replace(self, episode=replace(self.episode, cancellation=told))

    @property
    def kind(self) -> str | None:
        """How the cancellation came about, in Stripe's word; payments that somebody ended count as a request."""
        said = self.episode.cancellation.kind
        ended = said == "payment_failed" and self.enrichment and is_own_decision(self.enrichment.decline_code)
        return "cancellation_requested" if ended else said

    def lost(self, facts: Facts) -> MonthlyValue:
        """Return what was lost; `facts` are the newest of its subscription, for a case of an earlier release."""
        return self.loss or facts.value


def request_taken_back(case: Case) -> CustomerReturn | None:
    """Return how a customer came back with the same subscription, or None: the request stands, or there was none."""
    episode = case.episode
    if episode.resumed_at is None or episode.state == "withdrawn":
        return None
    return CustomerReturn(at=episode.resumed_at, subscription_id=case.subscription_id, same_subscription=True)


def is_own_decision(code: str | None) -> bool:
    """Return whether a decline code says that somebody decided not to pay, so that nothing went wrong."""
    return code in _OWN_DECISIONS
