"""What people do with a case from its card: take it over, hand it back, tag it, close the door for good."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from domain.card import Case, FollowUp
from domain.ids import CaseId, StaffId
from domain.rights import Action
from flows.card_request import CardRequests
from flows.effects import AskOwner
from flows.failures import Unavailable
from flows.memory import AuditEntry, Store, Unit
from flows.permission import Denial, Permission
from flows.ports import Staff

FOLLOW_UP_AFTER = timedelta(days=2)
"""So long after taking a case over, its owner is asked what came of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """It is so now; `case` as it stands."""

    case: Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Already:
    """Nothing changed: it was so before, `by` whom where that is known."""

    what: Literal["owned", "not_owned", "tagged", "suppressed", "answered"]
    by: StaffId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSuchCase:
    """The card belongs to nothing we know."""


Contacted = Done | Already | NoSuchCase | Denial


class Contact:
    """The buttons of a card."""

    def __init__(self, *, store: Store, permission: Permission, cards: CardRequests) -> None:
        self._store = store
        self._permission = permission
        self._cards = cards

    async def talk(self, *, asked_by: Staff, case_id: CaseId, now: datetime) -> Contacted:
        """Become the case's owner; asked after two days what came of it."""

        def take_over(case: Case) -> Case | Already:
            if case.owner is not None:
                return Already(what="owned", by=case.owner)
            return replace(case, owner=asked_by.id, owned_at=now, follow_up=None)

        question = AskOwner(case_id, now.isoformat())
        return await self._change(Action.TALK, asked_by, case_id, take_over, now=now, ask_later=question)

    async def hand_back(self, *, asked_by: Staff, case_id: CaseId, now: datetime) -> Contacted:
        """Give up ownership."""

        def give_up(case: Case) -> Case | Already:
            if case.owner is None:
                return Already(what="not_owned", by=None)
            return replace(case, owner=None, owned_at=None)

        return await self._change(Action.HAND_BACK, asked_by, case_id, give_up, now=now)

    async def follow_up(self, *, asked_by: Staff, case_id: CaseId, answer: FollowUp, now: datetime) -> Contacted:
        """Say what came of the talk; only the owner is asked."""

        def note(case: Case) -> Case | Already:
            if case.owner != asked_by.id:
                return Already(what="not_owned", by=case.owner)
            if case.follow_up is not None:
                return Already(what="answered", by=case.owner)
            return replace(case, follow_up=answer)

        return await self._change(Action.FOLLOW_UP, asked_by, case_id, note, now=now, outcome=answer)

    async def asked_for(self, *, asked_by: Staff, case_id: CaseId, feature: str, now: datetime) -> Contacted:
        """Tag a case with a missing feature (1–80 characters)."""

        def tag(case: Case) -> Case | Already:
            if feature.casefold() in {known.casefold() for known in case.tags}:
                return Already(what="tagged", by=None)
            return replace(case, tags=(*case.tags, feature))

        return await self._change(Action.ASKED_FOR, asked_by, case_id, tag, now=now)

    async def never_contact(self, *, asked_by: Staff, case_id: CaseId, now: datetime) -> Contacted:
        """Suppress the person: no offer is ever made to them again."""
        denial = await self._permission.denial(asked_by, Action.NEVER_CONTACT, whom=str(case_id), now=now)
        if denial is not None:
            return denial
        async with self._store.begin() as unit:
            case = await unit.cases.get(case_id)
            if case is None:
                return NoSuchCase()
            if not await unit.people.suppress(case.person_id, by=asked_by.id, why="never contact", at=now):
                return Already(what="suppressed", by=None)
            for each in await unit.cases.of_person(case.person_id):
                await self._cards.want(unit, each, now=now)
            await _record(unit, Action.NEVER_CONTACT, asked_by, case_id, now=now)
            await unit.commit()
        return Done(case=case)

    async def case(self, case_id: CaseId) -> Case | None:
        """Read a case, for a modal about it."""
        async with self._store.read() as unit:
            return await unit.cases.get(case_id)

    async def _change(
        self,
        action: Action,
        asked_by: Staff,
        case_id: CaseId,
        change: Callable[[Case], Case | Already],
        *,
        now: datetime,
        outcome: str = "done",
        ask_later: AskOwner | None = None,
    ) -> Contacted:
        """Make one guarded change to a case, with its card and its line in the record."""
        denial = await self._permission.denial(asked_by, action, whom=str(case_id), now=now)
        if denial is not None:
            return denial
        async with self._store.begin() as unit:
            case = await unit.cases.get(case_id)
            if case is None:
                return NoSuchCase()
            changed = change(case)
            if isinstance(changed, Already):
                return changed
            if not await unit.cases.save(changed):
                raise Unavailable("somebody changed the case at the same moment")
            await self._cards.want(unit, changed, now=now)
            if ask_later is not None:
                key = f"ask:{case_id}:{ask_later.owned_at}"
                await unit.outbox.add(ask_later, key=key, due_at=now + FOLLOW_UP_AFTER)
            await _record(unit, action, asked_by, case_id, now=now, outcome=outcome)
            await unit.commit()
        return Done(case=changed)


async def _record(
    unit: Unit, action: Action, asked_by: Staff, case_id: CaseId, *, now: datetime, outcome: str = "done"
) -> None:
    await unit.audit.append(
        AuditEntry(who=asked_by.id, action=action.value, whom=str(case_id), at=now, outcome=outcome)
    )
