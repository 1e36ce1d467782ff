"""The managers whom the policy names are mentioned once, when a proposal has less than a working day left."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.ids import StaffId
from domain.winback.policy import SendingHours
from domain.winback.sending_hours import a_working_day_before
from tests.flows.winback.harness import AGENT, DAY, MONA, ProposalHarness, rules

OFFICE = SendingHours(start=time(9), end=time(18), weekdays=frozenset(range(5)))
BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("at", "before"),
    [
        ("2026-03-19T14:00+01:00", "2026-03-18T14:00+01:00"),
        ("2026-03-16T14:00+01:00", "2026-03-13T14:00+01:00"),
        ("2026-03-15T14:00+01:00", "2026-03-13T14:00+01:00"),
        ("2026-03-30T14:00+02:00", "2026-03-27T14:00+01:00"),
    ],
)
def test_a_working_day_leaves_out_the_weekend(at: str, before: str) -> None:
    found = a_working_day_before(OFFICE, BERLIN, datetime.fromisoformat(at))
    assert found == datetime.fromisoformat(before)


async def looked(harness: ProposalHarness, at: datetime) -> list[str]:
    """Return what is said in threads after a look."""
    harness.sandbox.clock.move_to(at)
    await harness.flows.mentions.look(at)
    await harness.work()
    return harness.board.in_threads


async def test_named_managers_are_mentioned_once(harness: ProposalHarness) -> None:
    harness.begin_on_wednesday()
    proposal = await harness.proposed()
    harness.follow(replace(rules(hours=OFFICE), notify=(MONA.id, AGENT.id, StaffId("U0GONE0001"))))
    local = proposal.expires_at.astimezone(BERLIN)
    assert (local.weekday(), OFFICE.start <= local.time() < OFFICE.end) in {(day, True) for day in range(5)}
    last = a_working_day_before(OFFICE, BERLIN, proposal.expires_at)

    assert await looked(harness, last - MINUTE) == []
    (said,) = await looked(harness, last + MINUTE)
    assert said.startswith("<@U0MANAGER1> Nobody has decided on this yet, and it expires <!date^")
    assert len(await looked(harness, last + 60 * MINUTE)) == 1


async def test_nobody_else_is_pinged(harness: ProposalHarness) -> None:
    wednesday = harness.begin_on_wednesday()
    proposal = await harness.proposed()
    harness.follow(rules(hours=OFFICE))
    assert await looked(harness, proposal.expires_at - MINUTE) == []
    harness.follow(replace(rules(hours=OFFICE), notify=(MONA.id,)))
    sunday = wednesday + 4 * DAY
    assert proposal.expires_at - sunday < 30 * DAY
    await harness.flows.mentions.look(sunday)
    await harness.work()
    assert harness.board.in_threads == []
