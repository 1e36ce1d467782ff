"""What SQL counts equals what is counted case by case, whatever happened and in whatever order it was counted."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from domain.billing.monthly_value import MonthlyValue
from domain.cancellations.case import CaseState
from domain.cancellations.stored_case import Case, Enrichment, NotedReason
from domain.ids import CaseId, PersonId, StaffId, SubscriptionId
from domain.money import Money
from domain.results.funnel import Evaluation, Stop, funnel
from domain.winback.offer import CallBack
from domain.winback.outcome import FINAL_AFTER, ReturnCause
from domain.winback.proposal import OfferRow, ProposalRow
from flows.ports.store import OutcomeRow, UnitOfWork
from flows.winback.results import metrics
from flows.winback.results.answers import DayCounts, LossGroup, LossReport
from flows.winback.results.report import YEAR, CaseCounting
from storage import tables
from storage.store import SqlStore
from tests.flows.winback.results import measured_reference, reference
from tests.lanes import examples
from tests.storage.offers import TWENTY_PERCENT, offer_of, proposal, terms
from tests.storage.persons import keys
from tests.storage.samples import case, subscription

NOW = datetime(2026, 11, 23, 12, 34, 56, 789_000, tzinfo=UTC)
DAY = timedelta(days=1)
SPANS = (timedelta(hours=5), 3 * DAY, 30 * DAY, 90 * DAY, 365 * DAY)
ZONES = ("UTC", "Europe/Berlin", "Asia/Kathmandu", "America/Santiago")
CAUSES: tuple[ReturnCause, ...] = ("accepted", "after_email", "by_themselves")
STATES: tuple[CaseState, ...] = ("pending", "ended", "ended", "ended", "resumed", "withdrawn")
STEPS = 45


class History:
    """People who leave, are offered something and come back, as chance has it; some of it is counted in between."""

    def __init__(self, store: SqlStore, chance: Random) -> None:
        self.store = store
        self.chance = chance
        self.people: list[PersonId] = []
        self.subscriptions: list[tuple[SubscriptionId, int]] = []
        self.cases: list[CaseId] = []
        self.proposals: list[ProposalRow] = []
        self.offers: list[OfferRow] = []

    async def happen(self) -> None:
        await self._in_one(self._person)
        await self._in_one(self._subscribe)
        for _ in range(self.chance.randint(5, STEPS)):
            happenings: list[Callable[[UnitOfWork], Any]] = [
                self._person,
                self._subscribe,
                *[self._leave] * 6,
                *[self._change] * 3,
                self._read_anew,
                *[self._evaluate] * 3,
                *[self._propose] * 4,
                self._settle_proposal,
                *[self._offer] * 3,
                self._settle_offer,
                *[self._come_back] * 5,
                self._undo_return,
                self._draw,
                self._merge,
            ]
            await self._in_one(self.chance.choice(happenings))
            if self.chance.random() < 0.2:
                await CaseCounting(self.store).catch_up(most=self.chance.choice([1, 20, None]))

    async def _in_one(self, happening: Callable[[UnitOfWork], Any]) -> None:
        async with self.store.begin() as unit:
            await happening(unit)
            await unit.commit()

    def _number(self) -> UUID:
        return UUID(int=self.chance.getrandbits(128), version=4)

    def _at(self) -> datetime:
        """Return a time within 18 months, often one of a few, so that cases lie on the edge of a span or together."""
        if self.chance.random() < 0.2:
            settled = NOW - FINAL_AFTER
            edges = [*(NOW - span for span in SPANS), settled, settled - YEAR, NOW.replace(hour=0, minute=0)]
            return self.chance.choice(edges) + timedelta(microseconds=self.chance.randint(-1, 1))
        return NOW - timedelta(seconds=self.chance.randrange(540 * 86_400))

    def _soon_after(self, moment: datetime) -> datetime:
        return moment + timedelta(seconds=self.chance.choice([60, 1800, 86_400, 86_400 * 30, 86_400 * 100]))

    def _money(self) -> Money:
        return Money(self.chance.choice([0, 1900, 1900, 4900, 9900]), self.chance.choice(["eur", "eur", "usd"]))

    def _value(self) -> MonthlyValue:
        amount = self._money()
        return MonthlyValue(now=amount, would_be=amount, usage_based=amount.minor == 0 and self.chance.random() < 0.5)

    async def _person(self, unit: UnitOfWork) -> None:
        number = len(self.people)
        mine = keys(f"cus_{number}")
        self.people.append(await unit.people.identify(mine, new_id=PersonId(self._number()), now=NOW))

    async def _subscribe(self, unit: UnitOfWork) -> None:
        whose = self.chance.randrange(len(self.people))
        name = f"sub_{len(self.subscriptions)}"
        near = [await unit.cases.get(each) for each in self.cases[-3:]]
        at = self._at()
        if near and near[0] is not None and self.chance.random() < 0.5:
            at = near[0].episode.requested_at + timedelta(seconds=self.chance.choice([-1800, 600, 86_400]))
        row = await self._row(unit, whose, name, at)
        await unit.observations.save_row(row, expected_version=0)
        self.subscriptions.append((row.id, whose))

    async def _row(self, unit: UnitOfWork, whose: int, name: str, at: datetime) -> Any:
        person = await unit.people.find(keys(f"cus_{whose}"))
        assert person is not None
        row = subscription(person, name=name, created_at=at)
        assert row.facts is not None
        facts = replace(row.facts, value=self._value(), status=self.chance.choice(["active", "active", "canceled"]))
        return replace(row, facts=None if self.chance.random() < 0.05 else facts, was_live=self.chance.random() < 0.9)

    async def _leave(self, unit: UnitOfWork) -> None:
        name, whose = self.chance.choice(self.subscriptions)
        person = await unit.people.find(keys(f"cus_{whose}"))
        added = self._shaken(case(person, subscription_id=name, requested_at=self._at()))
        added = replace(added, id=CaseId(self._number()))
        await unit.cases.add(added)
        self.cases.append(added.id)

    def _shaken(self, known: Case) -> Case:
        """Change what the figures depend on."""
        chance, episode = self.chance, known.episode
        kind = chance.choice([None, "cancellation_requested", "cancellation_requested", "payment_failed"])
        feedback = chance.choice([None, "too_expensive", "unused"]) if kind != "payment_failed" else None
        comment = chance.choice([None, None, "Too much for us"])
        option = chance.choice([None, None, "Too few exports"]) if feedback is None else None
        words = replace(episode.cancellation, kind=kind, feedback=feedback, feedback_option=option, comment=comment)
        note = NotedReason(feedback="unused", feedback_option=None, words=None, by=StaffId("U1"), at=NOW)
        state = chance.choice(STATES)
        resumed_at = self._soon_after(episode.requested_at) if state == "resumed" else None
        code = chance.choice([None, "expired_card", "do_not_honor"])
        return replace(
            known,
            episode=replace(episode, cancellation=words, state=state, resumed_at=resumed_at),
            silent=chance.random() < 0.05,
            enrichment=Enrichment(paid=None, decline_code=code) if kind == "payment_failed" else None,
            owner=StaffId("U1") if chance.random() < 0.2 else None,
            follow_up="reached" if chance.random() < 0.1 else None,
            picked_at=NOW if chance.random() < 0.05 else None,
            loss=self._value() if chance.random() < 0.8 else None,
            noted=note if chance.random() < 0.3 else None,
        )

    async def _change(self, unit: UnitOfWork) -> None:
        known = await self._case(unit)
        if known is not None:
            at = self._at() if self.chance.random() < 0.1 else known.episode.requested_at
            await unit.cases.save(self._shaken(replace(known, episode=replace(known.episode, requested_at=at))))

    async def _case(self, unit: UnitOfWork) -> Case | None:
        return await unit.cases.get(self.chance.choice(self.cases)) if self.cases else None

    async def _read_anew(self, unit: UnitOfWork) -> None:
        name, whose = self.chance.choice(self.subscriptions)
        known = await unit.observations.row(name)
        assert known is not None
        row = await self._row(unit, whose, name, known.created_at)
        await unit.observations.save_row(replace(row, version=known.version + 1), expected_version=known.version)

    async def _propose(self, unit: UnitOfWork) -> None:
        known = await self._case(unit)
        if known is None:
            return
        steps = {(each.rule, each.step) for each in await unit.proposals.of_case(known.id)}
        rule = self.chance.choice([None, "price", "price", "restart"])
        made = proposal(known, rule=rule, step=self.chance.randrange(3))
        if rule is not None and (rule, made.step) in steps:
            return
        drawn = replace(
            made.draft, terms=terms(CallBack(who=None)) if self.chance.random() < 0.2 else terms(TWENTY_PERCENT)
        )
        row = replace(
            made,
            draft=drawn,
            state=self.chance.choice(["open", "open", "held_out", "held_out", "approved"]),
            by_hand=StaffId("U1") if self.chance.random() < 0.1 else None,
            created_at=self._soon_after(known.episode.requested_at),
        )
        await unit.proposals.add(row)
        self.proposals.append(row)

    async def _settle_proposal(self, unit: UnitOfWork) -> None:
        if self.proposals:
            known = await unit.proposals.get(self.chance.choice(self.proposals).id)
            assert known is not None
            await unit.proposals.save(replace(known, state=self.chance.choice(["approved", "expired", "withdrawn"])))

    async def _offer(self, unit: UnitOfWork) -> None:
        free = [each for each in self.proposals if not any(offer.proposal_id == each.id for offer in self.offers)]
        if not free:
            return
        of = await unit.proposals.get(self.chance.choice(free).id)
        assert of is not None
        row = replace(
            offer_of(of),
            state=self.chance.choice(["sent", "sending", "failed"]),
            email_state=self.chance.choice(["sent", "waiting"]),
        )
        await unit.offers.add(row)
        self.offers.append(row)

    async def _settle_offer(self, unit: UnitOfWork) -> None:
        if not self.offers:
            return
        known = await unit.offers.get(self.chance.choice(self.offers).id)
        if known is None:
            return
        if self.chance.random() < 0.2:
            await unit.offers.drop(known.id)
        else:
            await unit.offers.save(replace(known, state=self.chance.choice(["stopped", "over"]), email_state="sent"))

    async def _come_back(self, unit: UnitOfWork) -> None:
        known = await self._case(unit)
        if known is None:
            return
        before = await unit.outcomes.get(known.id)
        others = [await unit.outcomes.get(each) for each in self.cases]
        same = [each for each in others if each is not None and each.case_id != known.id]
        at, returned_with = self._soon_after(known.episode.requested_at), SubscriptionId(f"sub_{self.chance.random()}")
        if same and self.chance.random() < 0.5:
            one = self.chance.choice(same)
            at, returned_with = one.returned_at, one.returned_with
        paid, stayed = self.chance.random() < 0.8, self.chance.choice([None, True, True, False])
        outcome = OutcomeRow(
            case_id=known.id,
            person_id=known.person_id,
            returned_at=at,
            returned_with=returned_with,
            how=self.chance.choice(CAUSES),
            offer_id=None,
            first_paid_at=self._soon_after(at) if paid else None,
            kept_30=self._money() if paid and stayed is not None else None,
            kept_90=self._money() if paid and stayed is not None else None,
            stayed_30=stayed if paid else None,
            stayed_90=self.chance.choice([stayed, None, False]) if paid else None,
            version=before.version if before else 0,
        )
        await unit.outcomes.save(outcome)

    async def _undo_return(self, unit: UnitOfWork) -> None:
        known = await self._case(unit)
        if known is not None:
            await unit.outcomes.remove(known.id)

    async def _evaluate(self, unit: UnitOfWork) -> None:
        known = await self._case(unit)
        if known is not None:
            rule, due = self.chance.choice([(None, False), ("pause", False), ("pause", True)])
            cause = self.chance.choice(["no_consent", "too_early", "back"])
            said = Evaluation(rule=rule, due_at=self._at() if due else None, cause=cause)
            await unit.stops.evaluated(known.id, said)

    async def _draw(self, unit: UnitOfWork) -> None:
        person = await unit.people.find(keys(f"cus_{self.chance.randrange(len(self.people))}"))
        if person is not None:
            await unit.people.draw_holdout(person, drawn=self.chance.random() < 0.4)

    async def _merge(self, unit: UnitOfWork) -> None:
        one, other = (self.chance.randrange(len(self.people)) for _ in range(2))
        both = [*keys(f"cus_{one}"), *keys(f"cus_{other}")]
        await unit.people.identify(both, new_id=PersonId(self._number()), now=NOW)


@pytest.mark.timeout(1800)
@settings(
    max_examples=examples(27),  # 200 in the soak
    print_blob=True,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(chance=st.randoms(use_true_random=True))
async def test_sql_counts_what_was_counted_case_by_case(store: SqlStore, chance: Random) -> None:
    await forget_all(store)
    await History(store, chance).happen()
    await CaseCounting(store).catch_up()
    spans = [(NOW - span, NOW) for span in SPANS]
    one, other = (NOW - timedelta(seconds=chance.randrange(540 * 86_400)) for _ in range(2))
    spans.append((min(one, other), max(one, other)))
    for since, until in spans:
        note(f"{since} to {until}")
        await assert_same(store, since, until)
    await assert_same_days(store, ZoneInfo(chance.choice(ZONES)))
    settled = NOW - FINAL_AFTER
    await assert_same_arms(store, settled - YEAR, settled)
    await assert_same_arms(store, *spans[-1])


async def assert_same(store: SqlStore, since: datetime, until: datetime) -> None:
    span: dict[str, Any] = {"since": since, "until": until}
    async with store.read() as unit:
        cases = await measured_reference.measured(unit._connection, **span)
        groups, shared = await unit.reports.groups(**span), await unit.reports.shared_returns(**span)
        measured = await unit.reports.measured({each.person_id for each in cases})
        stops = await unit.stops.counts(**span)
    note(f"{len(cases)} cases")
    assert stops == Counter(each.stop for each in measured if since <= each.requested_at < until)
    assert_causes_add_up(stops, len(cases))
    assert metrics.summary(groups, shared, **span) == reference.summary(cases, **span)
    told, expected = metrics.losses(groups, **span, uncounted=0), reference.losses(cases, **span)
    assert in_order_of_name(told) == in_order_of_name(expected)
    assert [size(told, each) for each in told.groups] == [size(expected, each) for each in expected.groups]


def assert_causes_add_up(stops: Mapping[Stop, int], cases: int) -> None:
    """Assert that a stage has what the next one has and what stopped at it."""
    stages = funnel(stops, consent_key="marketing_consent").stages
    assert stages[0].cases == cases
    for stage, following in pairwise(stages):
        assert stage.cases == following.cases + sum(number for _, number in stage.stops)


async def assert_same_days(store: SqlStore, zone: ZoneInfo) -> None:
    span = {"since": NOW - 30 * DAY, "until": NOW}
    async with store.read() as unit:
        cases = await measured_reference.measured(unit._connection, **span)
        days = [
            DayCounts(on=on, left=left, back=back)
            for on, day in metrics.days(**span, zone=zone)
            for left, back in [await unit.reports.left_and_back(day, **span)]
        ]
    assert tuple(days) == reference.days(cases, **span, zone=zone)


def in_order_of_name(report: LossReport) -> LossReport:
    """Order groups of one size by name: the reference has them in the order of their first cases."""
    return replace(
        report, groups=tuple(sorted(report.groups, key=lambda each: (each.why or "", each.decline_code or "")))
    )


def size(report: LossReport, group: LossGroup) -> tuple[str | None, int]:
    """Return what groups are ordered by: the loss in the first currency of the report that a group has."""
    by_currency = {loss.monthly.currency: loss.monthly.minor for loss in group.losses}
    main = next((loss.monthly.currency for loss in report.whole if loss.monthly.currency in by_currency), None)
    return main, group.unknown if main is None else by_currency[main]


async def assert_same_arms(store: SqlStore, since: datetime, until: datetime) -> None:
    async with store.read() as unit:
        cases = await measured_reference.measured(unit._connection, since=since, until=until)
        assert await unit.reports.arms(since=since, until=until) == reference.arms(cases, by=until)


async def forget_all(store: SqlStore) -> None:
    """Empty the database, which the examples share."""
    async with store.begin() as unit:
        for table in reversed(tables.metadata.sorted_tables):
            await unit._connection.execute(delete(table))
        await unit.commit()
