"""Follow what an accepted offer costs: seats are added, a plan is changed, a price goes up."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.billing.periods import add_months
from domain.billing.subscription import Subscription
from domain.money import Money
from domain.winback.offer import SwitchPlan
from domain.winback.proposal import OfferRow
from domain.winback.true_cost import true_cost
from flows.effects import TrackCost
from flows.outbox.dispatcher import Attempt
from flows.ports.context import Context
from flows.ports.store import UnitOfWork
from flows.winback.offers.transitions import OfferTransitions
from flows.winback.policy.active_policy import ActivePolicy
from flows.winback.policy.budgets import charge_growth

SETTLED_AFTER = timedelta(hours=2)
"""How long after a period's end its invoice is final; Stripe leaves it a draft for about an hour."""


@dataclass(frozen=True, slots=True)
class CostTracker:
    """The work behind `TrackCost`."""

    context: Context
    transitions: OfferTransitions
    policies: ActivePolicy

    async def track(self, effect: TrackCost, attempt: Attempt, now: datetime) -> None:
        """Compute what an offer costs by now, charge to the budget what it has grown by, and look after each invoice.

        Its card says what was given so far, and where it is more than was approved. Safe to repeat: each growth is
        charged once.
        """
        policy, offer = self.policies.current, await self.transitions.read(effect.offer_id)
        if offer is None or offer.state != "accepted" or offer.redeemed_with is None:
            return
        subscription = (await self.context.billing.read_subscription(offer.redeemed_with)).subscription
        given = await self._given(offer)
        was = offer.before.items if offer.before is not None else None
        cost = true_cost(offer.terms, subscription, given=given, was=was, at=now)

        known = given if offer.terms.coupon is not None else None

        def follow(row: OfferRow) -> OfferRow | None:
            if row.state != "accepted" or (row.given == known and cost.minor <= row.held.minor):
                return None
            return replace(row, given=known, charged=cost if cost.minor > row.held.minor else row.charged)

        async def charge(unit: UnitOfWork, row: OfferRow) -> None:
            if cost.minor > row.held.minor:
                await charge_growth(unit, row, cost, policy, now=now)

        action = "offer_cost" if cost.minor > offer.held.minor else "offer_given"
        await self.transitions.change(offer.id, follow, who="winback", action=action, now=now, also=charge)
        again_at = _again_at(offer, subscription, given, policy.limits.give_up_months, now=now)
        if again_at is not None:
            async with self.context.store.begin() as unit:
                key = f"cost:{offer.id}:{again_at.isoformat()}"
                await unit.outbox.add(TrackCost(offer.id), key=key, due_at=again_at)
                await unit.commit()

    async def _given(self, offer: OfferRow) -> Money:
        coupon, subscription_id = offer.terms.coupon, offer.redeemed_with
        if coupon is None or subscription_id is None:
            return Money(0, offer.terms.cost.currency)
        since = offer.created_at if offer.terms.way == "checkout" else offer.accepted_at or offer.created_at
        return await self.context.offer_billing.discount_given(
            subscription_id, coupon_id=coupon.id, currency=offer.terms.cost.currency, since=since
        )


def _again_at(
    offer: OfferRow, subscription: Subscription, given: Money, give_up_months: int, *, now: datetime
) -> datetime | None:
    """Return when the next invoice is final, or None: the cost can't grow any more."""
    due = min((item.period_end for item in subscription.items if item.period_end + SETTLED_AFTER > now), default=None)
    if due is None or subscription.ended_at is not None:
        return None
    terms, accepted_at = offer.terms, offer.accepted_at or offer.created_at
    if terms.coupon is not None:
        runs = any(each.coupon_id == terms.coupon.id and each.runs_at(now) for each in subscription.discounts)
        goes_on = runs and not (terms.coupon.duration == "once" and given.minor)
    elif isinstance(terms.offer, SwitchPlan):
        goes_on = now < add_months(accepted_at, give_up_months)
    else:
        goes_on = now < terms.invoices[0].at
    return due + SETTLED_AFTER if goes_on else None
