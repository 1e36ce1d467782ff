"""*Undo*: for a day the customer can take back an accepted offer, and everything is as it was before."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.billing.subscription import Cancellation
from domain.cancellations.observation import Observation
from domain.keyring import token_digest
from domain.winback.proposal import OfferRow
from flows.cancellations.withdraw_offers import release
from flows.effects import PostUndone, RefreshSubscription, UndoOffer
from flows.failures import CALL_FAILURES, Refused
from flows.outbox.dispatcher import Attempt
from flows.outbox.run_now import InlineDispatcher
from flows.portal_links.landing_page import unavailable
from flows.portal_links.page_answers import LinkUnavailable
from flows.ports.context import Context
from flows.ports.store import UnitOfWork
from flows.winback.offers.answers import InProgress, PageClosed, Undone, UndoPage
from flows.winback.offers.page import OfferPages
from flows.winback.offers.transitions import OfferTransitions

NOT_UNDONE = "not_undone"
"""The `why` of an accepted offer that the customer wanted to undo but Stripe refused."""


@dataclass(frozen=True, slots=True)
class UndoPages:
    """The page behind the *Undo* link, and the work that it leads to."""

    context: Context
    transitions: OfferTransitions
    pages: OfferPages
    inline: InlineDispatcher

    async def look(self, token: str, *, now: datetime) -> UndoPage | Undone | InProgress | PageClosed | LinkUnavailable:
        """Return what the page shows; changes nothing."""
        try:
            offer = await self._find(token)
            answer = _answer_for_state(offer, now=now)
            if answer is not None or offer is None or offer.undo_until is None:
                return answer or PageClosed(why="unknown")
            _, address = self.context.wording.mask_customer(await self.context.billing.read_customer(offer.customer_id))
            plan = await self.pages.plan_name(offer)
            return UndoPage(masked_address=address, terms=offer.terms, plan=plan, undo_until=offer.undo_until)
        except CALL_FAILURES as fault:
            return unavailable(fault, self.context)

    async def undo(self, token: str, *, now: datetime) -> Undone | InProgress | PageClosed | LinkUnavailable:
        """Store that it is to be undone, then do it at once if possible."""
        try:
            offer = await self._find(token)
            answer = _answer_for_state(offer, now=now)
            if answer is not None or offer is None:
                return answer or PageClosed(why="unknown")
            key = f"undo:{offer.id}"

            def undoing(row: OfferRow) -> OfferRow | None:
                return replace(row, state="undoing") if _answer_for_state(row, now=now) is None else None

            async def ask(unit: UnitOfWork, row: OfferRow) -> None:
                await _observe_undo(unit, row, now=now)
                await unit.outbox.add(UndoOffer(row.id), key=key, due_at=now + self.inline.max_wait)

            if await self.transitions.change(offer.id, undoing, who="customer", action="undo_offer", now=now, also=ask):
                await self.inline.do(key, now=now)
            return _answer_for_state(await self.transitions.read(offer.id), now=now) or PageClosed(why="undo_over")
        except CALL_FAILURES as fault:
            return unavailable(fault, self.context)

    async def put_back(self, effect: UndoOffer, attempt: Attempt, now: datetime) -> None:
        """Put back at Stripe what accepting changed; if Stripe refuses, the offer stays accepted."""
        offer = await self.transitions.read(effect.offer_id)
        if offer is None or offer.state != "undoing" or offer.before is None:
            return
        was = offer.before
        try:
            await self.transitions.attempt(
                offer,
                "undo",
                lambda key: self.context.offer_billing.put_back(
                    offer.subscription_id, before=was, terms=offer.terms, idempotency_key=key
                ),
            )
        except Refused as refused:
            if refused.fault != "credential":
                await self._keep(offer, now=now)
            raise

        def undone(row: OfferRow) -> OfferRow | None:
            if row.state != "undoing":
                return None
            return replace(row, state="undone", undone_at=now, redeemed_with=None, reserved=())

        async def follow(unit: UnitOfWork, row: OfferRow) -> None:
            await release(unit, row)
            await unit.outbox.add(PostUndone(row.id), key=f"undone:{row.id}", due_at=now)
            await _read_again(unit, row, now=now)

        await self.transitions.change(offer.id, undone, who="winback", action="undo_offer", now=now, also=follow)

    async def _keep(self, offer: OfferRow, *, now: datetime) -> None:
        def kept(row: OfferRow) -> OfferRow | None:
            return replace(row, state="accepted", why=NOT_UNDONE, undo_until=now) if row.state == "undoing" else None

        async def forget(unit: UnitOfWork, row: OfferRow) -> None:
            await unit.observations.remove(_undo_id(row))
            await _read_again(unit, row, now=now)

        await self.transitions.change(offer.id, kept, who="winback", action="undo_offer", now=now, also=forget)

    async def _find(self, token: str) -> OfferRow | None:
        async with self.context.store.read() as unit:
            return await unit.offers.by_undo(token_digest(token))


def _undo_id(offer: OfferRow) -> str:
    return f"undo:{offer.id}"


async def _observe_undo(unit: UnitOfWork, offer: OfferRow, *, now: datetime) -> None:
    """Store that the next cancellation of this subscription is the old one put back, before Stripe reports it."""
    row, was = await unit.observations.row(offer.subscription_id), offer.before
    if row is None or was is None:
        return
    undo = Observation(
        subscription_id=offer.subscription_id,
        source="undo",
        source_id=_undo_id(offer),
        seen_at=now.replace(microsecond=0),
        status="trialing" if was.trial_end_at is not None and was.trial_end_at > now else "active",
        created_at=row.created_at,
        canceled_at=None,
        cancel_at=was.cancel_at,
        cancel_at_period_end=was.cancel_at_period_end,
        ended_at=None,
        cancellation=Cancellation(kind=None, feedback=None, feedback_option=None, comment=None),
    )
    await unit.observations.add([undo])


async def _read_again(unit: UnitOfWork, offer: OfferRow, *, now: datetime) -> None:
    await unit.outbox.add(
        RefreshSubscription(offer.subscription_id), key=f"read:{offer.subscription_id}:{_undo_id(offer)}", due_at=now
    )


def _answer_for_state(offer: OfferRow | None, *, now: datetime) -> Undone | InProgress | PageClosed | None:
    """Return the answer that an offer's state gives to *Undo*, or None if it can be undone."""
    if offer is None or offer.undo_until is None:
        return PageClosed(why="unknown")
    if offer.state == "undone":
        return Undone()
    if offer.state == "undoing":
        return InProgress()
    return None if offer.state == "accepted" and now < offer.undo_until else PageClosed(why="undo_over")
