"""What is known of subscriptions and their cases comes back as it was stored, and changes only under its version."""

from dataclasses import replace
from datetime import timedelta

from domain.billing.monthly_value import MonthlyValue
from domain.cancellations.case import CaseState
from domain.cancellations.observation import Observation
from domain.cancellations.sequel import Switch
from domain.cancellations.stored_case import CustomerReturn, Enrichment, Paid
from domain.ids import CaseId, PersonId, StaffId, SubscriptionId
from domain.money import Money
from storage.store import SqlStore
from tests.storage.samples import NOW, add_case, case, customer, new_id, subscription

HOUR = timedelta(hours=1)
OVER: tuple[CaseState, ...] = ("resumed", "withdrawn")


def seen(source_id: str) -> Observation:
    episode = case().episode
    return Observation(
        subscription_id=SubscriptionId("sub_1"),
        source="event",
        source_id=source_id,
        event_type="customer.subscription.updated",
        seen_at=NOW,
        row_version=None,
        previous={"canceled_at": NOW - HOUR, "status": "active", "cancel_at": None, "cancel_at_period_end": False},
        status="active",
        created_at=NOW,
        canceled_at=NOW,
        cancel_at=NOW,
        cancel_at_period_end=True,
        ended_at=None,
        cancellation=episode.cancellation,
        value=MonthlyValue(now=Money(0, "eur"), would_be=Money(700, "eur"), usage_based=True),
    )


async def test_observation_is_stored_once(store: SqlStore) -> None:
    read = replace(seen("read:1"), source="read", event_type=None, row_version=3, previous=None)
    async with store.begin() as unit:
        assert await unit.observations.add([seen("evt_1"), read]) == 2
        assert await unit.observations.add([seen("evt_1"), seen("evt_2")]) == 1
        assert await unit.observations.of(SubscriptionId("sub_1")) == [seen("evt_1"), read, seen("evt_2")]
        assert await unit.observations.of(SubscriptionId("sub_2")) == []


async def test_subscription_row_is_guarded(store: SqlStore) -> None:
    async with store.begin() as unit:
        person = await unit.people.identify([customer("cus_1")], new_id=PersonId(new_id()), now=NOW)
        row = subscription(person)
        assert await unit.observations.version(row.id) == 0
        assert await unit.observations.row(row.id) is None
        assert await unit.observations.save_row(row, expected_version=0)
        assert not await unit.observations.save_row(row, expected_version=0)
        newer = replace(row, version=2, was_live=False, facts=None)
        assert not await unit.observations.save_row(newer, expected_version=5)
        assert await unit.observations.row(row.id) == row
        assert await unit.observations.save_row(newer, expected_version=1)
        assert await unit.observations.version(row.id) == 2
        assert await unit.observations.row(row.id) == newer


async def test_a_case_comes_back_as_it_was_saved(store: SqlStore) -> None:
    added = await add_case(store)
    changed = replace(
        added,
        enrichment=Enrichment(
            paid=Paid(amount=Money(12300, "jpy"), at_least=True, with_tax=True), decline_code="expired_card"
        ),
        owner=StaffId("U1"),
        owned_at=NOW,
        follow_up="reached",
        tags=("api", "éxport"),
        silent=True,
        episode=replace(added.episode, state="ended", ended_at=NOW),
    )
    async with store.begin() as unit:
        assert await unit.cases.get(added.id) == added
        assert await unit.cases.get(CaseId(new_id())) is None
        assert await unit.cases.save(changed)
        assert not await unit.cases.save(changed)  # its version has passed
        assert await unit.cases.get(added.id) == replace(changed, version=2)


async def test_cases_come_in_the_order_of_their_requests(store: SqlStore) -> None:
    first = await add_case(store)
    later, earlier = (replace(case(first.person_id, requested_at=moment)) for moment in (NOW + HOUR, NOW - HOUR))
    async with store.begin() as unit:
        await unit.cases.add(later)
        await unit.cases.add(earlier)
        in_order = [earlier.id, first.id, later.id]
        assert [found.id for found in await unit.cases.of_subscription(first.subscription_id)] == in_order
        assert [found.id for found in await unit.cases.of_person(first.person_id)] == in_order


async def test_open_cases_may_get_an_offer(store: SqlStore) -> None:
    lately = await add_case(store)
    person, since = lately.person_id, NOW - HOUR
    ends_lately = case(person, requested_at=since - 5 * HOUR)  # and in eleven days
    ended_long_ago = case(person, requested_at=since - timedelta(days=30))
    no_end_known = case(person, requested_at=since)
    others = [
        ended_long_ago,
        ends_lately,
        replace(no_end_known, episode=replace(no_end_known.episode, ends_at=None)),
        replace(case(person), silent=True),
        *(replace(lately, id=CaseId(new_id()), episode=replace(lately.episode, state=state)) for state in OVER),
    ]
    async with store.begin() as unit:
        for other in others:
            await unit.cases.add(other)
        assert await unit.cases.open_ids(since=since) == [ends_lately.id, no_end_known.id, lately.id]
        assert await unit.cases.open_ids(since=NOW + timedelta(days=30)) == []
        row = await unit.observations.row(lately.subscription_id)
        assert row is not None
        found = await unit.cases.open(since=since)
        assert [(each.id, facts) for each, facts in found] == [
            (each.id, row.facts) for each in (ends_lately, no_end_known, lately)
        ]
        assert found[-1][0] == lately


async def test_comments_of_a_span_are_the_newest(store: SqlStore) -> None:
    newest = await add_case(store)
    person, said = newest.person_id, newest.episode.cancellation
    earlier, before = (case(person, requested_at=NOW - hours * HOUR) for hours in (1, 3))
    mute = replace(
        earlier, id=CaseId(new_id()), episode=replace(earlier.episode, cancellation=replace(said, comment=""))
    )
    others = [
        *(earlier, before, mute, replace(case(person), silent=True)),
        replace(newest, id=CaseId(new_id()), episode=replace(newest.episode, state="withdrawn")),
    ]
    async with store.begin() as unit:
        for other in others:
            await unit.cases.add(other)
        row = await unit.observations.row(newest.subscription_id)
        found = await unit.cases.comments(since=NOW - 2 * HOUR, until=NOW + HOUR, most=9)
        assert [each.case_id for each in found] == [newest.id, earlier.id]
        assert found[:1] == await unit.cases.comments(since=NOW - 2 * HOUR, until=NOW + HOUR, most=1)
        assert await unit.cases.comments(since=NOW - 2 * HOUR, until=NOW - HOUR, most=9) == []
    assert row is not None
    assert row.facts is not None
    assert row.facts.customer_email is not None
    assert found[0].names == (row.facts.customer_name, row.facts.customer_email.partition("@")[0])
    assert found[0].text == said.comment


async def test_loss_is_stored_with_the_case(store: SqlStore) -> None:
    added = await add_case(store)
    value = MonthlyValue(now=Money(0, "eur"), would_be=Money(700, "eur"), usage_based=True, known=True, tax_known=False)
    async with store.begin() as unit:
        await unit.cases.save(replace(added, loss=value))
        found = await unit.cases.get(added.id)
        assert found is not None
        assert found.loss == value
        assert await unit.cases.median_monthly() == {"eur": Money(700, "eur")}
        await unit.cases.save(replace(found, loss=replace(value, known=False)))
        assert await unit.cases.median_monthly() == {}


async def test_median_is_by_currency(store: SqlStore) -> None:
    async with store.begin() as unit:
        assert await unit.cases.median_monthly() == {}
        person = await unit.people.identify([customer("cus_1")], new_id=PersonId(new_id()), now=NOW)
        worth = [Money(100, "eur"), Money(900, "eur"), Money(300, "eur"), Money(5000, "jpy")]
        for number, value in enumerate(worth):
            row = subscription(person, name=f"sub_{number}")
            assert row.facts is not None
            facts = replace(row.facts, value=replace(row.facts.value, now=Money(0, value.currency), would_be=value))
            await unit.observations.save_row(replace(row, facts=facts), expected_version=0)
            await unit.cases.add(case(person, subscription_id=row.id))
        never_left = case(person, subscription_id="sub_1")
        await unit.cases.add(replace(never_left, episode=replace(never_left.episode, state="withdrawn")))
        unread = replace(subscription(person, name="sub_unread"), facts=None)
        await unit.observations.save_row(unread, expected_version=0)
        await unit.cases.add(case(person, subscription_id="sub_unread"))
        assert await unit.cases.median_monthly() == {"eur": Money(300, "eur"), "jpy": Money(5000, "jpy")}


async def test_resume_is_a_return(store: SqlStore) -> None:
    added = await add_case(store)
    resumed = replace(added, episode=replace(added.episode, state="resumed", resumed_at=NOW + HOUR))
    async with store.read() as unit:
        assert await unit.cases.comeback(added) is None
        assert await unit.cases.comeback(resumed) == CustomerReturn(
            at=NOW + HOUR, subscription_id=added.subscription_id, same_subscription=True
        )


async def test_return_is_the_first_live_subscription(store: SqlStore) -> None:
    added = await add_case(store)
    async with store.begin() as unit:
        other = await unit.people.identify([customer("cus_2")], new_id=PersonId(new_id()), now=NOW)
        for name, person, created_at, was_live in (
            ("sub_before", added.person_id, NOW - 2 * HOUR, True),
            ("sub_never_live", added.person_id, NOW + HOUR, False),
            ("sub_of_another", other, NOW + HOUR, True),
        ):
            row = replace(subscription(person, name=name, created_at=created_at), was_live=was_live)
            await unit.observations.save_row(row, expected_version=0)
        assert await unit.cases.comeback(added) is None
        for name, created_at in (("sub_second", NOW + 3 * HOUR), ("sub_first", NOW + 2 * HOUR)):
            row = subscription(added.person_id, name=name, created_at=created_at)
            await unit.observations.save_row(row, expected_version=0)
        assert await unit.cases.comeback(added) == CustomerReturn(
            at=NOW + 2 * HOUR, subscription_id=SubscriptionId("sub_first"), same_subscription=False
        )
        row = subscription(added.person_id, name="sub_same_second", created_at=NOW)
        await unit.observations.save_row(row, expected_version=0)
        assert await unit.cases.sequel(added) == Switch(subscription_id=SubscriptionId("sub_same_second"))
        assert await unit.cases.comeback(added) is None
