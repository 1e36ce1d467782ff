"""Leaving customers and policies for them; each test states only what matters to it."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.billing.subscription import Cancellation, Customer, Price, Subscription
from domain.cancellations.case import CaseState, Episode
from domain.cancellations.stored_case import Case, Enrichment
from domain.ids import CaseId, PersonId, StaffId, SubscriptionId
from domain.winback.decision import CaseSnapshot, History
from domain.winback.offer import DiscountOffer, ManagerLimits, Offer
from domain.winback.policy import Consent, Limits, Match, Policy, Rule, SendingHours, Step, StepTiming
from domain.winback.price_offer import phase_of
from domain.winback.terms import PricingContext
from tests.domain.billing.subscriptions import customer, item, price, subscription

REQUESTED = datetime(2026, 6, 10, 12, tzinfo=UTC)
ENDS = datetime(2026, 7, 1, 9, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)
TWENTY = DiscountOffer(percent=Decimal(20), amount=None, invoices=3)
AT_ONCE = StepTiming(anchor="after", span=timedelta(0))

MONTHLY = item(price("4900"), until=ENDS)
PENDING = subscription(MONTHLY, cancel_at=ENDS, anchor_at=ENDS)
TRIALING = subscription(MONTHLY, status="trialing", cancel_at=ENDS, trial_end_at=ENDS, anchor_at=ENDS)
ENDED = subscription(MONTHLY, status="canceled", ended_at=REQUESTED, anchor_at=ENDS)


def limits(**own: Any) -> Limits:
    known = Limits(
        percent=Decimal(30),
        invoices=3,
        cooldown=90 * DAY,
        step_gap=10 * DAY,
        second_discount=False,
        budget_a_month={},
        budget_per_approver_a_day={},
        second_approver_above={},
        second_approver_factor=20,
        give_up_months=12,
        pause_access="blocked",
        hours=SendingHours(start=time(9), end=time(18), weekdays=frozenset(range(5))),
        proposal_lifetime=7 * DAY,
        offer_lifetime=14 * DAY,
        approval_hold=timedelta(0),
        remind_before_end=3 * DAY,
        oldest_case=120 * DAY,
        holdout=Decimal("0.1"),
        holdout_below={},
    )
    return replace(known, **own)


def step(offer: Offer = TWENTY, when: StepTiming = AT_ONCE) -> Step:
    return Step(when=when, offer=offer, up_to=ManagerLimits())


def rule(*steps: Step, name: str = "rule", match: Match | None = None, never: frozenset[Any] = frozenset()) -> Rule:
    return Rule(name=name, match=match or Match(), steps=steps, never=never)


def policy(*rules: Rule, within: Limits | None = None, **own: Any) -> Policy:
    known = Policy(
        rules=rules or (rule(step()),),
        limits=within or limits(),
        consent=Consent(
            key="marketing_consent",
            soft_opt_in_key="soft_opt_in",
            yes=frozenset({"yes", "true"}),
            not_needed=frozenset({"US"}),
        ),
        no_contact_phrases={"en": ("don't contact me",), "de": ("keine werbung",)},
        person_reads={"en": ("stop", "closed"), "de": ("verstorben",)},
        internal_domains=frozenset({"northwind.test"}),
        zone=BERLIN,
        digest="digest",
    )
    return replace(known, **own)


def consenting(*, country: str | None = "DE", email: str | None = "dana@acme.com", **metadata: str) -> Customer:
    return replace(customer(), country=country, email=email, metadata=metadata or {"marketing_consent": "yes"})


def case(
    *,
    state: CaseState = "pending",
    requested_at: datetime = REQUESTED,
    ended_at: datetime | None = None,
    kind: str | None = "cancellation_requested",
    feedback: str | None = "too_expensive",
    feedback_option: str | None = None,
    comment: str | None = None,
    silent: bool = False,
    owner: str | None = None,
    owned_at: datetime | None = None,
    tags: tuple[str, ...] = (),
    decline_code: str | None = None,
) -> Case:
    return Case(
        id=CaseId(UUID(int=1)),
        subscription_id=SubscriptionId("sub_1"),
        person_id=PersonId(UUID(int=2)),
        episode=Episode(
            canceled_ats=frozenset({requested_at}),
            state=state,
            requested_at=requested_at,
            ends_at=ended_at,
            ended_at=ended_at,
            resumed_at=None,
            cancellation=Cancellation(kind=kind, feedback=feedback, feedback_option=feedback_option, comment=comment),
        ),
        silent=silent,
        enrichment=Enrichment(paid=None, decline_code=decline_code) if decline_code else None,
        owner=None if owner is None else StaffId(owner),
        owned_at=owned_at,
        follow_up=None,
        tags=tags,
        version=1,
    )


def pricing(of: Subscription = PENDING, *catalog: Price) -> PricingContext:
    return PricingContext(subscription=of, phase=phase_of(of), catalog=catalog)


def snapshot(
    of: Subscription = PENDING,
    *,
    about: Case | None = None,
    who: Customer | None = None,
    catalog: tuple[Price, ...] = (),
    paid_months: int | None = 5,
) -> CaseSnapshot:
    ended = of.ended_at is not None
    return CaseSnapshot(
        case=about or case(state="ended" if ended else "pending", ended_at=of.ended_at),
        pricing=pricing(of, *catalog),
        customer=who or consenting(),
        paid_months=paid_months,
        median_monthly={},
    )


def history(**own: Any) -> History:
    known = History(
        earlier=(),
        decided=frozenset(),
        open_since=None,
        suppressed=False,
        back=False,
        other_live=None,
        disputed=False,
        holdout=False,
        spent=dict[str, Any](),
    )
    return replace(known, **own)
