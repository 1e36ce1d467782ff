"""Fresh reads for an offer, made when its email is sent or its page is opened."""

from dataclasses import dataclass

from domain.billing.subscription import Customer, Subscription
from domain.cancellations.sequel import Switch
from domain.cancellations.stored_case import Case, CustomerReturn
from domain.winback.offer import OfferPhase
from domain.winback.price_offer import phase_of
from domain.winback.proposal import OfferRow
from domain.winback.refusals import unless_refused
from domain.winback.terms import OfferTerms
from flows.failures import Refused
from flows.ports.context import Context
from flows.winback.policy.fresh_sequel import fresh_sequel
from flows.winback.policy.stripe_refusals import preview_refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferSnapshot:
    """An offer's case, subscription and customer as they are now; `back`: its person needs no offer any more."""

    case: Case
    subscription: Subscription
    customer: Customer
    phase: OfferPhase
    back: bool
    suppressed: bool

    def blocker(self, terms: OfferTerms) -> str | None:
        """Return what blocks the email of an offer with these terms, or None."""
        if self.back:
            return "back"
        if self.customer.deleted:
            return "customer_deleted"
        if self.suppressed:
            return "suppressed"
        if self.case.episode.state == "withdrawn":
            return "withdrawn"
        if self.phase != terms.phase:
            return "phase"
        kept = unless_refused(terms, self.subscription, self.customer)
        return None if isinstance(kept, OfferTerms) else kept.why


@dataclass(frozen=True, slots=True)
class OfferSnapshots:
    """Reads what an offer is checked against, at Stripe and in the database."""

    context: Context

    async def read(self, offer: OfferRow) -> OfferSnapshot:
        """Return everything that an offer is checked against."""
        reading = await self.context.billing.read_subscription(offer.subscription_id)
        held = await self.subscriptions(offer)
        async with self.context.store.read() as unit:
            case = await unit.cases.get(offer.case_id)
            if case is None:
                raise Refused("the offer's case is not in the database", fault="request", code="no_case")
            sequel = fresh_sequel(
                case,
                await unit.cases.sequel(case),
                reading.subscription,
                held,
                cases=await unit.cases.of_person(case.person_id),
                offers=await unit.offers.of_case(case.id),
            )
            return OfferSnapshot(
                case=case,
                subscription=reading.subscription,
                customer=reading.customer,
                phase=phase_of(reading.subscription),
                back=isinstance(sequel, CustomerReturn | Switch),
                suppressed=await unit.people.suppressed(offer.person_id),
            )

    async def blocker(self, offer: OfferRow, snapshot: OfferSnapshot) -> str | None:
        """Return what blocks an offer's email, by the fresh reads or by Stripe's preview, or None."""
        why = snapshot.blocker(offer.terms)
        if why is not None:
            return why
        refused = await preview_refusal(self.context.offer_billing, offer.subscription_id, offer.terms)
        return refused.why if refused is not None else None

    async def subscriptions(self, offer: OfferRow) -> list[Subscription]:
        """Return all subscriptions of the offer's person, including ended ones."""
        async with self.context.store.read() as unit:
            known = await unit.people.customers(offer.person_id)
        customers = sorted({offer.customer_id, *known})
        return [each for customer_id in customers for each in await self.context.billing.subscriptions_of(customer_id)]
