"""Change an offer together with what must change with it: its case's card, its message and the audit log."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeVar

from domain.ids import EventId, OfferId
from domain.winback.proposal import COSTS_MORE, OfferRow, OfferState
from flows.cancellations.withdraw_offers import release
from flows.effects import AlertFailedOffer, CloseCheckout, ReviseOffer
from flows.failures import DatabaseUnavailable, Refused, Unavailable
from flows.outbox.message_updates import CardUpdates, schedule_evaluation, show_proposal, tell_proposer
from flows.ports.context import Context
from flows.ports.store import AuditEntry, UnitOfWork

CHANGES = 5
"""How often a change is tried again because somebody else was faster."""
ON_ITS_WAY = frozenset({"sending", "sent"})
"""States in which the customer can accept an offer."""

Written = TypeVar("Written")
Transition = Callable[[OfferRow], OfferRow | None]
"""Returns what an offer becomes, or None if there is nothing to do."""
ExtraWrites = Callable[[UnitOfWork, OfferRow], Awaitable[None]]
"""Writes more in the same transaction; it gets the offer as it was before."""


@dataclass(frozen=True, slots=True)
class OfferTransitions:
    """Reads and changes offers."""

    context: Context
    cards: CardUpdates

    async def read(self, offer_id: OfferId) -> OfferRow | None:
        """Return an offer, or None."""
        async with self.context.store.read() as unit:
            return await unit.offers.get(offer_id)

    async def due(self, offer_id: OfferId, state: OfferState) -> OfferRow | None:
        """Return an offer whose next step is due in this state, or None if it is past that.

        Raises Refused if the offer has failed: its steps are never done.
        """
        offer = await self.read(offer_id)
        if offer is not None and offer.state == "failed":
            why = offer.why or "failed"
            raise Refused(f"the offer has failed ({why}); another can be proposed", fault="request", code=why)
        return offer if offer is not None and offer.state == state else None

    async def change(
        self,
        offer_id: OfferId,
        step: Transition,
        *,
        who: str,
        action: str,
        now: datetime,
        also: ExtraWrites | None = None,
        cause: EventId | None = None,
    ) -> OfferRow | None:
        """Make one change in one transaction, with an audit entry; None: `step` found nothing to do.

        `cause` is the event that is being processed, if any. Raises Unavailable if somebody else was faster again and
        again.
        """
        for _ in range(CHANGES):
            async with self.context.store.begin(cause=cause) as unit:
                row = await unit.offers.get(offer_id)
                changed = None if row is None else step(row)
                if row is None or changed is None:
                    return None
                if not await unit.offers.save(changed):
                    continue
                if also is not None:
                    await also(unit, row)
                await self._show(unit, changed, now=now)
                outcome, note = changed.state, changed.why or changed.email_state
                await unit.audit.append(
                    AuditEntry(who=who, action=action, whom=str(offer_id), at=now, outcome=outcome, note=note)
                )
                await unit.commit()
                return replace(changed, version=changed.version + 1)
        raise Unavailable("the offer kept changing while it was written")

    async def give_up(
        self,
        offer_id: OfferId,
        state: Literal["over", "stopped", "failed"],
        *,
        why: str,
        now: datetime,
        also: ExtraWrites | None = None,
    ) -> None:
        """End an offer that nobody redeemed, release what it reserved, and evaluate its case again.

        `why` is a code. If a check stopped the offer, its proposal is stopped too; if an offer fails that the customer
        was sent, the approvals channel is told. An offer that has ended or was redeemed stays as it is.
        """

        def end(row: OfferRow) -> OfferRow | None:
            ending = row.state in ON_ITS_WAY or (row.state == "accepting" and (state == "failed" or why == COSTS_MORE))
            return replace(row, state=state, why=why, reserved=()) if ending else None

        async def free(unit: UnitOfWork, row: OfferRow) -> None:
            await release(unit, row)
            if why != COSTS_MORE:  # then it is proposed again first
                await schedule_evaluation(unit, row.case_id, at=now)
            to = self.context.settings.approvals
            is_out = row.sent_at is not None or row.email_state == "unclear"
            if state == "failed" and is_out and to is not None:
                await unit.outbox.add(AlertFailedOffer(row.id, to), key=f"failed:{row.id}", due_at=now)
            proposal = await unit.proposals.get(row.proposal_id) if state != "over" else None
            if proposal is not None:
                if state == "stopped" and not await unit.proposals.save(replace(proposal, state="stopped", why=why)):
                    raise Unavailable("the proposal was changed at the same moment")
                if state == "stopped" or not is_out:
                    await tell_proposer(unit, proposal, "stopped", by=None, now=now)
            if also is not None:
                await also(unit, row)

        await self.change(offer_id, end, who="winback", action=f"offer_{state}", now=now, also=free)

    async def revise(self, offer: OfferRow, *, now: datetime) -> None:
        """End an offer that would cost more than was approved, and have it proposed again with the new figure."""

        async def propose_anew(unit: UnitOfWork, row: OfferRow) -> None:
            await unit.budgets.free_slot(row.id)  # the new one takes its place
            await unit.outbox.add(ReviseOffer(row.id), key=f"revise:{row.id}", due_at=now)
            if row.session_id is not None:
                await unit.outbox.add(CloseCheckout(row.id), key=f"close:{row.session_id}", due_at=now)

        unsent = offer.email_state == "waiting"
        await self.give_up(offer.id, "stopped" if unsent else "over", why=COSTS_MORE, now=now, also=propose_anew)

    @asynccontextmanager
    async def failing(self, offer_id: OfferId, *, now: datetime) -> AsyncIterator[None]:
        """Fail an offer with what is refused meanwhile, because it can never be made or kept as agreed; raise that too.

        A rejected credential isn't the offer's fault: its effect waits until it works again.
        """
        try:
            yield
        except Refused as refused:
            if refused.fault != "credential":
                await self.give_up(offer_id, "failed", why=refused.code, now=now)
            raise

    async def attempt(self, offer: OfferRow, step: str, call: Callable[[str], Awaitable[Written]]) -> Written:
        """Write to Stripe under the idempotency key of the step and its attempt.

        The attempt is counted only if the write surely didn't happen, because Stripe repeats its answer to a known key.
        """
        try:
            return await call(f"{offer.id}:{step}:{failures(offer, step)}")
        except (Refused, Unavailable) as fault:
            if not isinstance(fault, DatabaseUnavailable):
                await self._count(offer.id, step)
            raise

    async def _count(self, offer_id: OfferId, step: str) -> None:
        for _ in range(CHANGES):
            async with self.context.store.begin() as unit:
                row = await unit.offers.get(offer_id)
                if row is None or await unit.offers.save(count_failure(row, step)):
                    await unit.commit()
                    return

    async def _show(self, unit: UnitOfWork, offer: OfferRow, *, now: datetime) -> None:
        case = await unit.cases.get(offer.case_id)
        if case is not None:
            await self.cards.schedule(unit, case, now=now)
        await show_proposal(unit, offer.proposal_id, now=now)


def failures(offer: OfferRow, step: str) -> int:
    """Return how often a step of an offer has definitely failed."""
    return dict(offer.attempts).get(step, 0)


def count_failure(offer: OfferRow, step: str) -> OfferRow:
    """Return the offer with one more failure of a step."""
    return replace(offer, attempts=tuple((dict(offer.attempts) | {step: failures(offer, step) + 1}).items()))
