"""Prepare an approved offer for sending: check it once more, and create its coupon and code at Stripe."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.ids import OfferId
from domain.keyring import Keyring
from domain.winback.proposal import OfferRow
from domain.winback.terms import OfferTerms
from flows.effects import ClosePromotionCode, EmailOffer, ExpireOffer, PrepareOffer
from flows.failures import Refused
from flows.outbox.dispatcher import Attempt
from flows.outbox.message_updates import tell_proposer
from flows.ports import PromotionCode
from flows.ports.context import Context
from flows.ports.store import UnitOfWork
from flows.winback.offers.email import email_key
from flows.winback.offers.recheck import OfferRecheck
from flows.winback.offers.transitions import OfferTransitions, failures
from flows.winback.policy.active_policy import ActivePolicy
from flows.winback.policy.sending_pause import PauseControl, ensure_not_paused

_LETTERS = "CDFGHJKMNPQRTVWXY34679"
"""Letters that can't be mistaken for one another, read aloud or in print; without vowels they spell nothing."""
_GROUP = 4


def promotion_code(keyring: Keyring, offer_id: OfferId, *, number: int, key_id: str) -> str:
    """Return the `number`-th code of an offer, like "BACK-7KQM-3WXP"."""
    digest = keyring.mac("promotion", offer_id.bytes + number.to_bytes(8, "big"), key_id=key_id)
    left, letters = int.from_bytes(digest, "big"), ""
    for _ in range(2 * _GROUP):
        left, each = divmod(left, len(_LETTERS))
        letters += _LETTERS[each]
    return f"BACK-{letters[:_GROUP]}-{letters[_GROUP:]}"


CODES = 3
"""How many codes are tried if other offers have the same ones."""


@dataclass(frozen=True, slots=True)
class OfferPreparation:
    """The work behind `PrepareOffer` and `ExpireOffer`."""

    context: Context
    transitions: OfferTransitions
    recheck: OfferRecheck
    pause_control: PauseControl
    policies: ActivePolicy

    async def prepare(self, effect: PrepareOffer, attempt: Attempt, now: datetime) -> None:
        """Check an offer for the third time, create its coupon and any code, and have it emailed or its link passed on.

        If Stripe refuses for good, the offer fails and the effect is dead with the reason.
        """
        offer = await self.transitions.due(effect.offer_id, "sending")
        if offer is None:
            return
        await ensure_not_paused(self.pause_control)
        if now >= offer.expires_at:
            await self.transitions.give_up(offer.id, "over", why="expired", now=now)
            return
        terms = await self.recheck.passed(offer, now=now)
        if terms is None:
            return
        async with self.transitions.failing(offer.id, now=now):
            code = await self._at_stripe(offer, terms)

        def ready(row: OfferRow) -> OfferRow | None:
            if row.state != "sending":
                return None
            by_link = row.email_state == "none"
            return replace(
                row,
                state="sent" if by_link else row.state,
                sent_at=now if by_link else row.sent_at,
                terms=terms.charged_as(row.terms),  # the reserved cost is what is given back later
                coupon_id=terms.coupon.id if terms.coupon else None,
                promotion_code_id=code.id if code else None,
                code=code.code if code else None,
            )

        async def send(unit: UnitOfWork, row: OfferRow) -> None:
            proposal = await unit.proposals.get(row.proposal_id)
            if row.email_state == "none" and proposal is not None:
                await tell_proposer(unit, proposal, "approved", by=None, now=now)
            else:
                await unit.outbox.add(EmailOffer(row.id), key=email_key(row, at=None), due_at=now)
            await unit.outbox.add(ExpireOffer(row.id), key=f"end:{row.id}", due_at=row.expires_at)

        made = await self.transitions.change(offer.id, ready, who="winback", action="prepare_offer", now=now, also=send)
        if made is None and code is not None:  # held or withdrawn while Stripe made the code
            await self.context.offer_billing.close_promotion_code(code.id)

    async def close_code(self, effect: ClosePromotionCode, attempt: Attempt, now: datetime) -> None:
        """Switch off the promotion code of an offer that no longer stands."""
        await self.context.offer_billing.close_promotion_code(effect.promotion_code_id)

    async def expire(self, effect: ExpireOffer, attempt: Attempt, now: datetime) -> None:
        """Expire an offer that nobody accepted in time."""
        await self.transitions.give_up(effect.offer_id, "over", why="expired", now=now)

    async def _at_stripe(self, offer: OfferRow, terms: OfferTerms) -> PromotionCode | None:
        """Create the coupon and, for a new subscription on the company's own website, the customer's own code."""
        coupon = terms.coupon
        if coupon is None:
            return None
        await self.transitions.attempt(
            offer, "coupon", lambda key: self.context.offer_billing.coupon(coupon, idempotency_key=key)
        )
        if terms.way != "checkout" or not self.policies.current.own_site_code:
            return None  # our own page sends the coupon itself along
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
