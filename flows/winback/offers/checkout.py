"""Offers for ended subscriptions: at most one open Checkout session per person, and what happens when one is paid.

Two tabs get one session, because the request is written down before Stripe is asked:

    1. Tab A stores `session_expires_at` (draft 1) and asks Stripe under the key "<offer>:checkout:1".
    2. Tab B finds that draft and asks under the same key, so Stripe answers with the same session.
    3. A claims the session for the person. B sees its id on the offer and goes to the same page.
    4. If another offer's session was claimed first, A expires its own at Stripe and starts draft 2 under a new key.
    5. Whichever session is paid, its event redeems its offer, whatever became of the offer meanwhile.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.billing.subscription import LIVE_STATUSES
from domain.ids import ChannelId, OfferId, SessionId, SubscriptionId
from domain.money import Money
from domain.winback.offer_lifetime import CHECKOUT_OPEN_FOR
from domain.winback.proposal import OfferRow
from domain.winback.terms import OfferTerms
from flows.effects import AlertTwoSubscriptions, CloseCheckout
from flows.failures import Unavailable
from flows.outbox.dispatcher import Attempt
from flows.ports import CheckoutSession, StripeEvent
from flows.ports.context import Context
from flows.ports.store import UnitOfWork
from flows.winback.offers.redeem import add_follow_ups
from flows.winback.offers.snapshot import OfferSnapshots
from flows.winback.offers.transitions import CHANGES, ON_ITS_WAY, OfferTransitions, count_failure, failures
from flows.winback.policy.budgets import hold_true_cost

SHORTEST = timedelta(minutes=31)
"""Stripe allows 30 minutes at least."""
_STEP = "checkout"


@dataclass(frozen=True, slots=True)
class OfferCheckout:
    """Opens Checkout sessions, and redeems the offer of a completed one."""

    context: Context
    transitions: OfferTransitions
    snapshots: OfferSnapshots
    approvals: ChannelId

    async def session(
        self, offer: OfferRow, terms: OfferTerms, *, promised: Money, now: datetime
    ) -> CheckoutSession | None:
        """Return the person's only open session, which is this offer's now; if it is `complete`, they have paid.

        None if the offer is no longer open.
        """
        for _ in range(CHANGES):
            current = await self._current_session(offer)
            if current is not None:
                return current
            drafted = await self._draft(offer.id, terms, promised=promised, now=now)
            if drafted is None:
                return None
            expires_at = _opening_until(drafted, now)
            if expires_at is None:
                continue  # another tab has opened one by now
            opened = await self._open(drafted, expires_at=expires_at)
            if opened.status == "open" and await self._claim(drafted, opened):
                return opened
            await self._drop(drafted, opened)
        raise Unavailable("other tabs of the same person kept opening Checkout sessions")

    async def completed(self, event: StripeEvent, *, now: datetime) -> None:
        """Process a stored event; its inbox row is finished in the transaction that redeems the offer.

        A paid offer is redeemed whatever became of it meanwhile; its `why` still says what did.
        """
        session_id = self.context.webhooks.completed_checkout(event)
        offer = await self._offer_of(session_id) if session_id is not None else None
        if session_id is None or offer is None:
            async with self.context.store.begin() as unit:
                await unit.inbox.finish(event.id)
                await unit.commit()
            return
        session = await self.context.offer_billing.read_checkout(session_id)
        taken_up = session.subscription_id
        if taken_up is None:
            raise Unavailable("the completed Checkout session has no subscription yet")
        has_another = await self._has_another(offer, taken_up)

        def paid(row: OfferRow) -> OfferRow | None:
            return replace(
                row,
                state="accepted",
                accepted_at=now,
                redeemed_with=taken_up,
                sent_at=row.sent_at or now,
                charged=row.terms.accepted_charge,
            )

        async def follow(unit: UnitOfWork, row: OfferRow) -> None:
            await hold_true_cost(unit, row, row.terms.accepted_charge)
            await add_follow_ups(unit, row, now=now)
            await unit.offers.claim_checkout(row.person_id, row.id, session_id=None, expected=session.id)
            if has_another:
                await unit.outbox.add(
                    AlertTwoSubscriptions(row.id, self.approvals), key=f"has_another:{row.id}", due_at=now
                )
            await unit.inbox.finish(event.id)
            await unit.outbox.resume("stripe", by_event=True)

        await self.transitions.change(
            offer.id, paid, who="customer", action="accept_offer", now=now, also=follow, cause=event.id
        )

    async def close(self, effect: CloseCheckout, attempt: Attempt, now: datetime) -> None:
        """Close a withdrawn offer's session; if it was paid, its event redeems the offer."""
        offer = await self.transitions.read(effect.offer_id)
        if offer is None or offer.session_id is None or offer.state == "accepted":
            return
        session = await self.context.offer_billing.read_checkout(offer.session_id)
        if session.status == "open":
            await self.context.offer_billing.expire_checkout(offer.session_id)

    async def _offer_of(self, session_id: SessionId) -> OfferRow | None:
        async with self.context.store.read() as unit:
            offer = await unit.offers.by_session(session_id)
        return None if offer is None or offer.state == "accepted" else offer

    async def _has_another(self, offer: OfferRow, taken_up: SubscriptionId) -> bool:
        async with self.context.store.read() as unit:
            case = await unit.cases.get(offer.case_id)
        since = case.episode.requested_at if case is not None else offer.created_at
        return any(
            each.status in LIVE_STATUSES and each.id != taken_up and each.created_at > since
            for each in await self.snapshots.subscriptions(offer)
        )

    async def _current_session(self, offer: OfferRow) -> CheckoutSession | None:
        """Return the person's session if it can be used; another offer's open session is closed at Stripe first."""
        async with self.context.store.read() as unit:
            row = await unit.offers.get(offer.id)
            own = (row.id, row.session_id) if row is not None and row.session_id is not None else None
            known = await unit.offers.checkout_of(offer.person_id) or own
        if known is None:
            return None
        offer_id, session_id = known
        session = await self.context.offer_billing.read_checkout(session_id)
        if session.status == "open" and offer_id != offer.id:
            session = await self.context.offer_billing.expire_checkout(session_id)
        if session.status != "expired":
            return session
        async with self.context.store.begin() as unit:
            await unit.offers.claim_checkout(offer.person_id, offer_id, session_id=None, expected=session_id)
            over = await unit.offers.get(offer_id)
            if over is None or over.session_id != session_id or await unit.offers.save(_without_session(over)):
                await unit.commit()
        return None

    async def _draft(self, offer_id: OfferId, terms: OfferTerms, *, promised: Money, now: datetime) -> OfferRow | None:
        """Store which session is about to be opened, unless that is stored; None: the offer is no longer open."""

        def draft(row: OfferRow) -> OfferRow | None:
            if row.state not in ON_ITS_WAY or row.session_id is not None or _opening_until(row, now) is not None:
                return None
            return replace(
                count_failure(row, _STEP),
                terms=terms.charged_as(row.terms),
                promised=promised,
                session_expires_at=now + CHECKOUT_OPEN_FOR,
            )

        drafted = await self.transitions.change(offer_id, draft, who="customer", action="accept_offer", now=now)
        row = drafted or await self.transitions.read(offer_id)
        return row if row is not None and row.state in ON_ITS_WAY else None

    async def _open(self, offer: OfferRow, *, expires_at: datetime) -> CheckoutSession:
        page = (
            f"{self.context.settings.public_url}/o/{self.context.keyring.link_token(offer.id, 'offer', offer.key_id)}"
        )
        opened = await self.context.offer_billing.open_checkout(
            offer.subscription_id,
            offer.terms,
            offer_id=offer.id,
            promotion_code_id=offer.promotion_code_id,
            success_url=page,
            cancel_url=page,
            expires_at=expires_at,
            idempotency_key=f"{offer.id}:{_STEP}:{failures(offer, _STEP)}",
        )
        return await self.context.offer_billing.read_checkout(
            opened.id
        )  # Stripe repeats its first answer to a known key

    async def _claim(self, drafted: OfferRow, opened: CheckoutSession) -> bool:
        """Make a session the person's only one; False: another offer's was first, or this offer moved on."""
        async with self.context.store.begin() as unit:
            row = await unit.offers.get(drafted.id)
            if row is None or not _same_draft(row, drafted):
                return False
            if row.session_id == opened.id:
                return True  # from another tab
            claimed = await unit.offers.claim_checkout(row.person_id, row.id, session_id=opened.id, expected=None)
            if not claimed or not await unit.offers.save(replace(row, session_id=opened.id)):
                return False
            await unit.commit()
        return True

    async def _drop(self, drafted: OfferRow, opened: CheckoutSession) -> None:
        """Close a session that nobody was sent to, so that the next one is asked for under a new key."""
        if opened.status == "open":
            await self.context.offer_billing.expire_checkout(opened.id)
        async with self.context.store.begin() as unit:
            row = await unit.offers.get(drafted.id)
            if row is not None and row.session_id is None and _same_draft(row, drafted):
                await unit.offers.save(_without_session(row))
                await unit.commit()


def _opening_until(row: OfferRow, now: datetime) -> datetime | None:
    """Return until when the session lives that is being opened, or None if none is."""
    expires_at = row.session_expires_at
    return expires_at if row.session_id is None and expires_at is not None and now + SHORTEST <= expires_at else None


def _without_session(row: OfferRow) -> OfferRow:
    return replace(row, session_id=None, session_expires_at=None)


def _same_draft(row: OfferRow, drafted: OfferRow) -> bool:
    return row.state in ON_ITS_WAY and failures(row, _STEP) == failures(drafted, _STEP)
