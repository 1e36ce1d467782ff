"""A policy tried on past cases: each is decided at its own moments, and nothing is stored."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from bot.assembly.flows import Flows
from bot.cli.simulation_report import as_text
from domain.money import Money
from domain.winback.lift import NeverKnown
from domain.winback.offer import CallBack, Restart
from domain.winback.policy import Policy, StepTiming
from flows.winback.policy.active_policy import ActivePolicy
from flows.winback.policy.simulate import SHARES, Simulation, SimulationResult
from storage.store import DryRunStore, SqlStore
from tests.databases import KEYRING
from tests.domain.winback.leaving_customers import rule, step
from tests.flows.winback.harness import DAY, TWENTY, ProposalHarness, rules

BEFORE_END = StepTiming(anchor="before_end", span=3 * DAY)
AFTER_END = StepTiming(anchor="after_end", span=14 * DAY)
HOUR = timedelta(hours=1)
ONE_INVOICE = replace(TWENTY, invoices=1)
"""Possible on any day: its coupon has no months that an invoice of the 31st could miss."""


@pytest.fixture
async def rehearsal(sqlite_store: SqlStore, sqlite_url: str) -> AsyncIterator[DryRunStore]:
    """Beside the store on the same database."""
    opened = DryRunStore(sqlite_url, keyring=KEYRING, new_id=uuid4)
    yield opened
    await opened.close()


async def simulate(harness: ProposalHarness, rehearsal: DryRunStore, policy: Policy) -> SimulationResult:
    context = replace(harness.flows.context, store=rehearsal)
    eligibility = Flows(context, ActivePolicy(rehearsal, policy, read=lambda: policy)).eligibility
    now = harness.now()
    told: list[tuple[int, int]] = []
    simulated = await Simulation(context, eligibility, policy).run(
        since=now - 365 * DAY, now=now, progress=lambda done, of: told.append((done, of))
    )
    assert told == [(number, simulated.cases) for number in range(1, simulated.cases + 1)]
    return simulated


def to_the_next_month(harness: ProposalHarness) -> None:
    """Move on to one of a month's first days: of who subscribes on a 31st, four invoices can lie in three months."""
    harness.pass_time((35 - harness.now().day) * DAY)


async def test_each_step_is_decided_at_its_moment(harness: ProposalHarness, rehearsal: DryRunStore) -> None:
    to_the_next_month(harness)
    _, case = await harness.leaving()
    end = case.episode.ends_at
    assert end is not None
    harness.pass_time(90 * DAY)
    policy = rules(rule(step(TWENTY, BEFORE_END), step(Restart(), AFTER_END)), cooldown=10 * DAY)

    simulated = await simulate(harness, rehearsal, policy)

    first, second = simulated.offers
    assert (first.at, first.terms.phase, first.terms.cost) == (end - 3 * DAY, "pending", Money(2940, "eur"))
    assert (second.at, second.terms.phase, second.terms.way) == (end + 14 * DAY, "ended", "checkout")
    assert simulated.cost == (Money(2940, "eur"),)
    assert simulated.without == ()


async def test_the_cooldown_holds_in_a_simulation(harness: ProposalHarness, rehearsal: DryRunStore) -> None:
    customer = harness.customer()
    await harness.leaving(customer)
    harness.pass_time(40 * DAY)
    await harness.leaving(customer)
    harness.pass_time(HOUR)

    near = await simulate(harness, rehearsal, rules(rule(step(ONE_INVOICE)), cooldown=90 * DAY))
    far = await simulate(harness, rehearsal, rules(rule(step(ONE_INVOICE)), cooldown=20 * DAY))

    assert len(near.offers) == 1
    assert [each.why for each in near.without[0].rejected] == ["cooldown"]
    assert len(far.offers) == 2


async def test_a_months_budget_is_spent_in_order(harness: ProposalHarness, rehearsal: DryRunStore) -> None:
    to_the_next_month(harness)
    _, first = await harness.leaving()
    _, second = await harness.leaving()
    harness.pass_time(HOUR)
    assert first.episode.requested_at.month == second.episode.requested_at.month

    simulated = await simulate(
        harness, rehearsal, rules(rule(step(TWENTY)), budget_a_month={"eur": Money(5000, "eur")})
    )

    assert [each.case_id for each in simulated.offers] == [first.id]
    assert [each.why for each in simulated.without[0].rejected] == ["budget"]


async def test_returned_people_get_earlier_offers_only(harness: ProposalHarness, rehearsal: DryRunStore) -> None:
    subscription, case = await harness.leaving()
    harness.pass_time(DAY)
    harness.account.take_back(subscription)
    await harness.case(subscription)
    harness.pass_time(30 * DAY)

    early = await simulate(harness, rehearsal, rules(rule(step(TWENTY, StepTiming(anchor="after", span=2 * HOUR)))))
    late = await simulate(harness, rehearsal, rules(rule(step(TWENTY, BEFORE_END))))

    assert [each.at for each in early.offers] == [case.episode.requested_at + 2 * HOUR]
    assert late.offers == ()
    assert [each.why for each in late.without[0].rejected] == ["back"]


async def test_reminders_are_foreseen(harness: ProposalHarness, rehearsal: DryRunStore) -> None:
    """Once for each offer that an email makes and that lasts long enough; a call has none."""
    await harness.leaving()
    harness.pass_time(90 * DAY)
    two_steps = rules(rule(step(TWENTY, BEFORE_END), step(Restart(), AFTER_END)), cooldown=10 * DAY)
    policy = replace(
        two_steps, zone=ZoneInfo("Europe/Berlin"), limits=replace(two_steps.limits, remind_before_end=3 * DAY)
    )

    simulated = await simulate(harness, rehearsal, policy)

    first, second = simulated.offers
    assert first.remind_at is None  # it lasts for three days only
    assert second.remind_at is not None
    assert timedelta() <= second.remind_at - (second.at + policy.limits.offer_lifetime - 3 * DAY) < 4 * DAY
    told = as_text(simulated)
    assert "Unanswered, 1 offer of 2 would be followed by one reminder before it ends." in told

    none = await simulate(harness, rehearsal, replace(policy, limits=replace(policy.limits, remind_before_end=0 * DAY)))
    assert [each.remind_at for each in none.offers] == [None, None]
    assert "Unanswered, 0 offers of 2" in as_text(none)
    call = rules(rule(step(CallBack(who=None), BEFORE_END)))
    by_phone = await simulate(harness, rehearsal, replace(policy, rules=call.rules))
    assert [each.remind_at for each in by_phone.offers] == [None]


async def test_the_holdout_costs_nothing(harness: ProposalHarness, rehearsal: DryRunStore) -> None:
    _, case = await harness.leaving()
    harness.pass_time(HOUR)

    simulated = await simulate(harness, rehearsal, rules(rule(step(TWENTY)), holdout=Decimal(1)))

    assert [each.held_back for each in simulated.offers] == [True]
    assert simulated.cost == ()
    async with harness.store.read() as unit:
        assert await unit.people.holdout(case.person_id) is None


async def test_a_share_is_suggested_where_nobody_is_held_out(harness: ProposalHarness, rehearsal: DryRunStore) -> None:
    await harness.leaving()
    harness.pass_time(HOUR)

    simulated = await simulate(harness, rehearsal, rules(rule(step(TWENTY))))

    assert (simulated.is_held_out, simulated.holdout) == (False, SHARES[-1])
    assert isinstance(simulated.months, NeverKnown)


async def test_future_steps_say_when_they_are_due(harness: ProposalHarness, rehearsal: DryRunStore) -> None:
    _, case = await harness.leaving()

    simulated = await simulate(harness, rehearsal, rules(rule(step(TWENTY, BEFORE_END))))

    (waiting,) = simulated.without
    assert case.episode.ends_at is not None
    assert waiting.look_at == case.episode.ends_at - 3 * DAY
