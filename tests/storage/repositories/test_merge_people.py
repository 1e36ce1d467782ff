"""Two persons who turn out to be one are merged, and nothing that is known of either is lost."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.ids import CaseId, PersonId, SessionId, StaffId
from domain.winback.proposal import OfferRow
from flows.ports.store import Suppression, UnitOfWork
from storage.store import SqlStore
from tests.storage.offers import offer_of, outcome, proposal
from tests.storage.persons import identify, keys, unsubscribe
from tests.storage.samples import NOW, case, new_id, subscription

ADA = StaffId("U1")
DAY = timedelta(days=1)


async def an_offer_to(store: SqlStore, person: PersonId, subscription_id: str, *, at: datetime) -> OfferRow:
    """Store a case, its proposal, the offer, all that is reserved for it, and what came of it."""
    theirs = case(person, subscription_id=subscription_id)
    proposed = replace(proposal(theirs), created_at=at)
    offer = offer_of(proposed)
    async with store.begin() as unit:
        await unit.observations.save_row(subscription(person, name=subscription_id), expected_version=0)
        await unit.cases.add(theirs)
        await unit.proposals.add(proposed)
        await unit.offers.add(offer)
        await unit.offers.claim_checkout(person, offer.id, session_id=SessionId(f"cs_{subscription_id}"), expected=None)
        await unit.budgets.take_slot(person, offer.id, at=at, not_since=at, case_id=theirs.id, not_in_case_since=at)
        await unit.people.record_card(person, [("key", "the same card")])
        await unit.people.add_unsubscribe(unsubscribe(person, at=at))
        await unit.outcomes.save(outcome(theirs))
        await unit.commit()
    return offer


async def take(unit: UnitOfWork, person: PersonId, offer: OfferRow, *, not_since: datetime) -> bool:
    """Take a person's slot a day later, for another case."""
    return await unit.budgets.take_slot(
        person, offer.id, at=NOW + DAY, not_since=not_since, case_id=CaseId(new_id()), not_in_case_since=NOW + DAY
    )


async def test_two_persons_are_merged(store: SqlStore) -> None:
    first, second = await identify(store, keys("cus_1")), await identify(store, keys("cus_2", "dana@example.com"))
    async with store.begin() as unit:
        await unit.observations.save_row(subscription(first, name="sub_1"), expected_version=0)
        await unit.observations.save_row(subscription(second, name="sub_2"), expected_version=0)
        stale = case(second, subscription_id="sub_2")
        await unit.cases.add(stale)
        assert await unit.people.suppress(second, by=StaffId("U1"), why="asked on the phone", at=NOW)
        await unit.commit()
    assert await identify(store, keys("cus_1", "dana@example.com")) == first
    async with store.begin() as unit:
        assert [row.id for row in await unit.observations.rows_of_person(first)] == ["sub_1", "sub_2"]
        assert await unit.observations.rows_of_person(second) == []
        assert await unit.cases.save(stale)  # read before the merge, saved after it
        assert [found.id for found in await unit.cases.of_person(first)] == [stale.id]
        assert await unit.people.suppressed(first)
        assert not await unit.people.suppress(first, by=StaffId("U2"), why="again", at=NOW)
        assert await unit.people.find(keys("cus_2")) == first


async def test_merge_keeps_both_offers(store: SqlStore) -> None:
    first, second = await identify(store, keys("cus_1")), await identify(store, keys("cus_2", "dana@example.com"))
    earlier = await an_offer_to(store, first, "sub_1", at=NOW - DAY)
    later = await an_offer_to(store, second, "sub_2", at=NOW)
    assert await identify(store, keys("cus_1", "dana@example.com")) == first
    async with store.begin() as unit:
        assert [row.id for row in await unit.offers.of_person(first)] == [earlier.id, later.id]
        assert [row.id for row in await unit.proposals.of_person(first)] == [earlier.proposal_id, later.proposal_id]
        assert [each.by_card for each in await unit.budgets.earlier(first)] == [False, False]
        assert await unit.offers.checkout_of(first) == (earlier.id, "cs_sub_1")
        newest = await unit.people.unsubscribe_of(first)
        assert newest is not None
        assert newest.made_at == NOW
        back = await unit.outcomes.get(later.case_id)
        assert back is not None
        assert back.person_id == first
        assert await unit.offers.save(later)  # read before the merge, saved after it
        assert await unit.proposals.save(replace(proposal(case(second)), id=later.proposal_id))
        assert await unit.outcomes.save(replace(back, person_id=second))
        assert len(await unit.offers.of_person(first)) == len(await unit.proposals.of_person(first)) == 2
        assert not await take(unit, first, later, not_since=NOW)  # the later one counts
        assert await take(unit, first, later, not_since=NOW + DAY)


async def test_merge_keeps_what_one_had(store: SqlStore) -> None:
    first, second = await identify(store, keys("cus_1")), await identify(store, keys("cus_2", "dana@example.com"))
    offer = await an_offer_to(store, second, "sub_2", at=NOW)
    async with store.begin() as unit:
        await unit.people.draw_holdout(second, drawn=True)
        await unit.commit()
    assert await identify(store, keys("cus_1", "dana@example.com")) == first
    async with store.begin() as unit:
        assert await unit.offers.checkout_of(first) == (offer.id, "cs_sub_2")
        assert not await take(unit, first, offer, not_since=NOW)
        assert await unit.people.holdout(first)


async def drawn(store: SqlStore, *draws: bool | None) -> tuple[bool | None, list[bool]]:
    """Merge persons who were drawn so, the first into each next; return the draw, and whether each case is in neither.

    Each has a case.
    """
    people = [await identify(store, keys(f"cus_{number}")) for number in range(len(draws))]
    async with store.begin() as unit:
        for number, (person, draw) in enumerate(zip(people, draws, strict=True)):
            if draw is not None:
                await unit.people.draw_holdout(person, drawn=draw)
            row = subscription(person, name=f"sub_{number}")
            await unit.observations.save_row(row, expected_version=0)
            await unit.cases.add(case(person, subscription_id=row.id))
        await unit.commit()
    for number in range(1, len(draws)):
        await identify(store, [*keys(f"cus_{number}"), *keys(f"cus_{number - 1}")])
    async with store.begin() as unit:
        held_out = await unit.people.draw_holdout(people[-1], drawn=False)
        measured = await unit.reports.measured(people)
    return held_out, [each.drawn_both_ways for each in measured]


@pytest.mark.parametrize("draws", [(True, False), (False, True), (True, False, True), (False, True, None)])
async def test_who_was_drawn_both_ways_is_in_neither_group(store: SqlStore, draws: tuple[bool | None, ...]) -> None:
    assert await drawn(store, *draws) == (False, [True] * len(draws))


@pytest.mark.parametrize(("draws", "held_out"), [((True, True), True), ((False, None), False), ((None, True), True)])
async def test_one_draw_stands(store: SqlStore, draws: tuple[bool | None, ...], *, held_out: bool) -> None:
    assert await drawn(store, *draws) == (held_out, [False] * len(draws))


@pytest.mark.parametrize("theirs", ["cus_1", "cus_2"])
async def test_the_subscribers_own_word_outlives_a_merge(store: SqlStore, theirs: str) -> None:
    people = {name: await identify(store, keys(name)) for name in ("cus_1", "cus_2")}
    async with store.begin() as unit:
        for name, person in people.items():
            by, why = (None, "unsubscribed") if name == theirs else (ADA, "never contact")
            assert await unit.people.suppress(person, by=by, why=why, at=NOW)
        await unit.commit()
    await identify(store, [*keys("cus_1"), *keys("cus_2")])
    async with store.read() as unit:
        own_word = Suppression(by=None, why="unsubscribed", at=NOW)
        assert await unit.people.suppressions() == [(people["cus_1"], own_word)]
