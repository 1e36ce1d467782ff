"""One reminder each weekday of what waits; and pausing and resuming all sending."""

import json
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from bot.views.blocks import Message
from bot.views.winback.proposal import reminder_message
from domain.ids import ProposalId, StaffId
from domain.winback.policy import SendingHours
from domain.winback.proposal import WaitingProposals
from flows.effects import AlertFaultyPolicy
from flows.people.staff_permissions import PermissionDenied
from flows.ports.store import SendingPause
from flows.winback.policy.sending_pause import NotPaused, SendingResumed
from tests.flows.winback.harness import ADA, AGENT, DAY, MONA, ProposalHarness, rules

OFFICE = SendingHours(start=time(9), end=time(18), weekdays=frozenset(range(5)))


async def asked(harness: ProposalHarness, *moments: datetime) -> int:
    """Return how many reminders were asked for in the end."""
    for moment in moments:
        await harness.flows.reminders.remind(moment)
    async with harness.store.read() as unit:
        return len(await unit.outbox.listed(states=["waiting"], limit=100))


async def test_the_reminder_comes_once_a_weekday(harness: ProposalHarness) -> None:
    harness.follow(rules(hours=OFFICE))
    monday = datetime(2026, 3, 30, 6, 59, tzinfo=UTC)  # the day after the clocks went forward in Berlin

    assert await asked(harness, monday) == 0
    assert await asked(harness, monday + timedelta(minutes=1), monday + timedelta(hours=3)) == 1
    assert await asked(harness, monday + DAY + timedelta(hours=3)) == 2
    assert await asked(harness, monday + 5 * DAY + timedelta(hours=3)) == 2


async def test_the_reminder_leaves_out_snoozed(harness: ProposalHarness) -> None:
    proposals = [await harness.proposed() for _ in range(2)]
    await harness.flows.approvals.snooze(
        requester=MONA, proposal_id=proposals[0].id, version=None, until=harness.now() + DAY, now=harness.now()
    )

    await harness.flows.reminders.remind(harness.now())
    await harness.work()

    (waiting,) = harness.board.reminders
    assert [view.proposal.id for view in waiting.listed] == [proposals[1].id]


async def test_more_than_a_page_is_counted_and_reached(harness: ProposalHarness) -> None:
    proposal = await harness.proposed()
    async with harness.store.begin() as unit:
        for number in range(44):
            more = replace(proposal, id=ProposalId(harness.new_id()), step=100 + number)
            await unit.proposals.add(replace(more, expires_at=proposal.expires_at + timedelta(minutes=number)))
        await unit.commit()

    await harness.flows.reminders.remind(harness.now())
    await harness.work()

    (reminder,) = harness.board.reminders
    assert (len(reminder.listed), reminder.total, reminder.more) == (20, 45, 2)
    said = seen_in(reminder_message(reminder))
    assert "45 proposals wait for a decision, at most €1,323 in all." in said
    assert "20 of 45 are listed, the first to expire on top; `/winback pending 2` lists the next ones." in said
    pages = [
        await harness.flows.approvals.pending(requester=MONA, now=harness.now(), page=page) for page in (1, 2, 3, 4)
    ]
    listed = [page for page in pages if isinstance(page, WaitingProposals)]
    assert [(page.first, len(page.listed), page.more) for page in listed] == [
        (0, 20, 2), (20, 20, 3), (40, 5, None), (40, 5, None),
    ]  # fmt: skip
    assert len({view.proposal.id for page in listed for view in page.listed}) == 45
    assert "Numbers 41 to 45 of 45, the first to expire on top; these are the last." in seen_in(
        reminder_message(listed[2])
    )


def seen_in(message: Message) -> str:
    return json.dumps(message, ensure_ascii=False)


async def test_managers_are_told_of_a_faulty_policy_once(harness: ProposalHarness) -> None:
    """Not only the admins: the approvals channel, until the file is mended."""
    harness.kinds.add(AlertFaultyPolicy)
    harness.build(harness.flows.context)
    faults = ["winback.toml: limits.invoices: isn't a whole number."]
    harness.policies.read = lambda: faults

    for _ in range(3):
        await harness.flows.policy_watch.look(harness.now())
        await harness.work()
    harness.policies.fault = ()  # another process, which sees the file for the first time
    await harness.flows.policy_watch.look(harness.now())
    await harness.work()

    [alert] = harness.board.alerts
    assert "• winback.toml: limits.invoices: isn't a whole number." in alert

    faults.append("winback.toml: limits.percent: must be at most 100.")
    await harness.flows.policy_watch.look(harness.now())
    harness.policies.fault = ()  # mended before it was told
    await harness.work()
    assert len(harness.board.alerts) == 1


async def test_an_empty_reminder_is_not_posted(harness: ProposalHarness) -> None:
    await harness.flows.reminders.remind(harness.now())
    await harness.work()

    assert harness.board.reminders == []


async def test_without_a_channel_there_is_no_reminder(harness: ProposalHarness) -> None:
    harness.settings(approvals=None)

    await harness.flows.reminders.remind(harness.now())

    assert await asked(harness) == 0


async def test_an_admin_pauses_sending(harness: ProposalHarness) -> None:
    now, later = harness.now(), harness.now() + DAY
    boss = replace(ADA, id=StaffId("U0ADMIN002"))
    harness.roster.people[boss.id] = harness.roster.people[ADA.id]

    assert await harness.flows.pause_control.paused() is None
    assert await harness.flows.pause_control.pause(requester=ADA, now=now) == SendingPause(by=ADA.id, at=now)
    assert await harness.flows.pause_control.pause(requester=boss, now=later) == SendingPause(by=ADA.id, at=now)
    assert await harness.flows.pause_control.resume(requester=boss, now=later) == SendingResumed()
    assert await harness.flows.pause_control.resume(requester=boss, now=later) == NotPaused()
    assert await harness.flows.pause_control.paused() is None
    assert [entry.who for entry in await harness.recorded("pause")] == [ADA.id]


async def test_managers_pause_and_only_admins_resume(harness: ProposalHarness) -> None:
    for answer in (
        await harness.flows.pause_control.pause(requester=AGENT, now=harness.now()),
        await harness.flows.pause_control.resume(requester=AGENT, now=harness.now()),
        await harness.flows.pause_control.resume(requester=MONA, now=harness.now()),
    ):
        assert isinstance(answer, PermissionDenied)
    assert await harness.flows.pause_control.paused() is None
    paused = await harness.flows.pause_control.pause(requester=MONA, now=harness.now())
    assert isinstance(paused, SendingPause)
