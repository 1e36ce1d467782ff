"""What an offer's page shows: the offer priced for this moment, and Stripe's preview of the first payment."""

import json
from dataclasses import dataclass
from datetime import datetime

from domain.billing.subscription import Price, Subscription
from domain.ids import OfferId
from domain.winback.offer import ExtendTrial, Pause, SwitchPlan
from domain.winback.price_offer import phase_of, price_offer, unlimited
from domain.winback.proposal import COSTS_MORE, TAKEN_BACK, OfferRow
from domain.winback.refusals import unless_refused
from domain.winback.terms import ImpossibleOffer, OfferTerms, PricingContext
from flows.failures import Refused
from flows.ports import InvoicePreview
from flows.ports.context import Context
from flows.winback.offers.answers import Accepted, InProgress, OfferPage, PageClosed
from flows.winback.offers.snapshot import OfferSnapshot, OfferSnapshots
from flows.winback.offers.transitions import ON_ITS_WAY
from flows.winback.policy.active_policy import ActivePolicy

_ENDED: dict[str, PageClosed] = {
    "expired": PageClosed(why="expired"),
    "back": PageClosed(why="back"),
    COSTS_MORE: PageClosed(why="costs_more"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOffer:
    """An offer that can be accepted, its page, and what it was made from; `priced` has what accepting costs now."""

    offer: OfferRow
    page: OfferPage
    snapshot: OfferSnapshot
    priced: OfferTerms


@dataclass(frozen=True, slots=True)
class OfferPages:
    """Builds offers' pages from fresh reads."""

    context: Context
    snapshots: OfferSnapshots
    policies: ActivePolicy

    async def show(self, offer: OfferRow, *, now: datetime) -> OpenOffer | Accepted | InProgress | PageClosed:
        """Return what an offer's page shows now; changes nothing here or at Stripe.

        Raises Refused if the offer can't be kept any more.
        """
        answer = await self.answer_for_state(offer, now=now)
        if answer is not None:
            return answer
        snapshot = await self.snapshots.read(offer)
        if snapshot.back:
            return PageClosed(why="back")
        if snapshot.customer.deleted:
            return PageClosed(why="withdrawn")
        if snapshot.phase != offer.terms.phase:
            return PageClosed(why="expired")
        priced = await self.priced(offer, snapshot.subscription, now=now)
        _kept(unless_refused(priced, snapshot.subscription, snapshot.customer))
        if priced.is_dearer_than(offer.terms):
            return PageClosed(why="costs_more")
        terms = priced.charged_as(offer.terms)
        first = None
        if not isinstance(terms.offer, Pause | ExtendTrial):
            first = await self.context.offer_billing.preview(offer.subscription_id, terms)
        name, address = self.context.wording.mask_customer(snapshot.customer)
        page = OfferPage(
            masked_name=name,
            masked_address=address,
            card=None if terms.pays_by_invoice else snapshot.subscription.card or snapshot.customer.card,
            open_invoice=snapshot.subscription.open_invoice,
            plan=self.context.wording.plan(snapshot.subscription),
            new_plan=self._new_plan(terms),
            terms=terms,
            first=first,
            agreed=self.agreed(offer.id, terms, first),
            expires_at=offer.expires_at,
            no_thanks=offer.no_thanks_at is not None,
            unsubscribe_token=await self._unsubscribe_token(offer),
        )
        return OpenOffer(offer=offer, page=page, snapshot=snapshot, priced=priced)

    async def accepted(self, offer: OfferRow) -> Accepted:
        """Return what was accepted, as stored."""
        return Accepted(
            terms=offer.terms, plan=await self.plan_name(offer), first_due=offer.promised, undo_until=offer.undo_until
        )

    async def plan_name(self, offer: OfferRow) -> str:
        """Return the name of the plan that the customer has after accepting."""
        new = self._new_plan(offer.terms)
        if new is not None:
            return new
        async with self.context.store.read() as unit:
            row = await unit.observations.row(offer.subscription_id)
        return row.facts.plan if row is not None and row.facts is not None else offer.subscription_id

    def agreed(self, offer_id: OfferId, terms: OfferTerms, first: InvoicePreview | None) -> str:
        """Return a keyed digest of what a page shows: amounts, days and terms."""
        shown = [
            str(offer_id),
            repr(terms.offer),
            repr(terms.coupon),
            [[each.at.date().isoformat(), each.after.minor, each.after.currency] for each in terms.invoices],
            [terms.later.minor, terms.later.currency, _day(terms.later_at)],
            [[_day(step.starts_at), step.amount.minor] for each in terms.steps for step in each.steps],
            terms.price and terms.price.id,
            [_day(terms.restarts_at), _day(terms.trial_ends_at)],
            [terms.pays_by_invoice, terms.days_until_due],
            first and [first.due.minor, first.due.currency, _day(first.due_at), first.tax and first.tax.minor],
        ]
        return self.context.keyring.mac("agreed", json.dumps(shown).encode()).hex()

    async def answer_for_state(self, offer: OfferRow, *, now: datetime) -> Accepted | InProgress | PageClosed | None:
        """Return the answer that an offer's state gives, or None if the offer is open."""
        if offer.state == "accepted":
            return await self.accepted(offer)
        if offer.state in {"accepting", "undoing"}:
            return InProgress()
        if offer.state == "undone":
            return PageClosed(why="used")
        if offer.state == "failed" and offer.sent_at is not None:
            return PageClosed(why="impossible")
        if offer.state not in ON_ITS_WAY:
            if offer.why is not None and offer.why.startswith(TAKEN_BACK):
                return PageClosed(why="taken_back")
            return _ENDED.get(offer.why or "", PageClosed(why="withdrawn"))
        if now >= offer.expires_at:
            return PageClosed(why="expired")
        if offer.session_id is None:
            return None
        session = await self.context.offer_billing.read_checkout(offer.session_id)
        return InProgress() if session.status == "complete" else None

    async def priced(self, offer: OfferRow, subscription: Subscription, *, now: datetime) -> OfferTerms:
        """Price the offer again; no limit applies any more to what an email has promised. Raises Refused."""
        what = offer.terms.offer
        catalog: tuple[Price, ...] = ()
        if isinstance(what, SwitchPlan) and what.price_id is not None:
            catalog = await self.context.offer_billing.price(what.price_id)
        pricing = PricingContext(subscription=subscription, phase=phase_of(subscription), catalog=catalog)
        return _kept(price_offer(what, pricing, unlimited(self.policies.current.limits), at=now))

    async def _unsubscribe_token(self, offer: OfferRow) -> str | None:
        async with self.context.store.read() as unit:
            row = await unit.people.unsubscribe_of(offer.person_id)
        return None if row is None else self.context.keyring.link_token(row.id, "unsubscribe", row.key_id)

    def _new_plan(self, terms: OfferTerms) -> str | None:
        return self.context.wording.price(terms.price) if isinstance(terms.offer, SwitchPlan) and terms.price else None


def _kept(found: OfferTerms | ImpossibleOffer) -> OfferTerms:
    if isinstance(found, ImpossibleOffer):
        raise Refused(f"the offer can't be kept any more ({found.why})", fault="request", code=found.why)
    return found


def _day(at: datetime | None) -> str | None:
    return at.date().isoformat() if at is not None else None
