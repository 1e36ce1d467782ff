"""One offer changed, guarded, together with what must change with it: its case's card, its message, the record."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeVar

from domain.ids import EventId, OfferId
from domain.winback.proposal import OfferRow, OfferState
from flows.cancellations.withdraw_offers import release
from flows.failures import DatabaseUnavailable, Refused, Unavailable
from flows.outbox.card_updates import CardUpdates
from flows.outbox.proposal_updates import schedule_evaluation, show_proposal
from flows.ports.context import Context
from flows.ports.store import AuditEntry, UnitOfWork

CHANGES = 5
"""How often a change is tried anew because somebody else was faster."""
ON_ITS_WAY = frozenset({"sending", "sent"})
"""States in which the customer may take an offer up."""

Written = TypeVar("Written")
Transition = Callable[[OfferRow], OfferRow | None]
"""From an offer as it stands to what it becomes; None: nothing is to be done."""
ExtraWrites = Callable[[UnitOfWork, OfferRow], Awaitable[None]]
"""What else belongs into the transaction; it is given the offer as it stood before."""


@dataclass(frozen=True, slots=True)
class OfferTransitions:
    """Reads and changes offers."""

    context: Context
    cards: CardUpdates

    async def read(self, offer_id: OfferId) -> OfferRow | None:
        """Read an offer as it stands."""
        async with self.context.store.read() as unit:
            return await unit.offers.get(offer_id)

    async def due(self, offer_id: OfferId, state: OfferState) -> OfferRow | None:
        """Read an offer whose next step is to be done in this state; None: it is past that.

        Refused where it has failed: the step stays undone for good, whoever tries it again.
        """
        offer = await self.read(offer_id)
        if offer is not None and offer.state == "failed":
            why = offer.why or "failed"
            raise Refused(f"the offer was given up ({why}); another may be proposed", fault="request", code=why)
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
        """Make one change in one transaction, recorded as `who` did what; None: `step` found nothing to do.

        `cause` is the event that is being worked off, if one is.

        Raises Unavailable where somebody else was faster again and again.
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
                await unit.audit.append(_entry(changed, who=who, action=action, now=now))
                await unit.commit()
                return replace(changed, version=changed.version + 1)
        raise Unavailable("the offer kept changing while it was written")

    async def give_up(
        self, offer_id: OfferId, state: Literal["over", "stopped", "failed"], *, why: str, now: datetime
    ) -> None:
        """End an offer that was not taken up: what was reserved is free again, and its case gets another look.

        `why` is a code. Of an offer that a check stopped the proposal is stopped too. What has ended, or was taken up,
        stays as it is.
        """

        def end(row: OfferRow) -> OfferRow | None:
            ending = row.state in ON_ITS_WAY or (row.state == "accepting" and state == "failed")
            return replace(row, state=state, why=why, reserved=()) if ending else None

        async def free(unit: UnitOfWork, row: OfferRow) -> None:
            await release(unit, row)
            await schedule_evaluation(unit, row.case_id, at=now)
            proposal = await unit.proposals.get(row.proposal_id) if state == "stopped" else None
            if proposal is not None and not await unit.proposals.save(replace(proposal, state="stopped", why=why)):
                raise Unavailable("the proposal was changed at the same moment")

        await self.change(offer_id, end, who="winback", action=f"offer_{state}", now=now, also=free)

    async def fail(self, offer_id: OfferId, refused: Refused, *, now: datetime) -> None:
        """Note that an offer could not be made or kept as agreed, for good.

        A credential that will not do is no fault of the offer: its effect waits till it does.
        """
        if refused.fault != "credential":
            await self.give_up(offer_id, "failed", why=refused.code, now=now)

    async def attempt(self, offer: OfferRow, step: str, call: Callable[[str], Awaitable[Written]]) -> Written:
        """Make a write at Stripe under the idempotency key of its step and attempt.

        The attempt rises only where the write surely did not happen: Stripe repeats what it answered to a key.
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
            await self.cards.want(unit, case, now=now)
        await show_proposal(unit, offer.proposal_id, now=now)


def failures(offer: OfferRow, step: str) -> int:
    """Say how often a step of an offer failed for sure."""
    return dict(offer.attempts).get(step, 0)


def count_failure(offer: OfferRow, step: str) -> OfferRow:
    """Count one more failure of a step."""
    return replace(offer, attempts=tuple((dict(offer.attempts) | {step: failures(offer, step) + 1}).items()))


def _entry(offer: OfferRow, *, who: str, action: str, now: datetime) -> AuditEntry:
    return AuditEntry(
        who=who, action=action, whom=str(offer.id), at=now, outcome=offer.state, note=offer.why or offer.email_state
    )
