"""Eligibility: everything that a decision about a case needs, read afresh, and the checks made with it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from domain.billing.periods import whole_months
from domain.billing.subscription import LIVE_STATUSES, Card, Price, Subscription
from domain.cancellations.sequel import Switch
from domain.cancellations.stored_case import CustomerReturn
from domain.ids import CaseId, CustomerId, PersonId, ProposalId, SubscriptionId
from domain.winback.decide import accepted_by, check_offer
from domain.winback.decision import CaseSnapshot, History, Rejection
from domain.winback.offer import SwitchPlan
from domain.winback.policy import Policy
from domain.winback.price_offer import phase_of
from domain.winback.proposal import CustomerRequest, ProposalRow
from domain.winback.terms import OfferTerms, PricingContext, RedemptionMethod
from flows.cancellations.track_case import CaseTracker
from flows.cancellations.withdraw_offers import STILL_OPEN
from flows.failures import VersionConflict, ignore_missing
from flows.people.identify import keyed_digests
from flows.ports import SubscriptionReading
from flows.ports.context import Context, FlowSettings
from flows.ports.store import UnitOfWork
from flows.winback.policy.budgets import month_scope
from flows.winback.policy.draw_holdout import draw_once
from flows.winback.policy.fresh_sequel import fresh_sequel, is_leaving
from flows.winback.policy.stripe_refusals import preview_refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class NotConfigured:
    """Win-back is off or can't send: `what` is missing (`approvals_channel`, `timezone`, `smtp`, `public_url`)."""

    what: str


def missing(
    settings: FlowSettings, way: RedemptionMethod, policy: Policy, request: CustomerRequest | None = None
) -> NotConfigured | None:
    """Return the first missing setting for offers redeemed this way, or None; a call or a link is no email."""
    if settings.approvals is None:
        return NotConfigured(what="approvals_channel")
    if way == "call":
        return None
    if request is not None and request.delivery == "link":
        return None if settings.public_url is not None and settings.mail else NotConfigured(what="public_url")
    if policy.zone is None:
        return NotConfigured(what="timezone")
    if not settings.mail:
        return NotConfigured(what="smtp")
    return None if settings.public_url is not None else NotConfigured(what="public_url")


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEligible:
    """A check blocks the offer now; nothing was sent. If it can't become possible again, the proposal is withdrawn."""

    rejected: tuple[Rejection, ...]


@dataclass(frozen=True, slots=True)
class EligibilityChecks:
    """Reads what a decision needs and checks offers against the policy in use."""

    context: Context
    tracker: CaseTracker

    async def gather(
        self, case_id: CaseId, policy: Policy, *, now: datetime, apart_from: ProposalId | None = None
    ) -> tuple[CaseSnapshot, History] | None:
        """Return a case with everything that matters for an offer; Stripe is read before our own database.

        None if there is no such case, or Stripe doesn't have its subscription in our mode. `apart_from` is a proposal
        that, with its offer, isn't counted. The first call for a person may draw whether they are in the holdout.
        """
        async with self.context.store.read() as unit:
            known = await unit.cases.get(case_id)
        reading = await self._read(known.subscription_id) if known else None
        if reading is None:
            return None
        # What they started meanwhile, perhaps as another customer, may not have been told to us yet.
        await self.tracker.read_siblings(reading.customer, of=reading.subscription.id, now=now)
        async with self.context.store.read() as unit:
            known = await unit.cases.get(case_id)
            customers = await unit.people.customers(known.person_id) if known else []
        ids = tuple(dict.fromkeys([reading.customer.id, *customers]))
        held = [subscription for each in ids for subscription in await self._subscriptions_of(each)]
        disputed = any([await self.context.offer_billing.has_dispute(each) for each in ids])
        catalog = await self.catalog(policy)
        async with self.context.store.begin() as unit:
            case = await unit.cases.get(case_id)
            if case is None:
                return None
            cards = (reading.subscription.card, reading.customer.card)
            await self._note_cards(unit, case.person_id, cards)
            snapshot = CaseSnapshot(
                case=case,
                pricing=PricingContext(
                    subscription=reading.subscription, phase=phase_of(reading.subscription), catalog=catalog
                ),
                customer=reading.customer,
                paid_months=_paid_months(reading.subscription.started_at, case.episode.requested_at),
                median_monthly=await unit.cases.median_monthly(),
            )
            holdout = await draw_once(unit, snapshot, policy, keyring=self.context.keyring)
            cases = await unit.cases.of_person(case.person_id)
            offers = await unit.offers.of_case(case_id)
            suppression = await unit.people.suppression(case.person_id)
            sequel = fresh_sequel(
                case, await unit.cases.sequel(case), reading.subscription, held, cases=cases, offers=offers
            )
            history = History(
                earlier=tuple(await unit.budgets.earlier(case.person_id, apart_from=apart_from)),
                decided=await _decided(unit, case_id, apart_from),
                open_since=await open_since(unit, case.person_id, apart_from=apart_from),
                suppressed=suppression is not None,
                own_wish=suppression is not None and suppression.by is None,
                back=isinstance(sequel, CustomerReturn),
                switched=isinstance(sequel, Switch),
                no_thanks=any(each.no_thanks_at is not None for each in offers if each.proposal_id != apart_from),
                other_live=_other_live(
                    reading.subscription.id, held, (each.subscription_id for each in cases if is_leaving(each))
                ),
                disputed=disputed,
                holdout=holdout,
                spent=await unit.budgets.spent(month_scope(policy, now)),
            )
            await unit.commit()
        return snapshot, history

    async def check(
        self, proposal: ProposalRow, policy: Policy, *, now: datetime, expires_at: datetime | None = None
    ) -> OfferTerms | tuple[Rejection, ...]:
        """Check a proposal's offer again on fresh reads, Stripe's preview included: its terms, or what blocks it.

        `expires_at` is when its offer expires; None: it becomes one now.
        Budgets are left out: the cost is reserved already, or in the transaction that follows.
        """
        gathered = await self.gather(proposal.case_id, policy, now=now, apart_from=proposal.id)
        if gathered is None:
            return (Rejection(why="withdrawn"),)
        snapshot, history = gathered
        checked = check_offer(
            proposal.draft.terms.offer,
            snapshot,
            replace(history, spent={}),
            policy,
            now,
            by_hand=proposal.by_hand is not None,
            until=expires_at or accepted_by(snapshot, policy, decided_by=now, send_at=proposal.draft.send_at),
            request=proposal.request,
        )
        refused = await self.preview(proposal.subscription_id, checked) if isinstance(checked, OfferTerms) else None
        return checked if refused is None else (refused,)

    async def preview(self, subscription_id: SubscriptionId, terms: OfferTerms) -> Rejection | None:
        """Return why Stripe would refuse an offer whose coupon may not have been made yet, or None."""
        return await preview_refusal(self.context.offer_billing, subscription_id, replace(terms, coupon=None))

    async def catalog(self, policy: Policy) -> tuple[Price, ...]:
        """Return the prices that customers can switch to: the portal's, and those that the policy names."""
        listed = await self.context.offer_billing.catalog()
        missing = sorted(_named_prices(policy) - {price.id for price in listed})
        return (*listed, *[price for each in missing for price in await self._price(each)])

    async def _price(self, price_id: str) -> tuple[Price, ...]:
        with ignore_missing():
            return await self.context.offer_billing.price(price_id)
        return ()

    async def _read(self, subscription_id: SubscriptionId) -> SubscriptionReading | None:
        with ignore_missing():
            reading = await self.context.billing.read_subscription(subscription_id)
            return reading if reading.subscription.livemode == self.context.settings.livemode else None
        return None

    async def _subscriptions_of(self, customer_id: CustomerId) -> tuple[Subscription, ...]:
        with ignore_missing():
            return await self.context.billing.subscriptions_of(customer_id)
        return ()

    async def _note_cards(self, unit: UnitOfWork, person_id: PersonId, cards: Sequence[Card | None]) -> None:
        """Store the cards that a person pays with."""
        for card in cards:
            if card is not None and card.fingerprint is not None:
                await unit.people.record_card(person_id, keyed_digests(self.context.keyring, "card", card.fingerprint))


async def open_since(unit: UnitOfWork, person_id: PersonId, *, apart_from: ProposalId | None) -> datetime | None:
    """Return when a person's oldest open proposal or offer was made, apart from one proposal and its offer, or None."""
    proposals = [each for each in await unit.proposals.of_person(person_id) if each.state == "open"]
    offers = [each for each in await unit.offers.of_person(person_id) if each.state in STILL_OPEN]
    since = chain(
        (each.created_at for each in proposals if each.id != apart_from),
        (each.created_at for each in offers if each.proposal_id != apart_from),
    )
    return min(since, default=None)


async def ensure_unchanged(unit: UnitOfWork, snapshot: CaseSnapshot, history: History) -> None:
    """Raise VersionConflict if what the decision was made from has changed."""
    person_id = snapshot.case.person_id
    if (
        await unit.cases.get(snapshot.case.id) != snapshot.case
        or await unit.people.suppressed(person_id) != history.suppressed
        or await open_since(unit, person_id, apart_from=None) != history.open_since
    ):
        raise VersionConflict("the case changed while it was evaluated")


async def _decided(unit: UnitOfWork, case_id: CaseId, apart_from: ProposalId | None) -> frozenset[tuple[str, int]]:
    return frozenset(
        (each.rule, each.step)
        for each in await unit.proposals.of_case(case_id)
        if each.rule is not None and each.step is not None and each.id != apart_from
    )


def _other_live(
    own: SubscriptionId, held: Sequence[Subscription], leaving: Iterable[SubscriptionId]
) -> SubscriptionId | None:
    """Return the newest other subscription in use, whenever created, apart from those that are cancelled too."""
    apart = {own, *leaving}
    live = [each for each in held if each.id not in apart and each.status in LIVE_STATUSES]
    return max(live, key=lambda each: each.created_at).id if live else None


def _paid_months(since: datetime, until: datetime) -> int | None:
    return None if until < since else whole_months(since, until)


def _named_prices(policy: Policy) -> frozenset[str]:
    offers = (step.offer for rule in policy.rules for step in rule.steps)
    return frozenset(offer.price_id for offer in offers if isinstance(offer, SwitchPlan) and offer.price_id is not None)
