"""Somebody with bad intentions at the public server: what they may try, and what they get."""

import asyncio
import contextlib
import re
import secrets
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import RowMapping, select

from sandbox.stripe.ledger import Json
from storage import tables
from tests.journeys.faults.kills import read as rows
from tests.journeys.faults.kills import subscriber
from tests.journeys.portal_links.questions import ask, press
from tests.journeys.world import World, world

RETURN = "https://www.northwind-mail.com/account?from=billing"
EVIL = "https://evil.example.com/"


@pytest.fixture(scope="module")
async def w(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    settings = {"RETURN_URL": RETURN, "LOOKUPS_PER_MINUTE": "1000", "HOST": "0.0.0.0"}
    async with world(tmp_path_factory.mktemp("door"), settings=settings, socket_mode=False) as told:
        told.sandbox.slack.limits.enabled = False
        yield told


@pytest.fixture
async def visitor(w: World) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=w.environment["PUBLIC_URL"], trust_env=False) as client:
        yield client


async def handed(w: World, name: str, way: str = "email_link") -> str:
    """Return the path of a link emailed to a new customer; one shown to an agent (`show_link`) asks for a code."""
    slack = w.sandbox.slack
    subscription = subscriber(w, name)
    answer = await ask(w, subscription["id"])
    if way == "show_link":
        words = await press(w, answer, way, "This link is for them only")
    else:
        await slack.click("agent", answer, way)
        words = (await w.sandbox.mailbox.wait_for(lambda: w.sandbox.mailbox.to(address(w, subscription))))[0].text
    [path] = set(re.findall(r"/p/[\w-]{43}", words))
    return str(path)


def address(w: World, subscription: Json) -> str:
    return str(w.sandbox.stripe.ledger.get("customer", subscription["customer"])["email"])


def openings(w: World) -> list[RowMapping]:
    return list(rows(w, select(tables.links.c.id, tables.links.c.openings_left).order_by(tables.links.c.made_at)))


async def back_path(w: World, visitor: httpx2.AsyncClient, path: str) -> str:
    """Enter by a link; return the way back that was made for it."""
    assert (await visitor.post(path)).status_code == 303
    session = w.sandbox.stripe.ledger.all("billing_portal.session")[-1]
    return str(session["return_url"]).removeprefix(w.environment["PUBLIC_URL"])


async def test_cross_site_post_opens_nothing(w: World, visitor: httpx2.AsyncClient) -> None:
    path = await handed(w, "Carl Cross")
    before = openings(w)
    for site in ("cross-site", "same-site", "none"):
        answer = await visitor.post(path, headers={"Sec-Fetch-Site": site, "Origin": EVIL})
        assert answer.status_code == 403
        assert "location" not in answer.headers
    assert openings(w) == before


async def test_forged_host_is_never_repeated(w: World, visitor: httpx2.AsyncClient) -> None:
    path = await handed(w, "Hugo Host")
    forged = {"Host": "evil.example.com", "X-Forwarded-Host": "evil.example.com", "X-Forwarded-Proto": "https"}
    answers = [await visitor.get(path, headers=forged), await visitor.post(f"{path}/code", headers=forged)]
    answers += [await visitor.get("/p/nothing", headers=forged), await visitor.post(path, headers=forged)]
    for answer in answers:
        assert "evil" not in answer.text + str(answer.headers)
    session = w.sandbox.stripe.ledger.all("billing_portal.session")[-1]
    assert session["return_url"].startswith(w.environment["PUBLIC_URL"])


async def test_tokens_work_for_one_purpose(w: World, visitor: httpx2.AsyncClient) -> None:
    path = await handed(w, "Tess Token")
    back = await back_path(w, visitor, path)
    link, way = path.removeprefix("/p/"), back.removeprefix("/back/")
    before = openings(w)

    for method, wrong in (
        ("GET", f"/p/{way}"),
        ("POST", f"/p/{way}"),
        ("POST", f"/p/{way}/code"),
        ("GET", f"/back/{link}"),
    ):
        assert (await visitor.request(method, wrong)).status_code == 404
    assert (await visitor.post(back)).status_code == 405
    assert openings(w) == before


async def test_return_leads_to_the_company_only(w: World, visitor: httpx2.AsyncClient) -> None:
    back = await back_path(w, visitor, await handed(w, "Bea Back"))
    for tried in (back, f"{back}?return_url={EVIL}", f"{back}?next={EVIL}#{EVIL}"):
        answer = await visitor.get(tried, headers={"Referer": EVIL})
        assert (answer.status_code, answer.headers["location"]) == (303, RETURN)


async def test_settings_cannot_inject_headers(w: World) -> None:
    for value in (f"{RETURN}\r\nSet-Cookie: a=b", "javascript:alert(1)"):
        told = await w.types("doctor", RETURN_URL=value)
        assert told.status == 2
        assert "RETURN_URL" in told.err


@pytest.mark.parametrize(
    "path",
    [
        "/metrics",
        "/readyz",
        "/healthz",
        "/",
        "//evil.example.com",
        "/p/../metrics",
        "/p/%2e%2e/readyz",
        "/p/..%2f..%2fetc%2fpasswd",
        "/static/../web/pages.py",
        "/static/%2e%2e/%2e%2e/winback.db",
        "/p/%00",
        "/p/%0d%0aSet-Cookie:a=b",
        "/p/" + "a" * 5000,
        "/back/';DROP TABLE links;--",
        "/slack/events/../../metrics",
    ],
)
async def test_private_paths_are_not_served(w: World, path: str) -> None:
    answer = await raw(w, f"GET {path.replace(' ', '%20')} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())

    assert answer.split(b"\r\n")[0] in {b"HTTP/1.1 404 Not Found", b"HTTP/1.1 400 Bad Request"}
    assert b"Set-Cookie" not in answer
    assert b"winback_" not in answer


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "DELETE", "TRACE", "PATCH"])
async def test_other_methods_are_refused(w: World, visitor: httpx2.AsyncClient, method: str) -> None:
    for path in ("/p/x", "/back/x", "/stripe/webhook", "/slack/events"):
        answer = await visitor.request(method, path, headers={"Origin": EVIL, "Access-Control-Request-Method": "POST"})
        assert answer.status_code == 405
        assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_large_bodies_are_refused(w: World, visitor: httpx2.AsyncClient) -> None:
    path = await handed(w, "Hans Huge")
    before = openings(w)
    for target, size in ((path, 20_000), ("/stripe/webhook", 2_000_000), ("/slack/events", 2_000_000)):
        assert (await visitor.post(target, content=b"a" * size)).status_code == 413
    assert openings(w) == before


async def test_slow_senders_block_nobody(w: World, visitor: httpx2.AsyncClient) -> None:
    path = await handed(w, "Sid Slow")
    port = int(w.environment["PORT"])
    async with contextlib.AsyncExitStack() as stack:
        for door in ("/stripe/webhook", "/slack/events") * 50:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            stack.callback(writer.close)
            writer.write(f"POST {door} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf".encode())
            await writer.drain()
        answers = await asyncio.wait_for(asyncio.gather(visitor.get(path), visitor.post("/stripe/webhook")), 10)
    assert [answer.status_code for answer in answers] == [200, 400]


async def test_five_guesses_end_the_link(w: World, visitor: httpx2.AsyncClient) -> None:
    path = await handed(w, "Gwen Guess", "show_link")
    assert (await visitor.post(f"{path}/code")).status_code == 303
    mailbox = w.sandbox.mailbox
    [email] = await mailbox.wait_for(lambda: mailbox.to("gwen.guess@scully-mail.com"))
    [code] = re.findall(r"\b\d{6}\b", email.text)
    wrong = [f"{(int(code) + step) % 1_000_000:06}" for step in range(1, 6)]

    guessed = await asyncio.gather(*(visitor.post(path, data={"code": each}) for each in wrong))
    assert {answer.status_code for answer in guessed} <= {422, 410}
    assert (await visitor.post(path, data={"code": code})).status_code == 410
    assert (await visitor.post(f"{path}/code")).status_code == 410
    assert len(mailbox.to("gwen.guess@scully-mail.com")) == 1


async def guess(visitor: httpx2.AsyncClient, number: int) -> int:
    """Try one more token as if from another address."""
    claimed = {"X-Forwarded-For": f"203.0.113.{number % 250}"}
    return (await visitor.get(f"/p/{secrets.token_urlsafe(32)}", headers=claimed)).status_code


async def test_token_guessing_is_limited(tmp_path: Path) -> None:
    async with (
        world(tmp_path) as alone,
        httpx2.AsyncClient(base_url=alone.environment["PUBLIC_URL"], trust_env=False) as visitor,
    ):
        told = [await guess(visitor, number) for number in range(200)]

    assert set(told) == {404, 429}
    assert told[-1] == 429


async def test_limits_work_behind_a_proxy(tmp_path: Path) -> None:
    async with (
        world(tmp_path, settings={"TRUSTED_PROXIES": "127.0.0.0/8"}) as behind,
        httpx2.AsyncClient(base_url=behind.environment["PUBLIC_URL"], trust_env=False) as visitor,
    ):
        assert {await guess(visitor, number) for number in range(200)} == {404}
        assert {await guess(visitor, 7) for _ in range(200)} == {404, 429}


async def test_admin_port_is_on_loopback(w: World) -> None:
    def elsewhere(port: str) -> bool:
        """Return whether another address of this machine is free at that port."""
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.2", int(port)))
            except OSError:
                return False
            return True

    assert not elsewhere(w.environment["PORT"])
    assert elsewhere(w.environment["ADMIN_PORT"])


async def raw(w: World, request: bytes) -> bytes:
    """Send bytes that no client would send, and return all that comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(w.environment["PORT"]))
    try:
        writer.write(request)
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()
