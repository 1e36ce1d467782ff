"""An example customer, to show a policy's emails before a real customer gets one."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from domain.billing.periods import add_months
from domain.billing.subscription import Cancellation, Customer, Item, Price, Subscription
from domain.email import Email, OfferEmail
from domain.ids import CustomerId, SubscriptionId
from domain.winback.offer import DiscountOffer, ExtendTrial, OfferPhase, SwitchPlan
from domain.winback.policy import Limits, Policy, Rule, Step
from domain.winback.price_offer import price_offer
from domain.winback.rule_matching import NO_REASON
from domain.winback.terms import ImpossibleOffer, OfferTerms, PricingContext
from wording.company import Company
from wording.emails.emails import Emails
from wording.plan import plan_name

_AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
_PERIOD_START = datetime(2026, 11, 3, 9, tzinfo=UTC)
_MONTHLY, _LIGHTER = Decimal(4900), Decimal(2900)
_COMPANY = Company(
    name="Your company",
    address="1 Example Street, Example Town",
    support_url="https://example.com/support",
    privacy_url="https://example.com/privacy",
    color="#1f4fd8",
)
_CUSTOMER = Customer(
    id=CustomerId("cus_example"),
    deleted=False,
    livemode=False,
    email="dana@example.com",
    name="Dana Reyes",
    country="IE",
    locale="en",
    created_at=_PERIOD_START,
    card=None,
    currency="eur",
    metadata={},
)


def example_terms(step: Step, rule: Rule, limits: Limits) -> OfferTerms | ImpossibleOffer:
    """Price a step's offer for an example customer who pays 49 a month, or ten times the offer's amount."""
    phase = _phase(step, rule)
    amount = step.offer.amount if isinstance(step.offer, DiscountOffer) else None
    currency = amount.currency if amount is not None else "eur"
    monthly = max(_MONTHLY, Decimal(amount.minor * 10)) if amount is not None else _MONTHLY
    lighter = step.offer.price_id if isinstance(step.offer, SwitchPlan) and step.offer.price_id else "price_lighter"
    pricing = PricingContext(
        subscription=_subscription(_price("price_example", "Pro", monthly, currency), phase),
        phase=phase,
        catalog=(_price(lighter, "Basic", _LIGHTER, currency),),
    )
    return price_offer(step.offer, pricing, limits, at=_AT)


def example_email(step: Step, rule: Rule, terms: OfferTerms, policy: Policy) -> Email:
    """Return a step's email to the example customer."""
    return Emails(_COMPANY, zone=UTC).offer(
        OfferEmail(
            customer=_CUSTOMER,
            terms=terms,
            plan=plan_name(_subscription(_price("price_example", "Pro", _MONTHLY, "eur"), terms.phase)),
            kind=next(iter(sorted(rule.match.kinds)), "cancellation_requested"),
            reason=next(iter(sorted(rule.match.reasons - {NO_REASON})), None),
            note=None,
            subject=step.subject,
            text=step.text,
            offer_url="https://billing.example.com/o/…",
            unsubscribe_url="https://billing.example.com/u/…",
            code="BACK-7KQM-3WXP" if policy.own_site_code and terms.coupon and terms.phase == "ended" else None,
            expires_at=_AT + policy.limits.offer_lifetime,
        ),
        message_id="example",
    )


def _phase(step: Step, rule: Rule) -> OfferPhase:
    if step.when.anchor == "after_end":
        return "ended"
    if isinstance(step.offer, ExtendTrial) or rule.match.phases == {"trialing"}:
        return "trialing"
    return "ended" if rule.match.phases == {"ended"} else "pending"


def _price(price_id: str, product: str, amount: Decimal, currency: str) -> Price:
    return Price(
        id=price_id,
        currency=currency,
        product_id=f"prod_{product.lower()}",
        product_name=product,
        nickname=None,
        unit_amount=amount,
        tiers_mode=None,
        tiers=(),
        divide_by=None,
        round_up=False,
        interval="month",
        interval_count=1,
        metered=False,
    )


def _subscription(price: Price, phase: OfferPhase) -> Subscription:
    ends_at = add_months(_PERIOD_START, 1)
    ended_at = _AT - timedelta(days=14) if phase == "ended" else None
    item = Item(id="si_example", price=price, quantity=1, period_start=_PERIOD_START, period_end=ends_at, discounts=())
    return Subscription(
        id=SubscriptionId("sub_example"),
        customer_id=_CUSTOMER.id,
        livemode=False,
        status={"pending": "active", "trialing": "trialing", "ended": "canceled"}[phase],
        currency=price.currency,
        created_at=_PERIOD_START,
        started_at=_PERIOD_START,
        anchor_at=_PERIOD_START,
        items=(item,),
        discounts=(),
        cancel_at=ended_at or ends_at,
        cancel_at_period_end=phase != "ended",
        canceled_at=_PERIOD_START,
        ended_at=ended_at,
        trial_end_at=ends_at if phase == "trialing" else None,
        collection_paused=False,
        resumes_at=None,
        flexible=False,
        cancellation=Cancellation(kind="cancellation_requested", feedback=None, feedback_option=None, comment=None),
        latest_invoice_id=None,
        card=None,
    )
