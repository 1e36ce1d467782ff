"""What every page has: headers, limits, and answers for what nobody asked for properly."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.web.conftest import PUBLIC, Site
from web.rate_limited_routes import origin_of

DANA = "dana@acme-mail.com"
Client = httpx2.AsyncClient
POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"


def token(number: int) -> str:
    """Return a path with a token of the right form that opens nothing."""
    return f"/p/{number:043}"


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as entries:
        yield entries


async def test_every_page_shuts_everything_else_out(site: Site, client: Client) -> None:
    path = await site.link(DANA)
    for answer in (await client.get(path), await client.get("/p/none"), await client.get("/"), await client.post(path)):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        assert answer.headers["content-security-policy"].startswith(POLICY)


async def test_only_pages_that_lead_to_stripe_go_without_form_action(site: Site, client: Client) -> None:
    assert (await client.get(await site.link(DANA))).headers["content-security-policy"] == POLICY
    gone = (await client.get("/p/none")).headers["content-security-policy"]
    assert gone == f"{POLICY}; form-action 'none'"


async def test_plain_http_promises_no_https(site: Site) -> None:
    async with site.client(public_url="http://127.0.0.1:8080") as client:
        assert "strict-transport-security" not in (await client.get("/")).headers


@pytest.mark.parametrize("where", ["", "/code"])
@pytest.mark.parametrize("came_from", ["cross-site", "same-site", "none"])
async def test_a_press_on_another_website_is_refused(site: Site, client: Client, where: str, came_from: str) -> None:
    path = await site.link(DANA)
    answer = await client.post(path + where, headers={"Sec-Fetch-Site": came_from})
    assert answer.status_code == 403
    assert "didn't come from our page" in answer.text
    assert (await site.row(path)).openings_left == 2


FOREIGN = ("https://evil.example", "http://billing.acme.example", f"{PUBLIC}:444", f"{PUBLIC}.evil.example", "null", "")


@pytest.mark.parametrize("origin", FOREIGN)
async def test_form_of_another_origin_is_refused(site: Site, client: Client, origin: str) -> None:
    path = await site.link(DANA)
    for headers in ({"Origin": origin}, {"Origin": origin, "Sec-Fetch-Site": "same-origin"}):
        assert (await client.post(path, headers=headers)).status_code == 403
    assert (await client.get(path, headers={"Origin": origin})).status_code == 200
    assert (await site.row(path)).openings_left == 2


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Billing.Acme.example/winback", "https://billing.acme.example"),
        ("https://billing.acme.example:443", "https://billing.acme.example"),
        ("https://billing.acme.example:8443", "https://billing.acme.example:8443"),
        ("https://abo.müller.example", "https://abo.xn--mller-kva.example"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:80", "http://[::1]"),
    ],
)
def test_origin_is_written_as_browsers_do(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "same-origin", "Origin": PUBLIC}, {"Origin": PUBLIC}, {}])
async def test_a_press_on_our_own_page_is_taken(site: Site, client: Client, headers: dict[str, str]) -> None:
    assert (await client.post(await site.link(DANA), headers=headers)).status_code == 303


async def test_a_link_in_an_email_may_be_followed_from_anywhere(site: Site, client: Client) -> None:
    answer = await client.get(await site.link(DANA), headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200


async def test_one_link_may_not_be_asked_for_too_often(site: Site, client: Client) -> None:
    path = await site.link(DANA)
    answers = [await client.get(path) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [200] * 20 + [429]
    assert answers[-1].headers["retry-after"] == "3"
    assert (await client.get(await site.link(DANA))).status_code == 200
    site.wall.forward(timedelta(seconds=3))
    assert (await client.get(path)).status_code == 200


async def test_one_address_may_not_ask_too_often_however_many_tokens_it_tries(site: Site) -> None:
    async with site.client(address="2001:db8:1:2::1") as client:
        answers = [(await client.get(token(number))).status_code for number in range(121)]
        assert answers == [404] * 120 + [429]
        assert (await client.get(token(0).replace("/p/", "/u/"))).status_code == 404  # it has limits of its own


async def test_what_is_no_token_is_not_counted(site: Site) -> None:
    path = await site.link(DANA)
    async with site.client() as client:
        wrong = ["/p/none", "/u/none", f"{path}=", path[:-1], path.replace("/p/", "/p/x"), "/p/" + "ä" * 43]
        answers = [await client.get(each) for each in wrong * 30]
        assert {answer.status_code for answer in answers} == {404}
        assert (await client.get(path)).status_code == 200


async def test_neighbours_in_one_network_are_counted_as_one_and_others_are_not(site: Site) -> None:
    async with site.client(trusted_proxies=("203.0.113.7",)) as client:

        async def ask(address: str, number: int) -> int:
            return (await client.get(token(number), headers={"X-Forwarded-For": address})).status_code

        many = [await ask(f"2001:db8:1:2::{number:x}", number) for number in range(121)]
        assert many == [404] * 120 + [429]
        assert await ask("2001:db8:1:3::1", 1) == 404


async def test_a_forwarded_address_is_believed_from_trusted_proxies_only(site: Site) -> None:
    async with site.client(address="198.51.100.9", trusted_proxies=("203.0.113.0/24",)) as client:
        for number in range(120):
            await client.get(token(number), headers={"X-Forwarded-For": f"192.0.2.{number}"})
        assert (await client.get(token(0), headers={"X-Forwarded-For": "192.0.2.200"})).status_code == 429


@pytest.mark.parametrize("path", ["/", "/p", "/p/", "/p/a/b", "/stripe", "/static/../door.py", "/static/none.css"])
async def test_what_is_not_there_gets_a_page_that_says_so(client: Client, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404
    assert "There's nothing here" in answer.text


async def test_another_method_is_refused_and_the_right_ones_are_named(site: Site, client: Client) -> None:
    path = await site.link(DANA)
    for answer in (await client.put(path), await client.delete(path), await client.get(f"{path}/code")):
        assert answer.status_code == 405
        assert answer.headers["allow"]
    assert (await site.row(path)).code_number == 0


async def test_without_a_public_address_there_are_no_pages_and_without_secrets_no_webhook(site: Site) -> None:
    async with site.client(customers=None, event_receiver=None) as client:
        assert (await client.get(await site.link(DANA))).status_code == 404
        assert (await client.post("/stripe/webhook")).status_code == 404


async def test_a_slash_too_many_is_not_redirected(site: Site, client: Client) -> None:
    path = await site.link(DANA)
    for wrong in (f"{path}/", f"{path}/code/", "/stripe/webhook/", "/p"):
        answer = await client.get(wrong, headers={"Host": "evil.example"})
        assert (answer.status_code, answer.headers.get("location")) == (404, None)


async def test_the_style_has_the_companys_colour(client: Client) -> None:
    answer = await client.get("/static/style.css")
    assert answer.headers["content-type"].startswith("text/css")
    assert "--brand: #1f5eff" in answer.text


async def test_the_companys_name_is_text(client: Client) -> None:
    assert "Acme &lt;Billing&gt;" in (await client.get("/")).text


async def test_what_nobody_anticipated_is_logged_once_with_the_reference_that_is_shown(
    site: Site, logged: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(request: Request) -> Response:
        raise RuntimeError("nobody thought of this")

    async with site.client(slack=[Route("/slack/{what}", fail)]) as client:
        answer = await client.get("/slack/secret-token")
    assert answer.status_code == 500
    (entry,) = logged
    assert entry["reference"] in answer.text
    assert entry["exc_info"]
    assert entry["route"] == "/slack/{what}"
    assert "secret-token" not in str(entry)
    assert "nobody thought" not in answer.text
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_a_slack_route_stands_as_it_was_given(site: Site) -> None:
    async def slack(request: Request) -> Response:
        return Response(b"slack")

    async with site.client(slack=[Route("/slack/events", slack, methods=["POST"])]) as client:
        assert (await client.post("/slack/events", headers={"Sec-Fetch-Site": "cross-site"})).text == "slack"
