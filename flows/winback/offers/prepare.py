"""An approved offer gets ready to go out: checked once more, with its coupon and its code made at Stripe."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.winback.proposal import OfferRow
from domain.winback.terms import OfferTerms
from flows.effects import EmailOffer, ExpireOffer, PrepareOffer
from flows.failures import Refused
from flows.outbox.dispatcher import Attempt
from flows.ports import PromotionCode
from flows.ports.context import Context
from flows.ports.store import UnitOfWork
from flows.winback.offers.email import email_key, ensure_not_paused
from flows.winback.offers.promotion_code import promotion_code
from flows.winback.offers.transitions import OfferTransitions, failures
from flows.winback.policy.active_policy import ActivePolicy
from flows.winback.policy.eligibility import EligibilityChecks
from flows.winback.policy.sending_pause import PauseControl

CODES = 3
"""So many codes are tried where somebody else's are the same."""


@dataclass(frozen=True, slots=True)
class OfferPreparation:
    """The works behind `PrepareOffer` and `ExpireOffer`."""

    context: Context
    transitions: OfferTransitions
    eligibility: EligibilityChecks
    policies: ActivePolicy
    pause_control: PauseControl

    async def prepare(self, effect: PrepareOffer, attempt: Attempt, now: datetime) -> None:
        """Check an offer for the third time, have its coupon and its code there, and ask for its letter.

        What Stripe refuses for good ends the offer, and the effect is dead with the reason.
        """
        offer = await self.transitions.due(effect.offer_id, "sending")
        if offer is None:
            return
        await ensure_not_paused(self.pause_control)
        if now >= offer.expires_at:
            await self.transitions.give_up(offer.id, "over", why="expired", now=now)
            return
        terms = await self._check(offer, now=now)
        if terms is None:
            return
        try:
            code = await self._at_stripe(offer, terms)
        except Refused as refused:
            await self.transitions.fail(offer.id, refused, now=now)
            raise

        def ready(row: OfferRow) -> OfferRow | None:
            if row.state != "sending":
                return None
            return replace(
                row,
                terms=replace(terms, cost=row.terms.cost),  # what is reserved is what can be given back
                coupon_id=terms.coupon.id if terms.coupon else None,
                promotion_code_id=code.id if code else None,
                code=code.code if code else None,
            )

        async def send(unit: UnitOfWork, row: OfferRow) -> None:
            await unit.outbox.add(EmailOffer(row.id), key=email_key(row, at=None), due_at=now)
            await unit.outbox.add(ExpireOffer(row.id), key=f"end:{row.id}", due_at=row.expires_at)

        await self.transitions.change(offer.id, ready, who="winback", action="prepare_offer", now=now, also=send)

    async def expire(self, effect: ExpireOffer, attempt: Attempt, now: datetime) -> None:
        """Let an offer that was not taken up in time expire."""
        await self.transitions.give_up(effect.offer_id, "over", why="expired", now=now)

    async def _check(self, offer: OfferRow, *, now: datetime) -> OfferTerms | None:
        """Judge what was approved on fresh reads; None: it was stopped, and the card says why."""
        async with self.context.store.read() as unit:
            proposal = await unit.proposals.get(offer.proposal_id)
        if proposal is None:
            raise Refused("nothing is known of the offer's proposal", fault="request", code="no_proposal")
        checked = await self.eligibility.check(proposal, self.policies.current, now=now)
        if isinstance(checked, OfferTerms) and checked.cost.minor <= offer.terms.cost.minor:
            return checked
        why = "costs_more" if isinstance(checked, OfferTerms) else checked[0].why
        await self.transitions.give_up(offer.id, "stopped", why=why, now=now)
        return None

    async def _at_stripe(self, offer: OfferRow, terms: OfferTerms) -> PromotionCode | None:
        """Have the coupon there, and for a new subscription the customer's own code."""
        coupon = terms.coupon
        if coupon is None:
            return None
        await self.transitions.attempt(
            offer, "coupon", lambda key: self.context.offer_billing.coupon(coupon, idempotency_key=key)
        )
        if terms.way != "checkout":
            return None
        for _ in range(CODES - 1):
            try:
                return await self._code(offer, coupon.id)
            except Refused as refused:
                if refused.code != "code_taken":
                    raise
                offer = await self.transitions.read(offer.id) or offer
        return await self._code(offer, coupon.id)

    async def _code(self, offer: OfferRow, coupon_id: str) -> PromotionCode:
        code = promotion_code(self.context.keyring, offer.id, number=failures(offer, "code"), key_id=offer.key_id)
        return await self.transitions.attempt(
            offer,
            "code",
            lambda key: self.context.offer_billing.promotion_code(
                coupon_id=coupon_id,
                customer_id=offer.customer_id,
                code=code,
                offer_id=offer.id,
                expires_at=offer.expires_at,
                idempotency_key=key,
            ),
        )
