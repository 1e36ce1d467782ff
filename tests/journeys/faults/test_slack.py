"""Slack refuses, stumbles or loses its replies: each card comes all the same, late perhaps, and once."""

import re
import time
from typing import Any

import pytest

from tests.journeys.faults.kills import card_row, settled
from tests.journeys.faults.troubles import (
    cards_of,
    dead_effects,
    leaves,
    met,
    one_card,
    ready_again,
    told_admin,
    unwell,
)
from tests.journeys.world import World
from tests.lanes import ROUNDS

POST, HISTORY = "chat.postMessage", "conversations.history"


@pytest.fixture(autouse=True)
def mended(w: World) -> None:
    """Begin without the faults of the story before."""
    w.sandbox.faults.clear()
    w.sandbox.slack.mend_token()


async def test_lost_reply_posts_once(w: World) -> None:
    w.sandbox.faults.add("slack", POST, "drop_after")
    leaves(w, "Lena Lost")
    await one_card(w, "Lena Lost")


@pytest.mark.parametrize(
    ("kind", "times", "detail"),
    [
        ("error", 2, {"error": "internal_error"}),
        ("status", 1, {"status": 500}),
        ("status", 1, {"status": 503, "body": "upstream connect error"}),
        ("status", 1, {"status": 200, "body": "upstream connect error"}),
        ("garbage", 1, {}),
        ("drop_before", 1, {}),
    ],
)
async def test_passing_fault_delays_the_card(w: World, kind: Any, times: int, detail: dict[str, Any]) -> None:
    name = f"Pat {kind} {detail.get('status', '')}".strip()
    fault = w.sandbox.faults.add("slack", POST, kind, times=times, **detail)
    leaves(w, name)
    await one_card(w, name, patience=60)
    assert fault.hits == times


async def test_429_waits_as_slack_asks(w: World) -> None:
    """For ten seconds, and for a minute in the soak."""
    seconds = 10 if ROUNDS == 1 else 60
    fault = w.sandbox.faults.add("slack", POST, "status", status=429, body="", times=2, retry_after=seconds // 2)
    leaves(w, "Rita Limited")
    await met(fault)
    began = time.monotonic()
    await one_card(w, "Rita Limited", patience=seconds + 20)
    assert time.monotonic() - began >= seconds
    assert fault.hits == 2


async def test_bad_blocks_leave_the_text(w: World) -> None:
    w.sandbox.faults.add("slack", POST, "error", error="invalid_blocks")
    posts = len(w.sandbox.slack.calls(POST))
    subscription = leaves(w, "Bob Block")
    await w.until(lambda: len(w.sandbox.slack.calls(POST)) > posts)
    posted = w.sandbox.slack.calls(POST)[-1].arguments
    assert posted["text"].startswith("A Pro customer cancelled: €49")
    assert "blocks" not in posted
    assert "blocks_refused" in w.log.read_text()
    w.sandbox.stripe.answer_survey(subscription, "too_expensive", "Mend your blocks")
    await w.until(lambda: cards_of(w, "Mend your blocks"))
    await one_card(w, "Bob Block")


async def test_lost_channel_alerts_once(w: World) -> None:
    def alerts() -> list[str]:
        return [message.text for message in told_admin(w)]

    w.sandbox.faults.add("slack", POST, "error", error="channel_not_found")
    leaves(w, "Nora Nowhere")
    await w.until(alerts)
    second = w.sandbox.faults.add("slack", POST, "error", error="channel_not_found")
    leaves(w, "Nick Nowhere")
    await met(second)
    await settled(w)
    [alert] = alerts()
    assert "channel_not_found" in alert
    assert len(dead_effects(w)) == 2
    assert not cards_of(w, "Nora Nowhere")

    listed = await w.types("effects", "list")
    assert listed.status == 0, listed.err
    assert sum("channel_not_found" in line for line in listed.lines) == 2
    [named] = re.findall(r"winback effects retry ([0-9a-f-]{36})", alert)
    retried = await w.types("effects", "retry", named)
    assert (retried.status, retried.lines) == (0, ["1 retried."])
    await one_card(w, "Nora Nowhere")
    retried = await w.types("effects", "retry", "--all")
    assert (retried.status, retried.lines) == (0, ["1 retried."])
    await one_card(w, "Nick Nowhere")
    assert (len(alerts()), dead_effects(w)) == (1, [])


async def test_revoked_token_pauses_the_lane(w: World) -> None:
    await ready_again(w)
    w.sandbox.slack.break_token()
    leaves(w, "Tom Token")
    assert "token_revoked" in await unwell(w, "slack lane")
    leaves(w, "Tina Token")
    assert not dead_effects(w)
    assert not cards_of(w, "Tom Token")
    w.sandbox.slack.mend_token()
    await one_card(w, "Tom Token")
    await one_card(w, "Tina Token")
    await ready_again(w)
    assert not dead_effects(w)


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
async def test_unclear_post_waits_for_history(w: World, kind: Any) -> None:
    name = f"Hugo {kind}"
    unclear = w.sandbox.faults.add("slack", POST, kind)
    history = w.sandbox.faults.add("slack", HISTORY, "status", status=503, times=2)
    subscription = leaves(w, name)
    await met(unclear)
    posts = len(w.sandbox.slack.calls(POST))
    await met(history)
    row = card_row(w, subscription)
    assert row is not None
    assert row["attempt_started_at"]
    assert len(w.sandbox.slack.calls(POST)) == posts
    await one_card(w, name, patience=60)
    assert history.hits == 2
    assert len(w.sandbox.slack.calls(POST)) == posts + (kind == "drop_before")
