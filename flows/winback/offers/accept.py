"""A customer opens an offer's page and accepts. Opening changes nothing; accepting must match what was shown."""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from domain.billing.portal_access import Purpose
from domain.billing.subscription import FEEDBACKS
from domain.keyring import token_digest
from domain.winback.case_card import OfferReminder
from domain.winback.proposal import OfferRow
from flows.effects import RedeemOffer
from flows.failures import CALL_FAILURES, Refused
from flows.outbox.run_now import InlineDispatcher
from flows.portal_links.landing_page import unavailable
from flows.portal_links.page_answers import LinkUnavailable
from flows.ports.context import Context
from flows.ports.store import UnitOfWork
from flows.winback.offers.answers import (
    Accepted,
    InProgress,
    NoThanks,
    OfferChanged,
    OfferPage,
    PageClosed,
    RedirectToStripe,
)
from flows.winback.offers.checkout import OfferCheckout
from flows.winback.offers.page import OfferPages, OpenOffer
from flows.winback.offers.redeem import undo_snapshot
from flows.winback.offers.transitions import ON_ITS_WAY, OfferTransitions
from flows.winback.policy.budgets import hold_true_cost

Result = TypeVar("Result")
Answer = Accepted | InProgress | PageClosed


@dataclass(frozen=True, slots=True)
class OfferAcceptance:
    """The page behind an offer's link."""

    context: Context
    transitions: OfferTransitions
    pages: OfferPages
    checkouts: OfferCheckout
    inline: InlineDispatcher

    async def look(
        self, token: str, *, now: datetime
    ) -> OfferPage | Accepted | InProgress | PageClosed | LinkUnavailable:
        """Return what the page shows; nothing is accepted and Stripe is only read, so link scanners do no harm.

        If Stripe would refuse the offer for good, it fails here already, so that staff know before the customer asks.
        One that would cost more than was approved ends and is proposed again: the page says so.
        """

        async def show(offer: OfferRow) -> OfferPage | Accepted | InProgress | PageClosed:
            async with self.transitions.failing(offer.id, now=now):
                shown = await self._show(offer, now=now)
            return shown.page if isinstance(shown, OpenOffer) else shown

        return await self._answer(token, show)

    async def accept(
        self, token: str, *, agreed: str, now: datetime
    ) -> Accepted | InProgress | RedirectToStripe | OfferChanged | PageClosed | LinkUnavailable:
        """Accept the offer if it is still what the page showed; otherwise nothing happens and the page is shown again.

        If Stripe refuses for good, the offer fails, so that the card says so.
        """

        async def take(offer: OfferRow) -> Answer | RedirectToStripe | OfferChanged:
            async with self.transitions.failing(offer.id, now=now):
                shown = await self._show(offer, now=now)
                if not isinstance(shown, OpenOffer):
                    return shown
                if not hmac.compare_digest(agreed.encode(), shown.page.agreed.encode()):
                    return OfferChanged(page=shown.page)
                if shown.page.terms.way == "checkout":
                    return await self._check_out(shown, now=now)
                return await self._resume(shown, token, now=now)

        return await self._answer(token, take)

    async def say_no(
        self, token: str, *, why: str | None, now: datetime
    ) -> NoThanks | Accepted | InProgress | PageClosed | LinkUnavailable:
        """Store that the customer wants no reminder and no later step in this case; they can still accept.

        `why` is one of Stripe's feedbacks, given at once or after; another value counts as none. Stripe isn't asked,
        and nothing is released.
        """

        async def refrain(offer: OfferRow) -> NoThanks | Answer:
            given = why if why in FEEDBACKS else None
            await self.transitions.change(
                offer.id, lambda row: _with_no_thanks(row, now, given), who="customer", action="no_thanks", now=now
            )
            offer = await self.transitions.read(offer.id) or offer
            answer = await self.pages.answer_for_state(offer, now=now)
            return answer or NoThanks(expires_at=offer.expires_at, asks_why=offer.no_thanks_why is None)

        return await self._answer(token, refrain)

    async def _answer(
        self, token: str, step: Callable[[OfferRow], Awaitable[Result]]
    ) -> Result | PageClosed | LinkUnavailable:
        """Return what a step answers for a link's offer: a refusal closes the page, other failures may end later."""
        try:
            async with self.context.store.read() as unit:
                offer = await unit.offers.by_digest(token_digest(token))
            return PageClosed(why="unknown") if offer is None else await step(offer)
        except CALL_FAILURES as fault:
            if isinstance(fault, Refused) and fault.fault != "credential":
                return PageClosed(why="impossible")
            return unavailable(fault, self.context)

    async def _show(self, offer: OfferRow, *, now: datetime) -> OpenOffer | Accepted | InProgress | PageClosed:
        shown = await self.pages.show(offer, now=now)
        if shown == PageClosed(why="costs_more"):
            await self.transitions.revise(offer, now=now)
        return shown

    async def _resume(self, shown: OpenOffer, token: str, *, now: datetime) -> Answer | RedirectToStripe:
        page, before = shown.page, undo_snapshot(shown.snapshot.subscription)

        def accepting(row: OfferRow) -> OfferRow | None:
            if row.state not in ON_ITS_WAY or shown.priced.is_dearer_than(row.terms):
                return None
            return replace(
                row,
                state="accepting",
                terms=page.terms,
                charged=shown.priced.charge,
                before=before,
                promised=page.first.due if page.first else None,
                accepted_at=now,
                sent_at=row.sent_at or now,
                email_state="none" if row.email_state == "none" else "sent",  # who accepts has read the email
            )

        key = f"apply:{shown.offer.id}"

        async def ask(unit: UnitOfWork, row: OfferRow) -> None:
            await hold_true_cost(unit, row, shown.priced.charge)
            await unit.outbox.add(RedeemOffer(row.id), key=key, due_at=now + self.inline.max_wait)

        taken = await self.transitions.change(
            shown.offer.id, accepting, who="customer", action="accept_offer", now=now, also=ask
        )
        if taken is not None:
            await self.inline.do(key, now=now)
        offer = await self.transitions.read(shown.offer.id) or shown.offer
        answer = await self.pages.answer_for_state(offer, now=now) or PageClosed(why="impossible")
        payment_failed = shown.snapshot.case.episode.cancellation.kind == "payment_failed"
        if isinstance(answer, Accepted) and payment_failed and not page.terms.pays_by_invoice:
            return await self._card_page(offer, token) or answer
        return answer

    async def _card_page(self, offer: OfferRow, token: str) -> RedirectToStripe | None:
        """Return the portal's card page after a failed payment, or None: they are back all the same."""
        try:
            url = await self.context.billing.open_portal(
                customer_id=offer.customer_id,
                purpose=Purpose.CARD,
                subscription_id=None,
                return_url=f"{self.context.settings.public_url}/o/{token}",
                idempotency_key=str(self.context.new_id()),
            )
        except CALL_FAILURES:
            return None
        return RedirectToStripe(url=url)

    async def _check_out(self, shown: OpenOffer, *, now: datetime) -> RedirectToStripe | Answer:
        terms = shown.page.terms
        session = await self.checkouts.session(
            shown.offer, terms, promised=shown.page.first.due if shown.page.first else terms.later, now=now
        )
        if session is None:
            offer = await self.transitions.read(shown.offer.id) or shown.offer
            return await self.pages.answer_for_state(offer, now=now) or PageClosed(why="impossible")
        return InProgress() if session.url is None else RedirectToStripe(url=session.url)


def _with_no_thanks(row: OfferRow, now: datetime, why: str | None) -> OfferRow | None:
    if row.state not in ON_ITS_WAY or now >= row.expires_at:
        return None
    if row.no_thanks_at is not None:
        return replace(row, no_thanks_why=why) if why is not None and row.no_thanks_why is None else None
    waits = row.reminder is not None and row.reminder.state == "planned"
    reminder = OfferReminder(state="stopped", at=now, why="no_thanks") if waits else row.reminder
    return replace(row, no_thanks_at=now, no_thanks_why=why, reminder=reminder)
