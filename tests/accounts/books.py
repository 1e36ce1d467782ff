"""What the company's budgets hold for an accepted offer, and what its card says of it, kept by the program's flows."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

from billing.stripe_billing import StripeBilling
from bot.views.status_texts import status_text
from domain.ids import CustomerId, SubscriptionId
from domain.winback.proposal import OfferRow, ProposalRow
from domain.winback.status import status_of
from domain.winback.terms import OfferTerms
from flows.effects import TrackCost
from flows.ports import SubscriptionReading
from flows.winback.offers.redeem import undo_snapshot
from flows.winback.policy.budgets import month_scope
from storage.store import SqlStore
from tests.builders.context import BUILT_IN, Absent, flows_on
from tests.storage.offers import offer_of, proposal
from tests.storage.samples import add_case


class Books:
    """One accepted offer as it is stored, with the budget that was reserved for it."""

    def __init__(self, store: SqlStore, billing: StripeBilling, offer: OfferRow, proposed: ProposalRow) -> None:
        self._store = store
        self._billing = billing
        self._offer = offer
        self._proposal = proposed

    @classmethod
    async def open(
        cls,
        store: SqlStore,
        billing: StripeBilling,
        *,
        approved: OfferTerms,
        accepted: OfferTerms,
        before: SubscriptionReading,
        redeemed_with: SubscriptionId,
    ) -> "Books":
        """Store an offer as it is once it has been accepted."""
        proposed = proposal(await add_case(store), offer=approved.offer)
        proposed = replace(proposed, state="approved", draft=replace(proposed.draft, terms=approved))
        offer = replace(
            offer_of(proposed),
            terms=accepted.charged_as(approved),
            state="accepted",
            subscription_id=before.subscription.id,
            customer_id=CustomerId(before.subscription.customer_id),
            charged=accepted.charge,
            accepted_at=accepted.accepted_at,
            redeemed_with=redeemed_with,
            before=undo_snapshot(before.subscription) if accepted.way == "resume" else None,
            reserved=(f"month:{proposed.id}",),
        )
        async with store.begin() as unit:
            await unit.proposals.add(proposed)
            await unit.offers.add(offer)
            await unit.budgets.spend(offer.reserved[0], accepted.charge, limit=None)
            await unit.commit()
        return cls(store, billing, offer, proposed)

    async def follow(self, now: datetime) -> tuple[int, str]:
        """Let the program look after the offer; return what all budgets hold for it, and what is said of it."""
        month, own = month_scope(BUILT_IN, now), self._offer.reserved[0]
        before = await self._spent(month)
        flows = flows_on(
            self._store, billing=self._billing, wall=lambda: now, mailer=Absent("mailer"), writer=Absent("writer")
        )
        owner, key = uuid4(), f"cost:{self._offer.id}:{now.isoformat()}"
        async with self._store.begin() as unit:
            await unit.outbox.add(TrackCost(self._offer.id), key=key, due_at=now)
            rows = await unit.outbox.claim(
                "stripe", owner=owner, now=now, wall=now, lease=timedelta(hours=1), limit=1000, probing=False
            )
            await unit.commit()
        (row,) = (each for each in rows if each.effect == TrackCost(self._offer.id))
        result = await flows.dispatcher.dispatch(row, owner=owner, now=now)
        assert result.what == "done", result.fault
        async with self._store.read() as unit:
            offer = await unit.offers.get(self._offer.id)
        assert offer is not None
        held = await self._spent(own) + await self._spent(month) - before
        return held, status_text(status_of(self._proposal, offer))

    async def _spent(self, scope: str) -> int:
        async with self._store.read() as unit:
            spent = (await unit.budgets.spent(scope)).get(self._offer.terms.charge.currency)
        return spent.minor if spent is not None else 0
