"""What Slack says of a channel, or leaves out: `doctor` and the poster judge it alike."""

from typing import Any
from uuid import uuid4

import pytest

from bot.slack.checks import check_slack
from bot.slack.client import slack_client
from bot.slack.poster import Poster
from domain.ids import ChannelId, EffectId
from flows.failures import Refused
from flows.health import Check
from sandbox.server import Sandbox
from tests.bot.harness import APPROVALS, CANCELLATIONS, FULL, wall
from tests.bot.proposal_samples import VIEW
from tests.bot.samples import CARD

WELL = {"is_member": True, "is_private": True, "is_archived": False, "is_ext_shared": False}
STATES: list[tuple[dict[str, Any], str, str, bool]] = [
    ({}, "", "", False),
    ({"is_pending_ext_shared": False}, "", "", False),
    ({"is_ext_shared": True}, "It is shared", "channel_shared", False),
    ({"is_pending_ext_shared": True}, "It is shared", "channel_shared", False),
    ({"is_ext_shared": None}, "Slack did not say whether it is shared.", "sharing_unknown", False),
    ({"is_private": False}, "Everybody can read it.", "channel_public", True),
    ({"is_private": None}, "Slack did not say whether it is private.", "privacy_unknown", True),
]
"""What differs from a channel that is well, what is said of it, the poster's code, and whether approvals alone mind."""


def says(sandbox: Sandbox, changes: dict[str, Any]) -> None:
    """Have Slack describe every channel so; None leaves a flag out."""
    channel = {name: value for name, value in (WELL | changes).items() if value is not None}
    sandbox.faults.add("slack", "conversations.info", "error", times=None, ok=True, channel=channel)


async def doctor(sandbox: Sandbox) -> dict[str, Check]:
    client = slack_client(token=sandbox.slack.installation.bot_token, base_url=sandbox.slack_api_url)
    checks, _ = await check_slack(
        client, app_token=None, cancellations=CANCELLATIONS, approvals=APPROVALS, alerts=ChannelId("C0ALERTS01")
    )
    return {check.name: check for check in checks}


async def posts(sandbox: Sandbox, *, proposal: bool) -> str:
    """Post a card or a proposal; return the code of the refusal, or nothing."""
    client = slack_client(token=sandbox.slack.installation.bot_token, base_url=sandbox.slack_api_url)
    poster = Poster(client, cancellations=CANCELLATIONS, approvals=APPROVALS, style=FULL, wall=wall)
    try:
        if proposal:
            await poster.post_proposal(VIEW, marker=EffectId(uuid4()))
        else:
            await poster.post_card(CARD, marker=EffectId(uuid4()))
    except Refused as refused:
        return refused.code if refused.fault == "destination" else "another fault"
    return ""


@pytest.mark.parametrize(("changes", "sentence", "code", "approvals_only"), STATES)
async def test_doctor_and_poster_agree(
    sandbox: Sandbox, changes: dict[str, Any], sentence: str, code: str, approvals_only: bool
) -> None:
    says(sandbox, changes)
    checks = await doctor(sandbox)
    for what in ("approvals", "cancellations", "alerts"):
        minds = what == "approvals" or not approvals_only
        check = checks[f"Slack: {what} channel"]
        assert check.ok is not (minds and bool(sentence))
        assert not minds or sentence in check.sentence
    assert await posts(sandbox, proposal=True) == code
    assert await posts(sandbox, proposal=False) == ("" if approvals_only else code)


async def test_unknown_membership_is_reported(sandbox: Sandbox) -> None:
    says(sandbox, {"is_member": None})
    check = (await doctor(sandbox))["Slack: cancellations channel"]
    assert (check.ok, check.sentence) == (False, "Slack did not say whether the bot is in it.")


async def test_unknown_scopes_are_reported(sandbox: Sandbox) -> None:
    sandbox.faults.add("slack", "auth.test", "error", ok=True, team_id="T0NORTHWND", user_id="U0WINBACK1")
    check = (await doctor(sandbox))["Slack: scopes"]
    assert (check.ok, check.needed) == (False, False)
    assert check.sentence == "Slack did not say which scopes the token has."
