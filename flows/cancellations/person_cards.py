"""All cards of a person, updated together: what one subscription does changes what the others' cards say and offer."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.cancellations.sequel import Sequel, StillSubscribed, Switch
from domain.cancellations.stored_case import Case, CustomerReturn, request_taken_back
from domain.ids import CaseId, PersonId
from flows.cancellations.withdraw_offers import withdraw_all_but_one, withdraw_automatic, withdraw_open
from flows.effects import PostReturn, RefreshSubscription, TrackOutcome
from flows.outbox.message_updates import CardUpdates
from flows.people.identify import are_several
from flows.ports.store import PersonKey, UnitOfWork


@dataclass(frozen=True, slots=True)
class PersonCards:
    """Updates the cards of a person, and withdraws what no longer applies."""

    cards: CardUpdates

    async def update(
        self, unit: UnitOfWork, person_id: PersonId, *, now: datetime, added: Collection[CaseId] = ()
    ) -> None:
        """Update every card of a person: the number of a case depends on the earlier ones.

        Cases that this transaction has `added` can have no outcome yet.
        """
        rows = await unit.observations.rows_of_person(person_id)
        deleted = {row.id for row in rows if row.facts is not None and row.facts.customer_deleted}
        cases = await unit.cases.of_person(person_id)
        told = [case for case in cases if not case.silent]
        sequels = await unit.cases.sequels(told) if len(rows) > 1 else {}
        for case in cases:
            await self.cards.schedule(unit, case, now=now)
            if case.silent:
                continue
            if case.subscription_id in deleted:
                await withdraw_open(unit, case_id=case.id, why="customer_deleted", now=now)
            sequel = sequels.get(case.id) or request_taken_back(case)
            if sequel is not None or case.id not in added:
                await self._conclude(unit, case, sequel, now=now)

    async def identify(
        self, unit: UnitOfWork, keys: Sequence[PersonKey], *, new_id: PersonId, now: datetime
    ) -> PersonId:
        """Find, create or merge a person by the keys of one customer, and settle what follows from a merger."""
        merging = await are_several(unit, keys)
        person_id = await unit.people.identify(keys, new_id=new_id, now=now)
        if merging:
            await self.settle_merger(unit, person_id, now=now)
        return person_id

    async def settle_merger(self, unit: UnitOfWork, person_id: PersonId, *, now: datetime) -> None:
        """Withdraw what a person may not have who turned out to be two, and update their cards."""
        suppression = await unit.people.suppression(person_id)
        if suppression is None:
            await withdraw_all_but_one(unit, person_id, now=now)
        else:
            why = "unsubscribed" if suppression.by is None else "suppressed"
            await withdraw_open(unit, person_id=person_id, why=why, now=now)
        await self.update(unit, person_id, now=now)

    async def _conclude(self, unit: UnitOfWork, case: Case, sequel: Sequel | None, *, now: datetime) -> None:
        """Withdraw what no longer applies to a case, and note its customer's return."""
        if isinstance(sequel, Switch):
            await withdraw_open(unit, case_id=case.id, why="switched", now=now)
        elif isinstance(sequel, StillSubscribed):
            await withdraw_automatic(unit, case.id, why="other_live", now=now)
            # Its renewals were skipped, so it may have been read long ago.
            kept = RefreshSubscription(sequel.subscription_id)
            await unit.outbox.add(kept, key=f"kept:{case.id}:{sequel.subscription_id}", due_at=now)
        if not isinstance(sequel, CustomerReturn):
            await unit.outcomes.remove(case.id)
            return
        undone = sum(offer.state == "undone" for offer in await unit.offers.of_case(case.id))
        key = f"comeback:{case.id}:{undone}" if undone else f"comeback:{case.id}"
        await unit.outbox.add(PostReturn(case.id), key=key, due_at=now)
        await withdraw_open(unit, case_id=case.id, why="back", now=now)
        moment = f"{sequel.subscription_id}:{sequel.at.isoformat()}"
        await unit.outbox.add(TrackOutcome(case.id), key=f"return:{case.id}:{moment}", due_at=now)
