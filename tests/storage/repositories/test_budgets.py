"""Budgets and cooldowns hold under simultaneous use, and what was never sent is given back."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.ids import CaseId, OfferId, PersonId
from domain.money import Money
from domain.winback.decision import EarlierOffer
from domain.winback.offer import Pause
from domain.winback.proposal import OfferState
from storage.store import SqlStore
from tests.databases import KEYRING
from tests.storage.offers import TWENTY_PERCENT, add_offer, offer_of, proposal
from tests.storage.samples import NOW, add_case, case, customer, new_id, subscription

DAY = timedelta(days=1)
MONTH = "month:2026-11"


def euros(minor: int) -> Money:
    return Money(minor, "eur")


async def a_person(store: SqlStore, name: str = "cus_1") -> PersonId:
    async with store.begin() as unit:
        person = await unit.people.identify([customer(name)], new_id=PersonId(new_id()), now=NOW)
        await unit.commit()
    return person


async def spend(store: SqlStore, amount: Money, *, limit: Money | None) -> bool:
    async with store.begin() as unit:
        reserved = await unit.budgets.spend(MONTH, amount, limit=limit)
        await unit.commit()
    return reserved


async def take(store: SqlStore, person: PersonId, *, at_day: int = 0, cooldown: int = 30) -> OfferId | None:
    offer_id, at = OfferId(new_id()), NOW + at_day * DAY
    async with store.begin() as unit:
        taken = await unit.budgets.take_slot(
            person, offer_id, at=at, not_since=at - cooldown * DAY, case_id=CaseId(new_id()), not_in_case_since=at
        )
        await unit.commit()
    return offer_id if taken else None


async def test_budget_is_reserved_up_to_its_limit(store: SqlStore) -> None:
    assert await spend(store, euros(60), limit=euros(100))
    assert not await spend(store, euros(41), limit=euros(100))
    assert await spend(store, euros(40), limit=euros(100))
    assert await spend(store, Money(70, "jpy"), limit=None)
    assert await spend(store, euros(0), limit=euros(50))  # nothing to give away, though the limit was lowered
    async with store.begin() as unit:
        assert await unit.budgets.spent(MONTH) == {"eur": euros(100), "jpy": Money(70, "jpy")}
        await unit.budgets.give_back(MONTH, euros(40))
        assert await unit.budgets.spent(MONTH) == {"eur": euros(60), "jpy": Money(70, "jpy")}
        assert await unit.budgets.spent("month:2026-12") == {}


async def test_first_amount_counts_too(store: SqlStore) -> None:
    assert not await spend(store, euros(101), limit=euros(100))
    async with store.begin() as unit:
        assert await unit.budgets.spent(MONTH) == {}
        with pytest.raises(ValueError, match="own currency"):
            await unit.budgets.spend(MONTH, euros(1), limit=Money(100, "jpy"))


async def test_simultaneous_spending_keeps_the_budget(store: SqlStore, database_url: str) -> None:
    other = SqlStore(database_url, keyring=KEYRING, new_id=new_id)
    spent = await asyncio.gather(*(spend([store, other][n % 2], euros(40), limit=euros(100)) for n in range(20)))
    await other.close()
    assert spent.count(True) == 2
    async with store.read() as unit:
        assert await unit.budgets.spent(MONTH) == {"eur": euros(80)}


async def test_cooldown_allows_one_offer(store: SqlStore) -> None:
    dana, eve = await a_person(store), await a_person(store, "cus_2")
    first = await take(store, dana)
    assert first is not None
    assert await take(store, dana, at_day=30) is None
    assert await take(store, eve, at_day=30) is not None
    assert await take(store, dana, at_day=31) is not None
    async with store.begin() as unit:
        await unit.budgets.free_slot(first)  # another offer stands there meanwhile
        await unit.commit()
    assert await take(store, dana, at_day=32) is None


async def test_a_case_has_a_gap_of_its_own(store: SqlStore) -> None:
    dana = await a_person(store)
    theirs = case(dana)
    proposed = proposal(theirs)
    first, second = offer_of(proposed), OfferId(new_id())
    async with store.begin() as unit:
        await unit.observations.save_row(subscription(dana), expected_version=0)
        await unit.cases.add(theirs)
        await unit.proposals.add(proposed)
        await unit.offers.add(first)
        await unit.commit()

    async def taken(offer_id: OfferId, *, day: int, case_id: CaseId) -> bool:
        at = NOW + day * DAY
        async with store.begin() as unit:
            gaps = {"not_since": at - 90 * DAY, "not_in_case_since": at - 10 * DAY}
            took = await unit.budgets.take_slot(dana, offer_id, at=at, case_id=case_id, **gaps)
            await unit.commit()
        return took

    assert await taken(first.id, day=0, case_id=theirs.id)
    assert not await taken(second, day=10, case_id=theirs.id)
    assert not await taken(second, day=89, case_id=CaseId(new_id()))
    assert await taken(second, day=11, case_id=theirs.id)


async def test_unsent_offer_leaves_no_cooldown(store: SqlStore) -> None:
    dana = await a_person(store)
    first = await take(store, dana)
    assert first is not None
    async with store.begin() as unit:
        await unit.budgets.free_slot(first)
        await unit.commit()
    assert await take(store, dana) is not None


async def test_one_of_twenty_offers_is_made(store: SqlStore, database_url: str) -> None:
    dana = await a_person(store)
    other = SqlStore(database_url, keyring=KEYRING, new_id=new_id)
    for at_day in (0, 31):
        taken = await asyncio.gather(*(take([store, other][n % 2], dana, at_day=at_day) for n in range(20)))
        assert len([each for each in taken if each is not None]) == 1
    await other.close()


async def test_earlier_offers_come_oldest_first(store: SqlStore) -> None:
    dana = await add_case(store)
    sent = replace(proposal(dana, step=0), created_at=NOW - 3 * DAY)
    await add_offer(store, replace(offer_of(sent), email_state="sent", state="over", sent_at=NOW - DAY), of=sent)
    unclear = replace(proposal(dana, step=1, offer=Pause(months=2)), created_at=NOW - 2 * DAY)
    await add_offer(store, replace(offer_of(unclear), email_state="unclear"), of=unclear)
    never_made: tuple[OfferState, ...] = ("over", "stopped", "failed")
    for step, state in enumerate(never_made, 2):
        stopped = proposal(dana, step=step)
        await add_offer(store, replace(offer_of(stopped), state=state), of=stopped)
    checked = proposal(dana, step=5)
    await add_offer(store, offer_of(checked), of=checked)
    made = [
        EarlierOffer(at=NOW - 2 * DAY, case_id=dana.id, offer=Pause(months=2), by_card=False),
        EarlierOffer(at=NOW - DAY, case_id=dana.id, offer=TWENTY_PERCENT, by_card=False),
    ]
    waits = EarlierOffer(at=NOW, case_id=dana.id, offer=TWENTY_PERCENT, by_card=False)
    async with store.read() as unit:
        assert await unit.budgets.earlier(dana.person_id) == [*made, waits]
        assert await unit.budgets.earlier(dana.person_id, apart_from=checked.id) == made
        assert await unit.budgets.earlier(PersonId(new_id())) == []


async def test_same_card_is_found_under_any_key(store: SqlStore) -> None:
    dana = await add_case(store)
    proposed = proposal(dana)
    await add_offer(store, replace(offer_of(proposed), email_state="sent", sent_at=NOW), of=proposed)
    eve = await a_person(store, "cus_2")
    old, new = ("old", "digest under the old key"), ("new", "digest under the new key")
    async with store.begin() as unit:
        await unit.people.record_card(dana.person_id, [old])
        await unit.people.record_card(dana.person_id, [("old", "of another card")])
        assert await unit.budgets.earlier(eve) == []
        await unit.people.record_card(eve, [new, old])
        await unit.people.record_card(eve, [new, old])
        by_card = EarlierOffer(at=NOW, case_id=dana.id, offer=TWENTY_PERCENT, by_card=True)
        assert await unit.budgets.earlier(eve) == [by_card]
        assert await unit.budgets.earlier(dana.person_id) == [replace(by_card, by_card=False)]
        await unit.commit()
    assert {"old", "new"} <= await store.key_ids_in_use()
