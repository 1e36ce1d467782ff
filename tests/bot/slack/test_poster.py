"""Writing to Slack: what each failure means (Slack: chat.postMessage, "Common errors"), and finding one's own posts."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from bot.slack.client import slack_client
from bot.slack.poster import PACE, Poster
from domain.cancellations.stored_case import Place
from domain.ids import ChannelId, EffectId, StaffId
from flows.failures import CALL_FAILURES, Refused, Unavailable, Unclear
from sandbox.server import Sandbox
from sandbox.slack.workspace import Workspace
from tests.bot.harness import APPROVALS, CANCELLATIONS, FULL, wall
from tests.bot.proposal_samples import OFFER, VIEW
from tests.bot.samples import CARD, NOW, card
from tests.builders.slack_channels import public

OWNER = StaffId("U0AGENT001")


@pytest.fixture
def poster(sandbox: Sandbox) -> Poster:
    client = slack_client(token=sandbox.slack.installation.bot_token, base_url=sandbox.slack_api_url)
    return Poster(client, cancellations=CANCELLATIONS, approvals=APPROVALS, style=FULL, wall=wall)


def marker() -> EffectId:
    return EffectId(uuid4())


REFUSED: list[tuple[str, str]] = [
    ("channel_not_found", "destination"),
    ("not_in_channel", "destination"),
    ("is_archived", "destination"),
    ("restricted_action_read_only_channel", "destination"),
    ("missing_scope", "credential"),
    ("invalid_auth", "credential"),
    ("account_inactive", "credential"),
    ("token_revoked", "credential"),
    ("a_word_of_tomorrow", "request"),
]


@pytest.mark.parametrize(("code", "fault"), REFUSED)
async def test_a_plain_no_is_refused(sandbox: Sandbox, poster: Poster, code: str, fault: str) -> None:
    sandbox.faults.add("slack", "chat.postMessage", "error", error=code)

    with pytest.raises(Refused) as refused:
        await poster.post_card(CARD, marker=marker())

    assert (refused.value.fault, refused.value.code) == (fault, code)


async def test_retry_after_is_kept(sandbox: Sandbox, poster: Poster) -> None:
    sandbox.faults.add("slack", "chat.postMessage", "status", status=429, retry_after=30, body="{}")

    with pytest.raises(Unavailable) as later:
        await poster.post_card(CARD, marker=marker())

    assert later.value.retry_after == timedelta(seconds=30)


MAYBE: list[tuple[str, dict[str, Any]]] = [
    ("error", {"error": "fatal_error"}),
    ("error", {"error": "internal_error"}),
    ("error", {"error": "request_timeout"}),
    ("error", {"error": "service_unavailable"}),
    ("status", {"status": 503}),
    ("status", {"status": 500, "body": "upstream connect error"}),
    ("status", {"status": 200, "body": "ok"}),
    ("garbage", {}),
    ("drop_before", {}),
    ("drop_after", {}),
]


@pytest.mark.parametrize(("kind", "detail"), MAYBE, ids=[f"{kind} {detail}" for kind, detail in MAYBE])
async def test_what_may_have_happened_is_unclear(
    sandbox: Sandbox, poster: Poster, kind: Any, detail: dict[str, Any]
) -> None:
    sandbox.faults.add("slack", "chat.postMessage", kind, **detail)

    with pytest.raises(Unclear):
        await poster.post_card(CARD, marker=marker())


async def test_no_answer_in_time_is_unclear(sandbox: Sandbox, slack: Workspace) -> None:
    client = slack_client(token=slack.installation.bot_token, base_url=sandbox.slack_api_url)
    client.timeout = 1
    held = sandbox.faults.add("slack", "chat.postMessage", "hold")

    with pytest.raises(Unclear):
        await Poster(client, cancellations=CANCELLATIONS, approvals=APPROVALS, style=FULL, wall=wall).post_card(
            CARD, marker=marker()
        )

    held.release()


async def test_nobody_there_is_unavailable() -> None:
    client = slack_client(token="xoxb-none", base_url="http://127.0.0.1:9/api/")

    with pytest.raises(Unavailable):
        await Poster(client, cancellations=CANCELLATIONS, approvals=APPROVALS, style=FULL, wall=wall).post_card(
            CARD, marker=marker()
        )


async def test_lost_post_is_found_by_its_marker(sandbox: Sandbox, slack: Workspace, poster: Poster) -> None:
    since, lost = wall(), marker()
    sandbox.faults.add("slack", "chat.postMessage", "drop_after")
    with pytest.raises(Unclear):
        await poster.post_card(CARD, marker=lost)
    for number in range(150):
        await slack.say("agent", "cancellations", f"talk {number}")

    found = await poster.find(lost, near=None, since=since - timedelta(minutes=2))

    assert found == Place(channel=CANCELLATIONS, ts=_ours(slack)[-1].ts)
    assert await poster.find(marker(), near=None, since=since - timedelta(minutes=2)) is None


async def test_post_is_found_without_metadata(slack: Workspace, poster: Poster) -> None:
    since, mark = wall(), marker()
    place = await poster.post_card(CARD, marker=mark)
    message = slack.message(CANCELLATIONS, place.ts)
    assert message is not None
    assert message.metadata == {"event_type": "winback_effect", "event_payload": {"id": str(mark)}}
    message.metadata = None

    assert await poster.find(mark, near=None, since=since - timedelta(minutes=2)) == place


@pytest.mark.parametrize("code", ["not_in_channel", "internal_error"])
async def test_unreadable_history_is_unavailable(sandbox: Sandbox, poster: Poster, code: str) -> None:
    sandbox.faults.add("slack", "conversations.history", "error", error=code)

    with pytest.raises(Unavailable):
        await poster.find(marker(), near=None, since=wall())


async def test_revoked_token_shows_in_a_search(sandbox: Sandbox, poster: Poster) -> None:
    sandbox.faults.add("slack", "conversations.history", "error", error="token_revoked")

    with pytest.raises(Refused) as refused:
        await poster.find(marker(), near=None, since=wall())

    assert refused.value.fault == "credential"


async def test_refused_blocks_leave_the_sentence(sandbox: Sandbox, slack: Workspace, poster: Poster) -> None:
    sandbox.faults.add("slack", "chat.postMessage", "error", error="invalid_blocks")
    since, mark = wall(), marker()

    place = await poster.post_card(CARD, marker=mark)

    message = slack.message(CANCELLATIONS, place.ts)
    assert message is not None
    assert message.text == "A Pro customer cancelled: €49 a month, ends 3 Dec, too expensive"
    assert not message.blocks
    assert await poster.find(mark, near=None, since=since - timedelta(minutes=2)) == place


async def test_an_edit_changes_the_card_in_place(slack: Workspace, poster: Poster) -> None:
    mark = marker()
    place = await poster.post_card(CARD, marker=mark)

    await poster.edit_card(card(case={"owner": OWNER, "owned_at": NOW}), place=place, marker=mark)

    message = slack.message(CANCELLATIONS, place.ts)
    assert message is not None
    assert {"type": "user", "user_id": OWNER} in message.blocks[0]["elements"][0]["elements"]
    assert not message.edited_flag


@pytest.mark.parametrize("code", ["message_not_found", "edit_window_closed", "cant_update_message"])
async def test_uneditable_message_is_gone(sandbox: Sandbox, poster: Poster, code: str) -> None:
    sandbox.faults.add("slack", "chat.update", "error", error=code)

    with pytest.raises(Refused) as refused:
        await poster.edit_card(CARD, place=Place(channel=CANCELLATIONS, ts="1.000001"), marker=marker())

    assert (refused.value.fault, refused.value.code) == ("destination", "message_gone")


async def test_shared_channel_gets_no_posts(sandbox: Sandbox, slack: Workspace, poster: Poster) -> None:
    await poster.post_card(CARD, marker=marker())
    slack.channel(CANCELLATIONS).connected_team_ids.append("T0OUTSIDE1")
    try:
        before = len(_ours(slack))
        poster.forget_sharing()
        with pytest.raises(Refused) as refused:
            await poster.post_card(CARD, marker=marker())
        assert (refused.value.fault, refused.value.code) == ("destination", "channel_shared")
        assert len(_ours(slack)) == before
    finally:
        slack.channel(CANCELLATIONS).connected_team_ids.clear()


async def test_return_reply_has_no_name(slack: Workspace, poster: Poster) -> None:
    since, mark = wall(), marker()
    place = await poster.post_card(CARD, marker=marker())

    reply = await poster.post_return(CARD, under=place, marker=mark)

    parent = slack.message(CANCELLATIONS, place.ts)
    assert parent is not None
    assert [message.ts for message in slack.replies(parent)] == [reply.ts]
    assert slack.replies(parent)[0].text == "They came back: they took the cancellation of Pro back."
    assert await poster.find(mark, near=place, since=since - timedelta(minutes=2)) == reply
    await slack.delete_message("admin", parent)
    assert await poster.find(mark, near=place, since=since - timedelta(minutes=2)) is None


async def test_owner_question_is_a_direct_message(slack: Workspace, poster: Poster) -> None:
    since, mark = wall(), marker()

    place = await poster.ask_follow_up(card(case={"owner": OWNER, "owned_at": NOW}), marker=mark)

    assert place.channel == slack.direct(OWNER).id
    assert await poster.find(mark, near=OWNER, since=since - timedelta(minutes=2)) == place


@pytest.mark.parametrize("to", [StaffId("U0ADMIN001"), ChannelId("C0SUPPORT1")])
async def test_alert_reaches_person_or_channel(slack: Workspace, poster: Poster, to: Any) -> None:
    await slack.invite("winback", "support")
    since, mark = wall(), marker()

    place = await poster.alert("The letter was not sent.", to=to, marker=mark)

    message = slack.message(place.channel, place.ts)
    assert message is not None
    assert message.text == "The letter was not sent."
    assert await poster.find(mark, near=to, since=since - timedelta(minutes=2)) == place


async def test_posts_keep_slacks_rate_limit(poster: Poster) -> None:
    loop = asyncio.get_running_loop()
    await poster.post_card(CARD, marker=marker())
    begun = loop.time()

    await asyncio.gather(*(poster.post_card(CARD, marker=marker()) for _ in range(2)))

    assert loop.time() - begun >= 2 * PACE.total_seconds() * 0.9


async def test_no_call_repeats_itself(sandbox: Sandbox, slack: Workspace, poster: Poster) -> None:
    await poster.post_card(CARD, marker=marker())
    before = len(_ours(slack))
    fault = sandbox.faults.add("slack", "chat.postMessage", "drop_after", times=None)

    with pytest.raises(CALL_FAILURES):
        await poster.post_card(CARD, marker=marker())

    assert fault.hits == 1
    assert len(_ours(slack)) == before + 1


def _ours(slack: Workspace) -> list[Any]:
    return [message for message in slack.messages(CANCELLATIONS) if message.bot_id]


async def test_proposal_is_posted_and_edited(slack: Workspace, poster: Poster) -> None:
    since, mark = wall(), marker()

    place = await poster.post_proposal(VIEW, marker=mark)
    decided = replace(VIEW.proposal, state="declined", why="too_much", decided_by=StaffId("U0MANAGER1"))
    await poster.edit_proposal(replace(VIEW, proposal=decided), place=place, marker=mark)

    message = slack.message(APPROVALS, place.ts)
    assert message is not None
    assert message.text.endswith(": declined")
    assert await poster.find(mark, near=APPROVALS, since=since - timedelta(minutes=2)) == place
    slack.drop(message)
    with pytest.raises(Refused) as gone:
        await poster.edit_proposal(VIEW, place=place, marker=mark)
    assert gone.value.code == "message_gone"


async def test_no_proposal_without_approvals(sandbox: Sandbox, slack: Workspace) -> None:
    client = slack_client(token=slack.installation.bot_token, base_url=sandbox.slack_api_url)
    poster = Poster(client, cancellations=CANCELLATIONS, approvals=None, style=FULL, wall=wall)

    with pytest.raises(Refused) as refused:
        await poster.post_proposal(VIEW, marker=marker())

    assert refused.value.fault == "destination"


async def test_accepted_offer_replies_to_its_card(slack: Workspace, poster: Poster) -> None:
    under = await poster.post_card(CARD, marker=marker())

    place = await poster.post_accepted(CARD, OFFER, under=under, marker=marker())

    posted = slack.message(CANCELLATIONS, under.ts)
    assert posted is not None
    [reply] = slack.replies(posted)
    assert reply.ts == place.ts
    assert reply.text == "They accepted and stay: 20% off 3 invoices: 3 Dec, 3 Jan 2027, 3 Feb 2027. (Pro)"


async def test_a_channel_that_turns_public_gets_no_names(sandbox: Sandbox, slack: Workspace, poster: Poster) -> None:
    poster.follows_privacy = True
    async with public(sandbox, channel=CANCELLATIONS):
        with pytest.raises(Unavailable, match="written without names"):
            await poster.post_card(CARD, marker=marker())  # it was written before anybody knew
        place = await poster.post_card(CARD, marker=marker())

    shown = slack.message(place.channel, place.ts)
    assert shown is not None
    assert str(CARD.facts.customer_name) not in str(shown.blocks)
