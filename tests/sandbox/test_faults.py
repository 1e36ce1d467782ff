"""Faults on demand, met by a client on a real connection."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import cast

import httpx2
import pytest

from sandbox.faults import Kind
from sandbox.seed import CUSTOMERS
from sandbox.server import Sandbox

DANA = f"/v1/customers/{CUSTOMERS['dana'].id}"
SESSIONS = "/v1/billing_portal/sessions"


@pytest.fixture
async def http(sandbox: Sandbox) -> AsyncIterator[httpx2.AsyncClient]:
    headers = {"Authorization": f"Bearer {sandbox.stripe.access.restricted_key}"}
    async with httpx2.AsyncClient(base_url=sandbox.stripe_api_url, headers=headers, trust_env=False) as client:
        yield client


def _sessions(sandbox: Sandbox) -> int:
    return len(sandbox.stripe.ledger.all("billing_portal.session"))


async def _create(http: httpx2.AsyncClient) -> httpx2.Response:
    return await http.post(SESSIONS, data={"customer": CUSTOMERS["dana"].id})


async def test_a_status_comes_instead_of_the_answer_as_often_as_asked(
    sandbox: Sandbox, http: httpx2.AsyncClient
) -> None:
    fault = sandbox.faults.add("stripe", "/v1/customers/{id}", "status", status=429, retry_after=7, times=2)
    answers = [await http.get(DANA) for _ in range(3)]
    assert [each.status_code for each in answers] == [429, 429, 200]
    assert answers[0].headers["retry-after"] == "7"
    assert answers[0].headers["content-type"].startswith("text/html")
    assert fault.hits == 2


async def test_only_the_path_and_method_that_were_named(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    sandbox.faults.add("stripe", "/v1/customers/{id}", "status", method="POST", times=None, status=500)
    assert (await http.get(DANA)).status_code == 200
    assert (await http.get("/v1/customers")).status_code == 200


async def test_an_error_is_said_in_the_apis_own_words(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    sandbox.faults.add("stripe", "/v1/*", "error", status=409, code="lock_timeout", type="invalid_request_error")
    answer = await http.get(DANA)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "lock_timeout")
    sandbox.faults.add("slack", "auth.test", "error", error="token_revoked")
    said = await http.post(f"{sandbox.slack_api_url}auth.test")
    assert said.json() == {"ok": False, "error": "token_revoked"}


async def test_garbage_is_half_an_answer(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    sandbox.faults.add("stripe", SESSIONS, "garbage")
    answer = await _create(http)
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert _sessions(sandbox) == 1


@pytest.mark.parametrize(
    ("kind", "made"), [("drop_before", 0), ("drop_after", 1), ("kill_before", 0), ("kill_after", 1)]
)
async def test_a_connection_closes_before_or_after_the_effect(
    sandbox: Sandbox, http: httpx2.AsyncClient, kind: Kind, made: int
) -> None:
    killed: list[int] = []
    sandbox.faults.on_kill = lambda: killed.append(_sessions(sandbox))
    fault = sandbox.faults.add("stripe", SESSIONS, kind)
    with pytest.raises(httpx2.TransportError):
        await _create(http)
    assert (_sessions(sandbox), fault.hits) == (made, 1)
    assert killed == ([made] if kind.startswith("kill") else [])
    assert (await _create(http)).status_code == 200


@pytest.mark.parametrize(("effect", "made"), [("before", 0), ("after", 1)])
@pytest.mark.parametrize("status", [200, 503])
async def test_a_body_is_cut_before_or_after_the_effect(
    sandbox: Sandbox, http: httpx2.AsyncClient, effect: str, made: int, status: int
) -> None:
    fault = sandbox.faults.add("stripe", SESSIONS, cast("Kind", f"drop_mid_body_{effect}"), status=status)
    async with http.stream("POST", SESSIONS, data={"customer": CUSTOMERS["dana"].id}) as answer:
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")
        with pytest.raises(httpx2.RemoteProtocolError):
            await answer.aread()
    assert (_sessions(sandbox), fault.hits) == (made, 1)
    assert (await _create(http)).status_code == 200


@pytest.mark.parametrize(("effect", "made"), [("before", 0), ("after", 1)])
async def test_a_body_stalls_before_or_after_the_effect(
    sandbox: Sandbox, http: httpx2.AsyncClient, effect: str, made: int
) -> None:
    fault = sandbox.faults.add("stripe", SESSIONS, cast("Kind", f"stall_mid_body_{effect}"))
    async with http.stream("POST", SESSIONS, data={"customer": CUSTOMERS["dana"].id}) as answer:
        body = answer.aiter_bytes()
        assert await anext(body)
        more = asyncio.ensure_future(anext(body))
        await asyncio.sleep(0.05)
        assert not more.done()
        assert (answer.status_code, _sessions(sandbox)) == (200, made)
        fault.release()
        with pytest.raises(httpx2.RemoteProtocolError):
            await more
    assert (await _create(http)).status_code == 200


async def test_a_dropped_connection_is_closed_without_a_byte(sandbox: Sandbox) -> None:
    sandbox.faults.add("stripe", "/v1/customers", "drop_before")
    reader, writer = await asyncio.open_connection("127.0.0.1", sandbox.port)
    writer.write(b"GET /stripe/v1/customers HTTP/1.1\r\nHost: sandbox\r\n\r\n")
    assert await reader.read() == b""
    writer.close()


async def test_killed_right_after_the_reply(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    killed = asyncio.Event()
    sandbox.faults.on_kill = killed.set
    sandbox.faults.add("stripe", SESSIONS, "kill_replied")
    assert (await _create(http)).status_code == 200
    await killed.wait()


async def test_killed_some_time_within(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    killed = asyncio.Event()
    sandbox.faults.on_kill = killed.set
    sandbox.faults.add("stripe", SESSIONS, "kill_within")
    assert (await _create(http)).status_code == 200
    await killed.wait()


async def test_held_until_released(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    fault = sandbox.faults.add("stripe", SESSIONS, "hold")
    waiting = asyncio.create_task(_create(http))
    await fault.reached()
    assert (_sessions(sandbox), waiting.done()) == (0, False)
    fault.release()
    assert (await waiting).status_code == 200


async def test_slow_is_late_but_right(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    sandbox.faults.add("stripe", SESSIONS, "slow", seconds=0.2)
    answer = await _create(http)
    assert answer.status_code == 200
    assert answer.elapsed.total_seconds() >= 0.2


async def test_cleared_faults_are_gone_and_let_go(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    fault = sandbox.faults.add("stripe", SESSIONS, "hold", times=None)
    waiting = asyncio.create_task(_create(http))
    await fault.reached()
    sandbox.faults.clear()
    assert (await waiting).status_code == 200
    assert (await _create(http)).status_code == 200


async def test_an_api_that_is_down_leaves_the_customers_portal_alone(
    sandbox: Sandbox, http: httpx2.AsyncClient
) -> None:
    sandbox.faults.add("stripe", "*", "status", status=503, times=None)
    assert (await http.get(DANA)).status_code == 503
    assert (await http.get(sandbox.stripe.portal.open_as(CUSTOMERS["dana"].id))).status_code == 200
