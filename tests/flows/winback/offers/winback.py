"""Offers from approval to outcome, one step at a time."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any, get_args
from uuid import UUID, uuid4

from billing.stripe_billing import StripeBilling
from domain.cancellations.stored_case import Case
from domain.ids import ProposalId, SubscriptionId
from domain.money import Money
from domain.winback.decide import check_offer
from domain.winback.offer import Offer
from domain.winback.proposal import Draft, OfferRow, ProposalRow
from domain.winback.terms import OfferTerms
from flows.effects import Effect, Lane, OutboxRow
from flows.outbox.dispatcher import AttemptResult
from flows.winback.offers.accept import OfferAcceptance
from flows.winback.offers.answers import Accepted, InProgress, PageClosed
from flows.winback.offers.page import OfferPages, OpenOffer
from flows.winback.proposals.lifecycle import new_proposal
from sandbox.server import Sandbox
from sandbox.stripe.ledger import Json
from tests.databases import KEYRING
from tests.flows.winback.offers.flows import LEASE, TWENTY, OfferFlows
from tests.flows.winback.offers.people import AGENT, MANAGER


class Winback(OfferFlows):
    """People who leave, and offers to them."""

    def __init__(self, sandbox: Sandbox, billing: StripeBilling, database_url: str) -> None:
        super().__init__(sandbox, billing, database_url)
        catalog = self.account.catalog
        product = catalog.add_product("Pro")
        self.pro, self.lite = catalog.add_price(product, 4900, "eur"), catalog.add_price(product, 1900, "eur")
        switching = self.account.portal.configuration["features"]["subscription_update"]
        fixed = {"enabled": False, "minimum": 1, "maximum": None}
        prices = [self.pro["id"], self.lite["id"]]
        switching |= {
            "enabled": True,
            "products": [{"product": product["id"], "prices": prices, "adjustable_quantity": fixed}],
        }

    def customer(self, **details: Any) -> Json:
        """Make a customer with a card who agreed to get emails."""
        address = f"dana{uuid4().hex[:8]}@scully-mail.com"
        wish = {"name": "Dana Scully", "email": address, "metadata": {"marketing_consent": "yes"}}
        customer = self.account.create_customer(**(wish | details))
        self.account.cards.attach(customer)
        return customer

    async def case(self, subscription: Json) -> Case:
        """Take a subscription in as it is now, and give its newest case."""
        await self.flows.tracker.refresh(SubscriptionId(subscription["id"]), now=self.now())
        async with self.store.read() as unit:
            return (await unit.cases.of_subscription(SubscriptionId(subscription["id"])))[-1]

    async def leaving(self, *, feedback: str = "too_expensive", **details: Any) -> tuple[Json, Case]:
        """Subscribe somebody and cancel; they have paid up to the end of the month."""
        subscription = self.account.subscribe(self.customer(), self.pro, **details)
        self.sandbox.clock.advance(timedelta(days=1))
        self.account.portal_cancel(subscription, feedback)
        return subscription, await self.case(subscription)

    async def left(self, customer: Json | None = None) -> tuple[Json, Case]:
        """Subscribe somebody and end it at once."""
        subscription = self.account.subscribe(customer or self.customer(), self.pro)
        self.sandbox.clock.advance(timedelta(days=1))
        self.account.cancel_now(subscription)
        self.sandbox.clock.advance(timedelta(days=1))
        return subscription, await self.case(subscription)

    async def approved(self, case: Case, offer: Offer = TWENTY, *, note: str | None = None) -> OfferRow:
        """Have an offer of the agent's approved by the manager."""
        now = self.now()
        gathered = await self.flows.eligibility.gather(case.id, self.policies.current, now=now)
        assert gathered is not None
        subject, history = gathered
        terms = check_offer(offer, subject, history, self.policies.current, now, by_hand=True)
        assert isinstance(terms, OfferTerms), terms
        proposal = new_proposal(
            ProposalId(uuid4()),
            subject,
            Draft(terms=terms, note=note, send_at=None),
            self.policies.current,
            rule=None,
            step=None,
            reasons=(),
            rejected=(),
            by_hand=AGENT.id,
            last_useful_at=None,
            now=now,
        )
        proposal = replace(proposal, state="approved", decided_by=MANAGER.id, decided_at=now)
        async with self.store.begin() as unit:
            await unit.proposals.add(proposal)
            made = await self.flows.offer_creation.make(
                unit, proposal, self.policies.current, case=subject.case, now=now
            )
            assert made is None, made
            await unit.commit()
        async with self.store.read() as unit:
            row = await unit.offers.by_proposal(proposal.id)
        assert row is not None
        return row

    async def sent(self, case: Case, offer: Offer = TWENTY) -> OfferRow:
        """Have an offer approved, prepared and its email handed over."""
        row = await self.approved(case, offer)
        await self.work()
        row = await self.offer(row)
        assert row.state == "sent", row
        return row

    async def offer(self, row: OfferRow) -> OfferRow:
        """Read an offer again."""
        async with self.store.read() as unit:
            found = await unit.offers.get(row.id)
        assert found is not None
        return found

    async def open_proposal(self, case: Case) -> ProposalRow | None:
        """Return the case's proposal that waits for a decision, or None."""
        async with self.store.read() as unit:
            return next((each for each in await unit.proposals.of_case(case.id) if each.state == "open"), None)

    def set_seats(self, subscription: Json, quantity: int) -> None:
        """Have the customer change their seats in the company's own product."""
        [item] = subscription["items"]["data"]
        changes = {"items": [{"id": item["id"], "quantity": quantity}], "proration_behavior": "none"}
        self.account.subscriptions.update(subscription, changes)

    async def proposal(self, row: OfferRow) -> ProposalRow:
        async with self.store.read() as unit:
            found = await unit.proposals.get(row.proposal_id)
        assert found is not None
        return found

    def token(self, row: OfferRow, purpose: str = "offer") -> str:
        return KEYRING.link_token(row.id, purpose, row.key_id)

    async def work(self, *lanes: Lane) -> list[tuple[Effect, AttemptResult]]:
        """Do all that is asked for and due, in these lanes or in all, and tell what became of effects of offers."""
        done: list[tuple[Effect, AttemptResult]] = []
        owner = uuid4()
        while rows := await self._claimed(owner, lanes or get_args(Lane)):
            done += [(row.effect, await self.dispatcher.dispatch(row, owner=owner, now=self.now())) for row in rows]
        return [(effect, outcome) for effect, outcome in done if hasattr(effect, "offer_id")]

    async def restart(self) -> None:
        """Begin again after a death: nobody holds anything any more."""
        self.fate.spare()
        async with self.store.begin() as unit:
            await unit.outbox.give_back(owner=None)
            await unit.commit()

    async def limit(self, **limits: Any) -> None:
        """Put other limits into the policy, which is read again."""
        self.policy = replace(self.policy, limits=replace(self.policy.limits, **limits), digest=f"with {limits}")
        await self.policies.look(self.now())

    async def record(self, row: OfferRow) -> list[tuple[str, str, str]]:
        """Read what is recorded of an offer: who did what with which outcome."""
        async with self.store.read() as unit:
            entries = [each.entry for each in await unit.audit.rows(after=0, limit=1_000)]
        return [(each.who, each.action, each.outcome) for each in entries if each.whom == str(row.id)]

    async def spent(self, scope: str) -> int:
        async with self.store.read() as unit:
            return (await unit.budgets.spent(scope)).get("eur", Money(0, "eur")).minor

    async def _claimed(self, owner: UUID, lanes: Iterable[Lane]) -> list[OutboxRow]:
        now = self.now()
        async with self.store.begin() as unit:
            rows = [
                row
                for lane in lanes
                for row in await unit.outbox.claim(
                    lane, owner=owner, now=now, wall=now, lease=LEASE, limit=8, probing=False
                )
            ]
            await unit.commit()
        return rows


def interrupted(winback: Winback, meanwhile: Callable[[], Awaitable[None]]) -> OfferAcceptance:
    """Return an offer's page where something happens once between what is checked and what is done."""
    acceptance = winback.offers.acceptance
    known = {each.name: getattr(acceptance.pages, each.name) for each in fields(acceptance.pages)}
    return replace(acceptance, pages=InterruptedPages(**known, meanwhile=meanwhile))


@dataclass(frozen=True, slots=True)
class InterruptedPages(OfferPages):
    """Pages that, once shown, leave room for something else."""

    meanwhile: Callable[[], Awaitable[None]]

    async def show(self, offer: OfferRow, *, now: datetime) -> OpenOffer | Accepted | InProgress | PageClosed:
        # A class with slots is created again by `dataclass`, so that `super()` without arguments would not find it.
        shown = await OfferPages.show(self, offer, now=now)
        await self.meanwhile()
        return shown
