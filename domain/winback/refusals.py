"""What Stripe would refuse of an offer, or do otherwise than the offer says, known before Stripe is asked."""

from collections.abc import Iterator
from itertools import chain

from domain.billing.subscription import Customer, Subscription
from domain.winback.decision import Decision, History, Rejection, RejectionReason
from domain.winback.offer import SwitchPlan
from domain.winback.terms import ImpossibleOffer, ImpossibleReason, OfferTerms

_MOST_ITEMS = 20
"""How many recurring prices Checkout sells at once (the SDK's `SessionCreateParams.line_items`)."""
_REFUSALS: frozenset[RejectionReason] = frozenset({
    "price_archived", "mixed_intervals", "quantity_zero", "pinned_currency", "pays_by_invoice", "platform_fee",
    "schedule", "gone", "no_tax_address", "uncollectable", "discount_unknown", "stripe_refuses",
    "too_many_items",
})  # fmt: skip
"""Causes at Stripe, which a person can fix or work around."""


def refused_step(decision: Decision, history: History) -> Rejection | None:
    """Return the due step that nothing but Stripe stands against, where nothing is proposed instead; else None.

    Nothing is told of somebody in the holdout.
    """
    if decision.terms is not None or history.holdout or any(each.rule is None for each in decision.rejected):
        return None
    for first in decision.rejected:
        of_step = {each.why for each in decision.rejected if each.step == first.step}
        if first.step is not None and of_step <= _REFUSALS:
            return first
    return None


def unless_refused(
    priced: OfferTerms | ImpossibleOffer, subscription: Subscription, customer: Customer
) -> OfferTerms | ImpossibleOffer:
    """Return an offer's terms, or why it isn't possible or could not be redeemed; a call needs nothing of Stripe."""
    if isinstance(priced, ImpossibleOffer) or priced.way == "call":
        return priced
    against = _at_checkout if priced.way == "checkout" else _on_the_subscription
    found = chain(against(priced, subscription, customer), _amounts(priced))
    return next((ImpossibleOffer(why=why) for why in found), priced)


def _at_checkout(terms: OfferTerms, subscription: Subscription, customer: Customer) -> Iterator[ImpossibleReason]:
    """Yield why Checkout wouldn't sell the subscription again (Stripe: Create a Checkout Session)."""
    if subscription.pays_by_invoice:  # Checkout starts subscriptions that are charged automatically only
        yield "pays_by_invoice"
    switched = terms.price if isinstance(terms.offer, SwitchPlan) else None
    sold = [item.price for item in subscription.items] if switched is None else [switched]
    if not all(price.active for price in sold):
        yield "price_archived"
    if len({(price.interval, price.interval_count) for price in sold}) > 1:
        yield "mixed_intervals"
    if any(item.quantity == 0 for item in subscription.items):
        yield "quantity_zero"
    if len(sold) > _MOST_ITEMS:
        yield "too_many_items"
    connect = subscription.connect
    if connect is not None and connect.application_fee_percent is not None and connect.destination is None:
        yield "platform_fee"  # taken by a platform that acts for this account (SDK: `application_fee_percent`)
    if customer.currency not in {None, subscription.currency}:
        yield "pinned_currency"


def _on_the_subscription(
    terms: OfferTerms, subscription: Subscription, customer: Customer
) -> Iterator[ImpossibleReason]:
    """Yield why the subscription could not be changed as the offer says (Stripe: Update a subscription)."""
    if subscription.schedule_id is not None:
        yield "schedule"
    if isinstance(terms.offer, SwitchPlan) and terms.price is not None and not terms.price.active:
        yield "price_archived"


def _amounts(terms: OfferTerms) -> Iterator[ImpossibleReason]:
    if not all(amount.is_chargeable for amount in (*(each.after for each in terms.invoices), terms.later)):
        yield "uncollectable"
