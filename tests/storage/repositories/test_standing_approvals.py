"""A rule's standing approval is replaced, revoked and spent from, never beyond its budget."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from domain.ids import StaffId
from domain.money import Money
from domain.winback.policy import StandingApproval
from storage.store import SqlStore
from tests.databases import KEYRING
from tests.storage.samples import NOW, new_id

APPROVAL = StandingApproval(
    rule="price",
    digest="digest",
    approved_by=StaffId("U1"),
    approved_at=NOW,
    expires_at=NOW + timedelta(days=90),
    budget=Money(100, "eur"),
    spent=Money(0, "eur"),
)


async def approve(store: SqlStore, approval: StandingApproval = APPROVAL) -> None:
    async with store.begin() as unit:
        await unit.standing_approvals.replace(approval)
        await unit.commit()


async def spend(store: SqlStore, minor: int) -> bool:
    async with store.begin() as unit:
        taken = await unit.standing_approvals.spend("price", Money(minor, "eur"))
        await unit.commit()
    return taken


async def test_a_rule_has_one_approval_the_newest(store: SqlStore) -> None:
    await approve(store)
    newer = replace(APPROVAL, digest="newer", budget=Money(500, "jpy"), spent=Money(7, "jpy"))
    await approve(store, newer)
    other = replace(APPROVAL, rule="failed_payment")
    await approve(store, other)
    async with store.begin() as unit:
        assert await unit.standing_approvals.of("price") == newer
        assert await unit.standing_approvals.all() == [other, newer]
        assert await unit.standing_approvals.revoke("price")
        assert not await unit.standing_approvals.revoke("price")
        assert await unit.standing_approvals.of("price") is None


async def test_budget_is_spent_in_its_currency(store: SqlStore) -> None:
    assert not await spend(store, 1)
    await approve(store)
    assert await spend(store, 100)
    assert not await spend(store, 1)
    async with store.begin() as unit:
        await unit.standing_approvals.give_back("price", Money(30, "eur"))
        await unit.standing_approvals.give_back("price", Money(30, "jpy"))
        assert not await unit.standing_approvals.spend("price", Money(10, "jpy"))
        assert await unit.standing_approvals.of("price") == replace(APPROVAL, spent=Money(70, "eur"))


async def test_new_approval_gets_nothing_back(store: SqlStore) -> None:
    await approve(store)
    assert await spend(store, 60)
    await approve(store)
    async with store.begin() as unit:
        await unit.standing_approvals.give_back("price", Money(60, "eur"))
        assert await unit.standing_approvals.of("price") == APPROVAL


async def test_simultaneous_spending_keeps_the_budget(store: SqlStore, database_url: str) -> None:
    await approve(store)
    other = SqlStore(database_url, keyring=KEYRING, new_id=new_id)
    spent = await asyncio.gather(*(spend([store, other][n % 2], 40) for n in range(20)))
    await other.close()
    assert spent.count(True) == 2
