"""Redeem an accepted offer at Stripe, and schedule everything that follows."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from domain.billing.subscription import Subscription
from domain.keyring import token_digest
from domain.winback.proposal import OfferRow, UndoSnapshot
from flows.effects import EmailConfirmation, EmailRestart, PostAcceptance, RedeemOffer, TrackCost, TrackOutcome
from flows.outbox.dispatcher import Attempt
from flows.ports.context import Context
from flows.ports.store import UnitOfWork
from flows.winback.offers.page import OfferPages
from flows.winback.offers.transitions import OfferTransitions

UNDO_FOR = timedelta(hours=24)
FIRST_LOOK = timedelta(hours=2)
"""How soon after an acceptance its cost is looked at again; after that, after each invoice."""
RESTART_NOTICE = timedelta(days=7)
"""How long before billing restarts after a pause an email says so."""


@dataclass(frozen=True, slots=True)
class OfferRedemption:
    """The work behind `RedeemOffer`."""

    context: Context
    transitions: OfferTransitions
    pages: OfferPages

    async def redeem(self, effect: RedeemOffer, attempt: Attempt, now: datetime) -> None:
        """Un-cancel and apply the offer in one update; what an earlier attempt did isn't done again.

        If seats were added since the page was opened, so that it would cost more than was approved, it ends.
        """
        offer = await self.transitions.due(effect.offer_id, "accepting")
        if offer is None:
            return
        async with self.transitions.failing(offer.id, now=now):
            if await self._is_dearer(offer, now=now):
                await self.transitions.revise(offer, now=now)
                return
            await self.transitions.attempt(
                offer,
                "accept",
                lambda key: self.context.offer_billing.accept(offer.subscription_id, offer.terms, idempotency_key=key),
            )
        await self._accepted(offer, now=now)

    async def _is_dearer(self, offer: OfferRow, *, now: datetime) -> bool:
        subscription = (await self.context.billing.read_subscription(offer.subscription_id)).subscription
        if subscription.ended_at is not None or subscription.ends_at is None:
            return False  # an earlier attempt has un-cancelled it, or Stripe will refuse
        return (await self.pages.priced(offer, subscription, now=now)).is_dearer_than(offer.terms)

    async def _accepted(self, offer: OfferRow, *, now: datetime) -> None:
        ends_at = _ending(offer.before) if offer.before else None
        token = self.context.keyring.link_token(offer.id, "undo", offer.key_id)

        def accepted(row: OfferRow) -> OfferRow | None:
            if row.state != "accepting":
                return None
            return replace(
                row,
                state="accepted",
                redeemed_with=row.subscription_id,
                undo_digest=token_digest(token),
                undo_until=min(now + UNDO_FOR, ends_at) if ends_at else now + UNDO_FOR,
            )

        follow = partial(add_follow_ups, now=now)
        await self.transitions.change(offer.id, accepted, who="winback", action="redeem_offer", now=now, also=follow)


def undo_snapshot(subscription: Subscription) -> UndoSnapshot:
    """Return what accepting will change in a subscription, so that it can be put back."""
    return UndoSnapshot(
        cancel_at=subscription.cancel_at,
        cancel_at_period_end=subscription.cancel_at_period_end,
        items=subscription.items,
        discounts=subscription.discounts,
        trial_end_at=subscription.trial_end_at,
    )


async def add_follow_ups(unit: UnitOfWork, offer: OfferRow, *, now: datetime) -> None:
    """Schedule what follows a redeemed offer: emails, the reply under the card, tracking the outcome."""
    await unit.outbox.add(EmailConfirmation(offer.id), key=f"confirm:{offer.id}", due_at=now)
    await unit.outbox.add(PostAcceptance(offer.id), key=f"accepted:{offer.id}", due_at=now)
    await unit.outbox.add(TrackOutcome(offer.case_id), key=f"return:{offer.case_id}:{now.isoformat()}", due_at=now)
    if offer.terms.charge.minor:
        await unit.outbox.add(TrackCost(offer.id), key=f"cost:{offer.id}", due_at=now + FIRST_LOOK)
    restarts_at = offer.terms.restarts_at
    if restarts_at is not None:
        await unit.outbox.add(EmailRestart(offer.id), key=f"restart:{offer.id}", due_at=restarts_at - RESTART_NOTICE)


def _ending(was: UndoSnapshot) -> datetime | None:
    """Return when it would have ended, after which it can't be put back, or None."""
    if was.cancel_at is not None:
        return was.cancel_at
    return min((item.period_end for item in was.items), default=None) if was.cancel_at_period_end else None
