"""Proposals come back as they were stored, are made once for each step, and change only under their version."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.ids import ProposalId, StaffId
from domain.money import Money
from domain.winback.offer import CallBack, NoOffer, Restart, SwitchPlan
from domain.winback.proposal import Approval, CustomerRequest, Draft, ProposalRow
from storage.store import SqlStore
from tests.databases import KEYRING
from tests.storage.offers import add_proposal, proposal, terms
from tests.storage.samples import NOW, add_case, new_id

HOUR = timedelta(hours=1)
ADA = StaffId("U1")


async def save(store: SqlStore, row: ProposalRow) -> bool:
    async with store.begin() as unit:
        saved = await unit.proposals.save(row)
        await unit.commit()
    return saved


async def test_proposal_is_read_as_stored(store: SqlStore) -> None:
    row = await add_proposal(store, proposal(await add_case(store), offer=SwitchPlan(price_id=None)))
    decided = replace(
        row,
        draft=Draft(terms=terms(CallBack(who=ADA)), note=None, send_at=None),
        state="approved",
        why="budget",
        by_hand=ADA,
        request=CustomerRequest(ticket="HELP-7", by=ADA, delivery="link"),
        overrides="dear",
        approvals=(Approval(by=ADA, at=NOW), Approval(by=StaffId("U2"), at=NOW + HOUR)),
        by_standing_approval=True,
        decided_by=StaffId("U2"),
        decided_at=NOW + HOUR,
        last_useful_at=NOW + 2 * HOUR,
        snoozed_until=NOW + HOUR,
    )
    async with store.begin() as unit:
        assert await unit.proposals.get(row.id) == row
        assert await unit.proposals.get(ProposalId(new_id())) is None
        assert await unit.proposals.save(decided)
        assert not await unit.proposals.save(decided)  # its version has passed
        assert await unit.proposals.get(row.id) == replace(decided, version=2)


async def test_step_is_proposed_once(store: SqlStore) -> None:
    case = await add_case(store)
    first = await add_proposal(store, proposal(case))
    by_hand = [replace(proposal(case, rule=None), created_at=NOW + hours * HOUR) for hours in (2, 1)]
    async with store.begin() as unit:
        with pytest.raises(ValueError, match="step 0 of the rule price was proposed for this case before"):
            await unit.proposals.add(proposal(case))
        next_step = proposal(case, step=1, offer=NoOffer())
        for row in (*by_hand, replace(next_step, created_at=NOW + 3 * HOUR)):
            await unit.proposals.add(row)
        in_order = [first.id, by_hand[1].id, by_hand[0].id, next_step.id]
        assert [row.id for row in await unit.proposals.of_case(case.id)] == in_order
        assert [row.id for row in await unit.proposals.of_person(case.person_id)] == in_order


async def test_open_proposals_are_listed(store: SqlStore) -> None:
    case = await add_case(store)
    later, sooner, snoozed, awake, decided = (
        replace(proposal(case, rule=None), expires_at=NOW + hours * HOUR) for hours in range(5, 0, -1)
    )
    snoozed = replace(snoozed, snoozed_until=NOW + HOUR)
    awake = replace(awake, snoozed_until=NOW)
    async with store.begin() as unit:
        for row in (later, sooner, snoozed, awake, replace(decided, state="declined")):
            await unit.proposals.add(row)
        found = await unit.proposals.waiting(now=NOW, first=0, limit=3)
        assert [row.proposal.id for row in found] == [awake.id, sooner.id, later.id]
        assert [row.proposal.id for row in await unit.proposals.waiting(now=NOW, first=1, limit=1)] == [sooner.id]
        assert await unit.proposals.count_waiting(now=NOW) == (3, (Money(3 * 980, "eur"),))
        assert await unit.proposals.count_waiting(now=awake.expires_at) == (3, (Money(3 * 980, "eur"),))
        assert await unit.proposals.count_waiting(now=NOW + 10 * HOUR) == (0, ())


async def test_only_people_decide_by_hand(store: SqlStore) -> None:
    case = await add_case(store)
    rows = [
        replace(proposal(case, step=0), state="approved", decided_by=ADA),
        replace(proposal(case, step=1), state="declined", decided_by=ADA),
        replace(proposal(case, step=2), state="stopped", decided_by=ADA),
        replace(proposal(case, step=3), state="approved", decided_by=ADA, by_standing_approval=True),
        replace(proposal(case, step=4), state="expired"),
        proposal(case, step=5, offer=Restart()),
        replace(proposal(case, rule="another", step=0), state="approved", decided_by=ADA),
    ]
    async with store.begin() as unit:
        for row in rows:
            await unit.proposals.add(row)
        assert await unit.proposals.decided_by_hand("price") == 3
        assert await unit.proposals.decided_by_hand("unheard of") == 0


async def test_of_twenty_who_decide_at_once_one_does(store: SqlStore, database_url: str) -> None:
    row = await add_proposal(store, proposal(await add_case(store)))
    other = SqlStore(database_url, keyring=KEYRING, new_id=new_id)
    decisions = [replace(row, state="approved", decided_by=StaffId(f"U{number}")) for number in range(20)]
    saved = await asyncio.gather(*(save([store, other][n % 2], each) for n, each in enumerate(decisions)))
    await other.close()
    assert saved.count(True) == 1
    async with store.read() as unit:
        assert await unit.proposals.get(row.id) == replace(decisions[saved.index(True)], version=2)
