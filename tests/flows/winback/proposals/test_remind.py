"""One reminder each weekday of what waits; and pausing and resuming all sending."""

import json
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from bot.views.blocks import Message
from bot.views.winback.proposal import reminder_message
from domain.ids import ProposalId, StaffId
from domain.winback.policy import SendingHours
from domain.winback.proposal import WaitingProposals
from flows.effects import AlertFaultyPolicy
from flows.people.staff_permissions import PermissionDenied
from flows.ports import Staff
from flows.ports.store import SendingPause
from flows.winback.policy.sending_pause import NotPaused, SendingResumed
from tests.flows.winback.bureau import ADA, AGENT, DAY, MONA, Bureau, rules

OFFICE = SendingHours(start=time(9), end=time(18), weekdays=frozenset(range(5)))


async def asked(bureau: Bureau, *moments: datetime) -> int:
    """Return how many reminders were asked for in the end."""
    for moment in moments:
        await bureau.flows.reminders.remind(moment)
    async with bureau.store.read() as unit:
        return len(await unit.outbox.listed(states=["waiting"], limit=100))


async def test_the_reminder_comes_once_a_weekday(bureau: Bureau) -> None:
    bureau.follow(rules(hours=OFFICE))
    monday = datetime(2026, 3, 30, 6, 59, tzinfo=UTC)  # the day after the clocks went forward in Berlin

    assert await asked(bureau, monday) == 0
    assert await asked(bureau, monday + timedelta(minutes=1), monday + timedelta(hours=3)) == 1
    assert await asked(bureau, monday + DAY + timedelta(hours=3)) == 2
    assert await asked(bureau, monday + 5 * DAY + timedelta(hours=3)) == 2


async def test_the_reminder_leaves_out_snoozed(bureau: Bureau) -> None:
    proposals = [await bureau.proposed() for _ in range(2)]
    await bureau.flows.approvals.snooze(
        requester=MONA, proposal_id=proposals[0].id, version=None, until=bureau.now() + DAY, now=bureau.now()
    )

    await bureau.flows.reminders.remind(bureau.now())
    await bureau.work()

    (waiting,) = bureau.board.reminders
    assert [view.proposal.id for view in waiting.listed] == [proposals[1].id]


async def test_more_than_a_page_is_counted_and_reached(bureau: Bureau) -> None:
    proposal = await bureau.proposed()
    async with bureau.store.begin() as unit:
        for number in range(44):
            more = replace(proposal, id=ProposalId(bureau.new_id()), step=100 + number)
            await unit.proposals.add(replace(more, expires_at=proposal.expires_at + timedelta(minutes=number)))
        await unit.commit()

    await bureau.flows.reminders.remind(bureau.now())
    await bureau.work()

    (reminder,) = bureau.board.reminders
    assert (len(reminder.listed), len(reminder.terms), reminder.more) == (20, 45, 2)
    said = seen_in(reminder_message(reminder))
    assert "45 proposals wait for a decision, at most €1,323 in all." in said
    assert "20 of 45 are listed, the first to expire on top; `/winback pending 2` lists the next ones." in said
    pages = [await bureau.flows.approvals.pending(requester=MONA, now=bureau.now(), page=page) for page in (1, 2, 3, 4)]
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


async def test_managers_are_told_of_a_faulty_policy_once(bureau: Bureau) -> None:
    """Not only the admins: the approvals channel, until the file is mended."""
    bureau.kinds.add(AlertFaultyPolicy)
    bureau.build(bureau.flows.context)
    faults = ["winback.toml: limits.invoices: isn't a whole number."]
    bureau.policies.read = lambda: faults

    for _ in range(3):
        await bureau.flows.policy_watch.look(bureau.now())
        await bureau.work()
    bureau.policies.fault = ()  # another process, which sees the file for the first time
    await bureau.flows.policy_watch.look(bureau.now())
    await bureau.work()

    [alert] = bureau.board.alerts
    assert "• winback.toml: limits.invoices: isn't a whole number." in alert

    faults.append("winback.toml: limits.percent: must be at most 100.")
    await bureau.flows.policy_watch.look(bureau.now())
    bureau.policies.fault = ()  # mended before it was told
    await bureau.work()
    assert len(bureau.board.alerts) == 1


async def test_an_empty_reminder_is_not_posted(bureau: Bureau) -> None:
    await bureau.flows.reminders.remind(bureau.now())
    await bureau.work()

    assert bureau.board.reminders == []


async def test_without_a_channel_there_is_no_reminder(bureau: Bureau) -> None:
    bureau.settings(approvals=None)

    await bureau.flows.reminders.remind(bureau.now())

    assert await asked(bureau) == 0


async def test_an_admin_pauses_sending(bureau: Bureau) -> None:
    now, later = bureau.now(), bureau.now() + DAY
    boss = replace(ADA, id=StaffId("U0ADMIN002"))
    bureau.roster.people[boss.id] = bureau.roster.people[ADA.id]

    assert await bureau.flows.pause_control.paused() is None
    assert await bureau.flows.pause_control.pause(requester=ADA, now=now) == SendingPause(by=ADA.id, at=now)
    assert await bureau.flows.pause_control.pause(requester=boss, now=later) == SendingPause(by=ADA.id, at=now)
    assert await bureau.flows.pause_control.resume(requester=boss, now=later) == SendingResumed()
    assert await bureau.flows.pause_control.resume(requester=boss, now=later) == NotPaused()
    assert await bureau.flows.pause_control.paused() is None
    assert [entry.who for entry in await bureau.recorded("pause")] == [ADA.id]


@pytest.mark.parametrize("who", [AGENT, MONA])
async def test_only_admins_pause_and_resume(bureau: Bureau, who: Staff) -> None:
    for answer in (
        await bureau.flows.pause_control.pause(requester=who, now=bureau.now()),
        await bureau.flows.pause_control.resume(requester=who, now=bureau.now()),
    ):
        assert isinstance(answer, PermissionDenied)
    assert await bureau.flows.pause_control.paused() is None
