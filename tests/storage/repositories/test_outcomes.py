"""What came of cases: each outcome guarded by its version, and all cases of a span read as statistics want them."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from domain.cancellations.stored_case import Case, Enrichment
from domain.ids import PersonId, StaffId
from domain.money import Money
from domain.results.funnel import NOT_EVALUATED
from domain.winback.offer import CallBack
from flows.ports.store import HoldoutDraw, MeasuredCase
from storage import tables
from storage.store import SqlStore
from tests.storage.offers import add_offer, add_proposal, offer_of, outcome, proposal
from tests.storage.samples import NOW, add_case, case, customer, new_id, subscription

DAY = timedelta(days=1)


def measured(case: Case) -> MeasuredCase:
    return MeasuredCase(
        case_id=case.id,
        person_id=case.person_id,
        requested_at=case.episode.requested_at,
        monthly=Money(4900, "eur"),
        kind="cancellation_requested",
        reason="too_expensive",
        decline_code=None,
        rule=None,
        offered=False,
        draw=None,
        picked=False,
        sent=False,
        staff_contact=False,
        outcome=None,
        asked_why=True,
        told_by="customer",
    )


async def read(store: SqlStore) -> list[MeasuredCase]:
    """Return the cases without what stopped each, which has tests of its own."""
    async with store.read() as unit:
        people = await unit._connection.scalars(select(tables.persons.c.id))
        measured = await unit.reports.measured([PersonId(each) for each in people])
    return [replace(each, stop=NOT_EVALUATED) for each in measured if each.requested_at >= NOW]


async def add(store: SqlStore, case: Case) -> Case:
    async with store.begin() as unit:
        await unit.cases.add(case)
        await unit.commit()
    return case


async def test_outcome_is_guarded_by_its_version(store: SqlStore) -> None:
    row = outcome(await add_case(store))
    kept = replace(
        row,
        how="after_email",
        first_paid_at=NOW + 2 * DAY,
        kept_30=Money(3920, "eur"),
        kept_90=Money(0, "eur"),
        stayed_30=True,
        stayed_90=False,
        version=1,
    )
    async with store.begin() as unit:
        assert await unit.outcomes.get(row.case_id) is None
        assert await unit.outcomes.save(row)
        assert not await unit.outcomes.save(row)
        assert await unit.outcomes.get(row.case_id) == replace(row, version=1)
        assert await unit.outcomes.save(kept)
        assert not await unit.outcomes.save(kept)  # its version has passed
        assert await unit.outcomes.get(row.case_id) == replace(kept, version=2)


async def test_a_case_without_more_is_measured_as_it_is(store: SqlStore) -> None:
    assert await read(store) == []
    plain = await add_case(store)
    assert await read(store) == [measured(plain)]


async def drawn_case(store: SqlStore, *, held_out: bool = False) -> Case:
    """Store a case of a person for whom the holdout was drawn."""
    added = await add_case(store)
    async with store.begin() as unit:
        await unit.people.draw_holdout(added.person_id, drawn=held_out)
        await unit.commit()
    return added


async def test_who_was_never_drawn_is_on_neither_side(store: SqlStore) -> None:
    told = await add_case(store)
    await add_proposal(store, proposal(told))
    [found] = await read(store)
    assert (found.rule, found.offered, found.draw) == ("price", True, None)


async def test_case_is_measured_with_its_outcome(store: SqlStore) -> None:
    told = await drawn_case(store)
    first = replace(proposal(told, step=3), created_at=NOW + timedelta(hours=1), by_hand=StaffId("U1"))
    await add_offer(store, replace(offer_of(first), email_state="sent"), of=first)
    await add_proposal(store, replace(proposal(told, rule="another"), created_at=NOW + timedelta(hours=2)))
    enriched = replace(
        told, owner=StaffId("U1"), owned_at=NOW, enrichment=Enrichment(paid=None, decline_code="do_not_honor")
    )
    async with store.begin() as unit:
        assert await unit.cases.save(enriched)
        assert await unit.outcomes.save(outcome(told))
        await unit.commit()
    [found] = await read(store)
    assert found == replace(
        measured(told),
        decline_code="do_not_honor",
        rule="price",
        offered=True,
        draw=HoldoutDraw(at=NOW + timedelta(hours=1), holdout=False),
        sent=True,
        staff_contact=True,
        outcome=replace(outcome(told), version=1),
    )


async def test_holdout_and_manual_offers_differ(store: SqlStore) -> None:
    held_out = await drawn_case(store, held_out=True)
    by_hand = await add(store, replace(case(held_out.person_id), follow_up="reached"))
    await add_proposal(store, replace(proposal(held_out), state="held_out"))
    unsent = replace(proposal(by_hand, rule=None), created_at=NOW + timedelta(hours=1), by_hand=StaffId("U1"))
    await add_offer(store, replace(offer_of(unsent), email_state="unclear"), of=unsent)
    found = {each.case_id: each for each in await read(store)}
    assert found == {
        held_out.id: replace(measured(held_out), rule="price", draw=HoldoutDraw(at=NOW, holdout=True), picked=True),
        by_hand.id: replace(
            measured(by_hand),
            offered=True,
            draw=HoldoutDraw(at=NOW + timedelta(hours=1), holdout=False),
            picked=True,
            staff_contact=True,
        ),
    }


async def test_exempt_offers_draw_nobody(store: SqlStore) -> None:
    called = await drawn_case(store, held_out=True)
    talk = proposal(called, rule="service")
    terms = replace(talk.draft.terms, offer=CallBack(who=None), way="call")
    await add_proposal(store, replace(talk, draft=replace(talk.draft, terms=terms)))
    [only_called] = await read(store)
    assert only_called == replace(measured(called), rule="service", offered=True)
    later = NOW + timedelta(hours=3)
    await add_proposal(store, replace(proposal(called, rule="price"), state="held_out", created_at=later))
    [drawn] = await read(store)
    assert (drawn.rule, drawn.draw) == ("service", HoldoutDraw(at=later, holdout=True))


async def test_a_picked_case_marks_every_case_of_its_person(store: SqlStore) -> None:
    first = await add_case(store)
    other = await add(store, case(first.person_id, requested_at=NOW + timedelta(hours=1)))
    async with store.begin() as unit:
        stranger = case(await unit.people.identify([customer("cus_2")], new_id=PersonId(new_id()), now=NOW))
        await unit.commit()
    await add(store, stranger)
    assert not any(each.picked for each in await read(store))

    await add(store, replace(case(first.person_id, requested_at=NOW - 500 * DAY), picked_at=NOW))

    assert {each.case_id: each.picked for each in await read(store)} == {
        first.id: True,
        other.id: True,
        stranger.id: False,
    }


async def test_silent_withdrawn_and_unread_cases_are_not_measured(store: SqlStore) -> None:
    counted = await add_case(store)
    person = counted.person_id
    plain = case(person)
    await add(store, replace(case(person), silent=True))
    await add(store, replace(plain, episode=replace(plain.episode, state="withdrawn")))
    async with store.begin() as unit:
        unread = replace(subscription(person, name="sub_unread"), facts=None)
        await unit.observations.save_row(unread, expected_version=0)
        await unit.commit()
    await add(store, case(person, subscription_id="sub_unread"))
    later = await add(store, case(person, requested_at=NOW + DAY / 2))
    assert [each.case_id for each in await read(store)] == [counted.id, later.id]
