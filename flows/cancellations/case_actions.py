"""What staff do with a case from its card: take it over, give it back, tag it, suppress the person."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from domain.cancellations.stored_case import Case, FollowUp
from domain.ids import CaseId, StaffId
from domain.permissions import Action
from flows.cancellations.withdraw_offers import suppress, withdraw_unsent
from flows.effects import AskFollowUp
from flows.failures import VersionConflict, retry_conflicts
from flows.outbox.message_updates import CardUpdates, schedule_evaluation
from flows.people.staff_permissions import PermissionDenied, StaffPermissions
from flows.ports import Staff
from flows.ports.context import Context
from flows.ports.store import AuditEntry, UnitOfWork

FOLLOW_UP_AFTER = timedelta(days=2)
"""How long after taking over a case its owner is asked for the result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """It is done; `case` is the case now."""

    case: Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Already:
    """Nothing changed, because it was so already; `by` whom, if that is known.

    `own_word`: the subscriber suppressed themselves, which staff can't undo. `deleted`: Stripe has the
    customer no more.
    """

    what: Literal[
        "owned", "not_owned", "open", "tagged", "suppressed", "answered", "not_suppressed", "own_word", "deleted",
        "reason_given",
    ]  # fmt: skip
    by: StaffId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSuchCase:
    """The card's case does not exist."""


CaseActionResult = Done | Already | NoSuchCase | PermissionDenied


@dataclass(frozen=True, slots=True)
class CaseActions:
    """The buttons of a card."""

    context: Context
    permission: StaffPermissions
    cards: CardUpdates

    async def talk(self, *, requester: Staff, case_id: CaseId, now: datetime) -> CaseActionResult:
        """Become the case's owner, who is asked for the result after two days.

        Offers that no customer knows of yet are withdrawn; one whose email was sent stays.
        """

        def take_over(case: Case) -> Case | Already:
            if case.owner is not None:
                return Already(what="owned", by=case.owner)
            return replace(case, owner=requester.id, owned_at=now, follow_up=None)

        async def is_there(unit: UnitOfWork, case: Case) -> Already | None:
            row = await unit.observations.row(case.subscription_id)
            gone = row is not None and row.facts is not None and row.facts.customer_deleted
            return Already(what="deleted", by=None) if gone else None

        async def follow(unit: UnitOfWork, case: Case) -> None:
            question = AskFollowUp(case_id, now.isoformat())
            key = f"ask:{case_id}:{question.owned_at}"
            await unit.outbox.add(question, key=key, due_at=now + FOLLOW_UP_AFTER)
            await withdraw_unsent(unit, person_id=case.person_id, why="talked_to", now=now)

        return await self.change(Action.TALK, requester, case_id, take_over, now=now, unless=is_there, also=follow)

    async def open_card(self, *, requester: Staff, case_id: CaseId, now: datetime) -> CaseActionResult:
        """Have a case that stands in a batch get a card of its own."""

        async def give_own(unit: UnitOfWork, case: Case) -> Case | Already:
            return case if await self.cards.give_own(unit, case, now=now) else Already(what="open", by=None)

        return await self._perform(Action.OPEN_CASE, requester, case_id, give_own, now=now)

    async def hand_back(self, *, requester: Staff, case_id: CaseId, now: datetime) -> CaseActionResult:
        """Stop being the case's owner."""

        def give_up(case: Case) -> Case | Already:
            if case.owner is None:
                return Already(what="not_owned", by=None)
            return replace(case, owner=None, owned_at=None)

        return await self.change(Action.HAND_BACK, requester, case_id, give_up, now=now, also=look(now))

    async def follow_up(
        self, *, requester: Staff, case_id: CaseId, answer: FollowUp, now: datetime
    ) -> CaseActionResult:
        """Store the result of the talk; only the owner may answer."""

        def note(case: Case) -> Case | Already:
            if case.owner != requester.id:
                return Already(what="not_owned", by=case.owner)
            if case.follow_up is not None:
                return Already(what="answered", by=case.owner)
            return replace(case, follow_up=answer)

        return await self.change(Action.FOLLOW_UP, requester, case_id, note, now=now, outcome=answer)

    async def tag_feature(self, *, requester: Staff, case_id: CaseId, feature: str, now: datetime) -> CaseActionResult:
        """Tag a case with a missing feature (1–80 characters)."""

        def tag(case: Case) -> Case | Already:
            if feature.casefold() in {known.casefold() for known in case.tags}:
                return Already(what="tagged", by=None)
            return replace(case, tags=(*case.tags, feature))

        return await self.change(Action.ASKED_FOR, requester, case_id, tag, now=now, also=look(now))

    async def never_contact(self, *, requester: Staff, case_id: CaseId, now: datetime) -> CaseActionResult:
        """Suppress the person: they get no offer any more, and open ones are withdrawn."""

        async def close(unit: UnitOfWork, case: Case) -> Case | Already:
            new = await suppress(unit, case.person_id, by=requester.id, why="never contact", cards=self.cards, now=now)
            return case if new else Already(what="suppressed", by=None)

        return await self._perform(Action.NEVER_CONTACT, requester, case_id, close, now=now)

    async def contact_again(self, *, requester: Staff, case_id: CaseId, why: str, now: datetime) -> CaseActionResult:
        """End a suppression by staff or by a phrase. `why` stays in the audit record, so it must name nobody."""

        async def reopen(unit: UnitOfWork, case: Case) -> Case | Already:
            if await unit.people.suppression(case.person_id) is None:
                return Already(what="not_suppressed", by=None)
            if not await unit.people.unsuppress(case.person_id):
                return Already(what="own_word", by=None)
            for each in await unit.cases.of_person(case.person_id):
                await self.cards.schedule(unit, each, now=now)
            await schedule_evaluation(unit, case.id, at=now)
            return case

        return await self._perform(Action.CONTACT_AGAIN, requester, case_id, reopen, now=now, note=why)

    async def case(self, case_id: CaseId) -> Case | None:
        """Read a case, for a modal about it."""
        async with self.context.store.read() as unit:
            return await unit.cases.get(case_id)

    async def change(
        self,
        action: Action,
        requester: Staff,
        case_id: CaseId,
        change: Callable[[Case], Case | Already],
        *,
        now: datetime,
        outcome: str = "done",
        unless: Callable[[UnitOfWork, Case], Awaitable[Already | None]] | None = None,
        also: Callable[[UnitOfWork, Case], Awaitable[None]] | None = None,
    ) -> CaseActionResult:
        """Make one guarded change to a case, update its card and record it; `unless` may find why not."""

        async def save(unit: UnitOfWork, case: Case) -> Case | Already:
            changed = (unless and await unless(unit, case)) or change(case)
            if isinstance(changed, Already):
                return changed
            if not await unit.cases.save(changed):
                raise VersionConflict("somebody changed the case at the same time")
            await self.cards.schedule(unit, changed, now=now)
            if also is not None:
                await also(unit, changed)
            return changed

        return await self._perform(action, requester, case_id, save, now=now, outcome=outcome)

    async def _perform(
        self,
        action: Action,
        requester: Staff,
        case_id: CaseId,
        work: Callable[[UnitOfWork, Case], Awaitable[Case | Already]],
        *,
        now: datetime,
        outcome: str = "done",
        note: str = "",
    ) -> CaseActionResult:
        """Do what staff may do with a case in one transaction: it gets a card of its own, and an audit row."""
        denial = await self.permission.denial(requester, action, whom=str(case_id), now=now)
        if denial is not None:
            return denial

        async def perform() -> CaseActionResult:
            async with self.context.store.begin() as unit:
                case = await unit.cases.get(case_id)
                if case is None:
                    return NoSuchCase()
                done = await work(unit, case)
                if isinstance(done, Already):
                    return done
                await self.cards.give_own(unit, done, now=now)
                await record(unit, action, requester, case_id, now=now, outcome=outcome, note=note)
                await unit.commit()
            return Done(case=done)

        return await retry_conflicts(perform)


def look(now: datetime) -> Callable[[UnitOfWork, Case], Awaitable[None]]:
    """Have a case evaluated again: the obstacle may be gone, or another rule may match."""
    return lambda unit, case: schedule_evaluation(unit, case.id, at=now)


async def record(
    unit: UnitOfWork,
    action: Action,
    requester: Staff,
    case_id: CaseId,
    *,
    now: datetime,
    outcome: str = "done",
    note: str = "",
) -> None:
    """Append what somebody of the staff did with a case to the audit record."""
    await unit.audit.append(
        AuditEntry(who=requester.id, action=action.value, whom=str(case_id), at=now, outcome=outcome, note=note)
    )
