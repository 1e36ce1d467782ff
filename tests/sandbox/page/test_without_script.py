"""The page's forms as plain HTTP: without its script, and asked by those who may not."""

import re
from collections.abc import AsyncIterator
from typing import get_args

import httpx2
import pytest
from slack_sdk.errors import SlackApiError

from sandbox.faults import Kind
from sandbox.page.blocks import press
from sandbox.page.breakage import READY_MADE
from sandbox.server import Sandbox
from sandbox.slack.seed import seed_slack
from tests.honesty.plugin import RECORDER
from tests.sandbox.page.conftest import App
from tests.sandbox.page.showcase import CARD
from tests.sandboxes import new_sandbox


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=sandbox.url, follow_redirects=True) as talking:
        yield talking


async def test_writing_and_choosing_work_by_plain_forms(client: httpx2.AsyncClient, sandbox: Sandbox, app: App) -> None:
    said = await client.post("/as/agent/channel/C0GENERAL1/say", data={"text": "a line\r\nand another"})
    assert "a line<br>and another" in said.text

    ts = (await app.web.chat_postMessage(channel="C0CANCEL01", text="card", blocks=CARD))["ts"]
    message = sandbox.slack.message("cancellations", ts)
    assert message is not None
    section = message.blocks[1]
    word = press(section, section["accessory"])
    shown = await client.post(f"/as/agent/message/C0CANCEL01/{ts}", data={"press": word, f"put/{word}": "blue"})

    assert '<option value="blue" selected>' in shown.text
    [told] = app.of_type("block_actions")
    assert told["actions"][0]["selected_option"]["value"] == "blue"


async def test_a_moment_is_chosen_by_a_plain_form(client: httpx2.AsyncClient, sandbox: Sandbox, app: App) -> None:
    blocks = [{"type": "actions", "elements": [{"type": "datetimepicker", "action_id": "at"}]}]
    ts = (await app.web.chat_postMessage(channel="C0CANCEL01", text="card", blocks=blocks))["ts"]
    message = sandbox.slack.message("cancellations", ts)
    assert message is not None
    word = press(message.blocks[0], message.blocks[0]["elements"][0])
    form = {"press": word, f"put/{word}": "2025-12-04T10:30"}
    shown = await client.post(f"/as/agent/message/C0CANCEL01/{ts}", data=form)

    assert 'value="2025-12-04T10:30"' in shown.text
    [told] = app.of_type("block_actions")
    assert told["actions"][0]["selected_date_time"] == 1_764_844_200
    await client.post(f"/as/agent/message/C0CANCEL01/{ts}", data=form | {f"put/{word}": ""})
    assert app.of_type("block_actions")[-1]["actions"][0]["selected_date_time"] is None


async def test_a_private_channel_stands_in_the_list_of_its_members_only(client: httpx2.AsyncClient) -> None:
    shown = re.sub(r"<[^>]+>|\s+", " ", (await client.get("/as/manager/")).text)
    assert "winback-approvals (private)" in re.sub(" +", " ", shown)
    assert "/as/agent/channel/C0APPROVAL" not in (await client.get("/as/agent/")).text


async def test_charts_are_refused_on_demand(client: httpx2.AsyncClient, app: App) -> None:
    chart = [block for block in CARD if block["type"] == "data_visualization"]
    await client.post("/as/agent/faults", data={"charts": "refused"})
    with pytest.raises(SlackApiError, match="invalid_blocks"):
        await app.web.chat_postMessage(channel="C0CANCEL01", text="chart", blocks=chart)
    assert "Allow charts again" in (await client.get("/as/agent/faults")).text
    await client.post("/as/agent/faults", data={"charts": "allowed"})
    await app.web.chat_postMessage(channel="C0CANCEL01", text="chart", blocks=chart)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("drop_mid_body_after", "does it, then closes the connection in the middle of the reply, status 503"),
        ("stall_mid_body_before", "does nothing, begins a reply and never ends it, status 503"),
    ],
)
async def test_a_reply_is_broken_off_on_demand(
    client: httpx2.AsyncClient, sandbox: Sandbox, kind: str, words: str
) -> None:
    asked = {"side": "stripe", "path": "/v1/customers", "kind": kind, "number": "503"}
    shown = await client.post("/as/agent/faults", data=asked)
    assert words in shown.text
    [fault] = sandbox.faults.all
    assert (fault.kind, fault.detail) == (kind, {"status": 503})


@pytest.mark.parametrize("name", READY_MADE)
async def test_every_ready_made_fault_is_set(client: httpx2.AsyncClient, sandbox: Sandbox, name: str) -> None:
    await client.post("/as/agent/faults", data={"ready": name})
    side, _, kind, detail = READY_MADE[name]
    [fault] = sandbox.faults.all
    assert (fault.side, fault.kind, fault.detail) == (side, kind, detail)


async def test_webhooks_are_held_and_arrive_on_demand(client: httpx2.AsyncClient, sandbox: Sandbox) -> None:
    webhooks = sandbox.stripe.webhooks
    for way in ("", ", the newest first", ", each twice"):
        await client.post("/as/agent/faults", data={"ready": "Stripe holds its webhooks back"})
        sandbox.stripe.create_customer(email="dana@acme-mail.com")
        assert (webhooks.mode, len(webhooks.held)) == ("held", 1)
        await client.post("/as/agent/faults", data={"ready": f"Webhooks held back arrive{way}"})
        assert (webhooks.mode, webhooks.held) == ("automatic", [])


async def test_every_kind_of_fault_is_offered_in_words(client: httpx2.AsyncClient) -> None:
    page = (await client.get("/as/agent/faults")).text
    assert set(get_args(Kind)) <= set(re.findall(r'<option value="(\w+)"', page))


@pytest.mark.parametrize("path", ["channel/C0GENERAL1/say", "faults", "clock", "stripe/cus_1", "view/V1"])
async def test_a_change_asked_by_another_sites_page_is_refused(
    client: httpx2.AsyncClient, sandbox: Sandbox, path: str
) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    refused = await client.post(f"/as/agent/{path}", data={"text": "x", "kill": "1"}, headers=headers)

    assert refused.status_code == 403
    assert sandbox.slack.messages("general") == []


@pytest.mark.parametrize(
    "path",
    [
        "/as/agent/channel/C0APPROVAL",  # private, not a member
        "/as/outsider/channel/C0GENERAL1",  # another company
        "/as/agent/channel/C0NOWHERE1",
        "/as/winback/",  # bots have no browser
        "/as/deactivated/",
        "/as/unheard-of/",
        "/as/agent/stripe/cus_unheard_of",
        "/as/agent/mailbox/99",
    ],
)
async def test_what_one_cannot_see_is_not_found(client: httpx2.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize("form", [{"press": "gone/gone/1"}, {"press": "%3Cb%3E/x"}])
async def test_pressing_what_is_no_longer_there_is_said_and_reaches_nobody(
    client: httpx2.AsyncClient, app: App, form: dict[str, str]
) -> None:
    ts = (await app.web.chat_postMessage(channel="C0CANCEL01", text="card", blocks=CARD))["ts"]
    answer = await client.post(f"/as/agent/message/C0CANCEL01/{ts}", data=form)

    assert "There is no element" in answer.text
    assert app.of_type("block_actions") == []


async def test_no_script_runs_but_our_own(client: httpx2.AsyncClient) -> None:
    shown = await client.get("/as/agent/")

    policy = shown.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert shown.headers["referrer-policy"] == "same-origin"
    assert " onclick" not in shown.text
    assert "style=" not in shown.text


async def test_the_stream_tells_of_changes_and_ends_with_the_sandbox() -> None:
    sandbox = new_sandbox(seed=False)
    RECORDER.record(sandbox.stripe)
    seed_slack(sandbox.slack)
    await sandbox.start()
    async with httpx2.AsyncClient(base_url=sandbox.url) as client, client.stream("GET", "/changes") as stream:
        lines = stream.aiter_lines()
        assert [await anext(lines), await anext(lines)] == ["retry: 1000", "data: here"]
        await sandbox.slack.say("agent", "general", "hello")
        assert "data: changed" in [await anext(lines), await anext(lines)]  # a blank line ends each event

        await sandbox.stop()
        assert {line async for line in lines} <= {"", "data: changed"}  # and no broken connection
