"""How far a manager may change an offer alone, and above what cost two managers must approve."""

from decimal import Decimal

from domain.billing.pricing import amount_of
from domain.money import Money
from domain.winback.cheaper_plan import price_to_switch_to
from domain.winback.offer import (
    CallBack,
    DiscountOffer,
    ExtendTrial,
    FreeMonths,
    ManagerLimits,
    NoOffer,
    Offer,
    Pause,
    Restart,
    SwitchPlan,
)
from domain.winback.policy import Limits, Policy
from domain.winback.terms import ImpossibleOffer, PricingContext


def is_within_limits(
    offer: Offer, rule_offer: Offer, up_to: ManagerLimits, limits: Limits, pricing: PricingContext
) -> bool:
    """Return whether an offer is the rule's own, a smaller one, or one within `up_to` and the limits.

    Another kind of offer isn't within them, nor is an amount in place of a percentage, nor a cheaper plan than the
    rule's.
    """
    match offer, rule_offer:
        case DiscountOffer(), DiscountOffer():
            return _discount_within(offer, rule_offer, up_to, limits)
        case FreeMonths(), FreeMonths():
            return offer.months <= min(_most(rule_offer.months, up_to.months), limits.invoices)
        case Pause(), Pause():
            return offer.months <= _most(rule_offer.months, up_to.months)
        case ExtendTrial(), ExtendTrial():
            return offer.days <= _most(rule_offer.days, up_to.days)
        case SwitchPlan(), SwitchPlan():
            return _switch_within(offer, rule_offer, pricing)
        case (Restart(), Restart()) | (CallBack(), CallBack()) | (NoOffer(), NoOffer()):
            return True
        case _:
            return False


def second_approver_above(policy: Policy, currency: str, median: Money | None) -> Money | None:
    """Return the cost above which two people must approve, or None; `median` is the cases' median monthly value."""
    named = policy.limits.second_approver_above.get(currency)
    if named is not None or median is None:
        return named
    return Money(median.minor * policy.limits.second_approver_factor, currency)


def _discount_within(offer: DiscountOffer, rule_offer: DiscountOffer, up_to: ManagerLimits, limits: Limits) -> bool:
    if offer.invoices > min(_most(rule_offer.invoices, up_to.invoices), limits.invoices):
        return False
    if offer.percent is not None:
        allowed = [percent for percent in (rule_offer.percent, up_to.percent) if percent is not None]
        return offer.percent <= min(max(allowed, default=Decimal(0)), limits.percent)
    amounts = [amount for amount in (rule_offer.amount, up_to.amount) if amount is not None]
    return offer.amount is not None and any(
        offer.amount.currency == amount.currency and offer.amount.minor <= amount.minor for amount in amounts
    )


def _switch_within(offer: SwitchPlan, rule_offer: SwitchPlan, pricing: PricingContext) -> bool:
    """Return whether a plan to switch to costs no less than the rule's."""
    if offer == rule_offer:
        return True
    if len(pricing.subscription.items) != 1:
        return False
    item = pricing.subscription.items[0]
    prices = [price_to_switch_to(each, item, pricing.catalog) for each in (offer, rule_offer)]
    chosen, own = [None if isinstance(price, ImpossibleOffer) else amount_of(price, item.quantity) for price in prices]
    return chosen is not None and own is not None and chosen >= own


def _most(own: int, up_to: int | None) -> int:
    return own if up_to is None else max(own, up_to)
