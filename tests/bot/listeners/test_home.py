"""The App Home by role."""

from datetime import datetime, timedelta

import pytest

from sandbox.slack.workspace import Workspace
from tests.bot.harness import SlackHarness
from tests.bot.lost_customers import MAX, now_is, proposed
from tests.bot.seen import PATIENT, answer_to, modal_of, seen
from tests.flows.winback.harness import ADA


async def home(slack: Workspace, who: str) -> str:
    before = slack.home(who)
    known = before.hash if before else None
    told = await slack.open_home(who)
    assert told is not None
    assert told.acknowledged
    await slack.wait_for(lambda: (now := slack.home(who)) is not None and now.hash != known, PATIENT)
    view = slack.home(who)
    assert view is not None
    return seen(view)


@pytest.mark.parametrize(
    ("who", "there", "absent"),
    [
        (
            "nobody",
            ["You don't have a role here", "Ask <@U0ADMIN001> or <@U0MANAGER1> or <@U0MANAGER2>."],
            ["My links", "Health"],
        ),
        ("guest", ["You don't have a role here"], ["My links", "Health"]),
        ("agent", ["My links", "You haven't made any links", "The last 30 days"], ["Health", "Waiting for"]),
        (
            "manager",
            ["Waiting for a decision", "Nothing is waiting for you", "My links", "Nobody cancelled."],
            ["Health"],
        ),
        ("viewer", ["The last 30 days", "Nobody cancelled."], ["My links", "Health", "Waiting for"]),
        ("admin", ["Health", "*Newest event from Stripe:* none yet", "*Dead effects:* 0"], ["My links"]),
    ],
)
async def test_each_role_sees_its_own(
    room: SlackHarness, slack: Workspace, who: str, there: list[str], absent: list[str]
) -> None:
    shown = await home(slack, who)

    assert all(words in shown for words in there)
    assert not any(words in shown for words in absent)


async def test_a_link_can_be_revoked_from_home(room: SlackHarness, slack: Workspace) -> None:
    answer = await answer_to(
        slack, "agent", lambda: slack.command("agent", "support", "/portal-link", "lea@novak-mail.com")
    )
    await slack.click("agent", answer, "show_link")
    await slack.wait_for(lambda: "This link is for them only" in seen(answer), PATIENT)
    assert "2 openings left" in await home(slack, "agent")
    tab = slack.home("agent")
    assert tab is not None

    await slack.click("agent", tab, "revoke_link")

    await slack.wait_for(lambda: "Revoked" in seen(tab), PATIENT)
    modal = await modal_of(slack, "agent")
    assert "The link was revoked" in seen(modal)
    assert "openings left" not in seen(tab)


async def test_admins_see_paused_lanes(room: SlackHarness, slack: Workspace) -> None:
    async with room.store.begin() as unit:
        await unit.outbox.pause("mail", at=room.sandbox.clock.now(), why="535 <authentication> failed")
        await unit.commit()

    assert "*Paused:* mail, since 535 &lt;authentication&gt; failed" in await home(slack, "admin")


async def test_managers_see_policy_faults(room: SlackHarness, slack: Workspace) -> None:
    room.flows.policies.fault = tuple(f"limits.percent: fault {number}" for number in range(9))

    shown = await home(slack, "manager")

    assert "has faults, so I'm still using the one before:*\n• limits.percent: fault 0" in shown
    assert "• and 4 more: `winback policy check` lists them all" in shown
    assert "limits.percent" not in await home(slack, "agent")


async def test_admins_see_policy_faults_and_pause(room: SlackHarness, slack: Workspace) -> None:
    room.flows.policies.fault = ("rules.2.steps.1.percent: <40> is over the limit",)
    await room.flows.pause_control.pause(requester=ADA, now=room.sandbox.clock.now())

    shown = await home(slack, "admin")

    assert "has faults, so I'm still using the one before:*\n• rules.2.steps.1.percent: &lt;40&gt; is over" in shown
    assert "*Sending is paused:* <@U0ADMIN001> paused all sending" in shown


async def test_batch_approval_answers_each(room: SlackHarness, slack: Workspace) -> None:
    first, _ = await proposed(room, name="Dana Scully")
    second, _ = await proposed(room, name="Fox Mulder")
    third, _ = await proposed(room, name="Walter Skinner")
    shown = await home(slack, "manager")
    assert "Approve selected (3), at most €88.20" in shown
    tab = slack.home("manager")
    assert tab is not None
    stale = first.version
    await room.flows.approvals.snooze(
        requester=MAX, proposal_id=first.id, version=stale, until=_later(room), now=room.sandbox.clock.now()
    )

    await slack.choose("manager", tab, "home_pick", [f"{each.id} {each.version}" for each in (second, third)])
    await slack.wait_for(lambda: "Approve selected (2), at most €58.80" in seen(tab), PATIENT)
    await slack.click("manager", tab, "home_approve")

    await slack.wait_for(lambda: "Nothing is waiting for you" in seen(tab), PATIENT)
    modal = await modal_of(slack, "manager")
    assert "2 of 2 approved." in seen(modal)
    assert "*Fox Mulder: 20% off 3 invoices, at most €29.40*: Approved" in seen(modal)
    assert [(await now_is(room, each)).state for each in (first, second, third)] == ["open", "approved", "approved"]


async def test_month_without_charts_is_text(room: SlackHarness, slack: Workspace) -> None:
    await proposed(room)
    slack.charts_allowed = False
    try:
        shown = await home(slack, "agent")
    finally:
        slack.charts_allowed = True

    assert "1 cancellation, 1 offered something. None of them" in shown
    assert "*Who left and who came back*" in shown
    assert "left 1, back 0" in shown


def _later(room: SlackHarness) -> datetime:
    return room.sandbox.clock.now() + timedelta(days=1)
