"""A day's work never meets the limits that are built in; whoever looks up many more people does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from domain.billing.portal_access import Purpose
from domain.ids import CustomerId, LookupId, StaffId
from domain.permissions import Action
from flows.effects import AlertLookups
from flows.people.staff_permissions import StaffPermissions
from flows.portal_links.answers import LookupLimited
from flows.portal_links.lookup_limits import LookupLimits
from flows.ports.store import LookupRow
from storage.store import SqlStore
from tests.builders.context import SETTINGS, a_context

MORNING = datetime(2026, 3, 11, 9, tzinfo=UTC)
ADA = StaffId("U0AGENT001")


def question(person: int, at: datetime, *, by_id: bool = False) -> LookupRow:
    return LookupRow(
        id=LookupId(uuid4()),
        staff_id=ADA,
        at=at,
        typed=f"cus_{person}" if by_id else f"person{person}@example.com",
        purpose=Purpose.HOME,
        ticket=f"{person}",
        found=(),
        subscription_id=None,
    )


async def look_up(limits: LookupLimits, row: LookupRow, person: int) -> LookupLimited | None:
    limited = await limits.count(row, Action.PORTAL_LINK, now=row.at)
    if limited is None:
        await limits.record(replace(row, found=(CustomerId(f"cus_{person}"),)), Action.PORTAL_LINK)
    return limited


async def test_forty_tickets_are_never_refused_and_the_151st_person_is(sqlite_store: SqlStore) -> None:
    built_in = replace(SETTINGS, per_minute=10, per_day=150, tell=("C0APPROVE1",))
    context = a_context(sqlite_store, settings=built_in)
    limits = LookupLimits(context, StaffPermissions(context))
    at = MORNING
    for by_id in (False, True):  # 90 look-ups of 45 people, two of each: by the address, and by the id
        for person in range(45):
            at += timedelta(minutes=4)
            assert await look_up(limits, question(person, at, by_id=by_id), person) is None
    for person in range(45, 150):
        at += timedelta(seconds=10)
        assert await look_up(limits, question(person, at), person) is None, person

    refused = await look_up(limits, question(150, at + timedelta(seconds=10)), 150)
    assert refused is not None
    assert (refused.limit, refused.per) == (150, "day")
    assert await look_up(limits, question(3, at + timedelta(seconds=10)), 3) is None
    async with sqlite_store.read() as unit:
        rows = await unit.outbox.listed(states=["waiting"], limit=10)
    told = {row.effect.reached for row in rows if isinstance(row.effect, AlertLookups)}
    assert told == {"hour", "day"}
