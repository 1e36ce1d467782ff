"""The App Home by role."""

import pytest

from sandbox.slack.workspace import Workspace
from tests.bot.office import Office
from tests.bot.seen import PATIENT, answer_to, modal_of, seen


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
        ("nobody", ["You have no role here", "Ask <@U0ADMIN001> or <@U0MANAGER1>."], ["My links", "Health"]),
        ("guest", ["You have no role here"], ["My links", "Health"]),
        ("agent", ["My links", "You have made no links"], ["Health", "You have no role"]),
        ("manager", ["My links"], ["Health"]),
        ("admin", ["Health", "*Newest event from Stripe:* none yet", "*Dead effects:* 0"], ["My links"]),
    ],
)
async def test_each_role_sees_its_own(
    room: Office, slack: Workspace, who: str, there: list[str], absent: list[str]
) -> None:
    shown = await home(slack, who)

    assert all(words in shown for words in there)
    assert not any(words in shown for words in absent)


async def test_a_link_can_be_revoked_from_home(room: Office, slack: Workspace) -> None:
    answer = await answer_to(
        slack, "agent", lambda: slack.command("agent", "support", "/portal-link", "lea@novak-mail.com")
    )
    await slack.click("agent", answer, "show_link")
    await slack.wait_for(lambda: "The link, for them only" in seen(answer), PATIENT)
    assert "2 openings left" in await home(slack, "agent")
    tab = slack.home("agent")
    assert tab is not None

    await slack.click("agent", tab, "revoke_link")

    await slack.wait_for(lambda: "Revoked" in seen(tab), PATIENT)
    modal = await modal_of(slack, "agent")
    assert "The link was revoked" in seen(modal)
    assert "openings left" not in seen(tab)


async def test_a_lane_that_is_paused_is_shown_to_admins(room: Office, slack: Workspace) -> None:
    async with room.store.begin() as unit:
        await unit.outbox.pause("mail", at=room.sandbox.clock.now(), why="535 <authentication> failed")
        await unit.commit()

    assert "*Paused:* mail, since 535 &lt;authentication&gt; failed" in await home(slack, "admin")
