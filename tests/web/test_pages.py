import asyncio
import re
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from domain.ids import CustomerId, StaffId
from flows.effects import CompareReturn, EmailCode, RefreshCustomer, ShowLink
from tests.web.conftest import RETURN_URL, Site

DANA = "dana@acme-mail.com"
Client = httpx2.AsyncClient


async def test_a_look_shows_whose_billing_it_is_and_no_more(site: Site, client: Client) -> None:
    page = await client.get(await site.link(DANA))
    assert page.status_code == 200
    assert "D… R…" in page.text
    assert "d…a@a…l.com" in page.text
    assert "your billing page, with your subscription, payment method and invoices" in page.text
    assert page.text.count("<button") == 1
    assert "Continue to billing" in page.text
    assert "dana" not in page.text.lower()
    assert "reyes" not in page.text.lower()


async def test_scanners_burn_nothing(site: Site, client: Client) -> None:
    path = await site.link(DANA)
    for _ in range(5):
        assert (await client.get(path)).status_code == 200
        assert (await client.head(path)).status_code == 200
    assert (await site.row(path)).openings_left == 2


async def test_each_press_goes_to_a_fresh_portal_session(site: Site, client: Client) -> None:
    path = await site.link(DANA)
    first, second = await client.post(path), await client.post(path)
    assert [first.status_code, second.status_code] == [303, 303]
    assert first.headers["location"] != second.headers["location"]
    assert first.headers["location"].startswith(site.sandbox.stripe_api_url)
    assert first.headers["cache-control"] == "no-store"
    assert (await site.row(path)).openings_left == 0
    assert (await client.post(path)).status_code == 410


async def dead_links(site: Site) -> dict[str, str]:
    return {
        "unknown": "/p/" + "A" * 43,
        "tampered": (await site.link(DANA))[:-1] + "!",
        "not even a token": "/p/%00%ff",
        "expired": await site.link(DANA, expires_at=site.clock()),
        "revoked": await site.link(DANA, revoked_at=site.clock(), revoked_by=StaffId("U1")),
        "used up": await site.link(DANA, openings_left=0),
    }


async def test_every_dead_link_gets_the_same_friendly_page(site: Site, client: Client) -> None:
    answers = {why: await client.get(path) for why, path in (await dead_links(site)).items()}
    assert {why: answer.status_code for why, answer in answers.items()} == {
        "unknown": 404,
        "tampered": 404,
        "not even a token": 404,
        "expired": 410,
        "revoked": 410,
        "used up": 410,
    }
    assert len({answer.text for answer in answers.values()}) == 1
    assert "Ask our support for a new one" in answers["unknown"].text
    assert "https://acme.example/help" in answers["unknown"].text


async def test_a_dead_link_opens_nothing_when_it_is_pressed(site: Site, client: Client) -> None:
    for path in (await dead_links(site)).values():
        for pressed in (path, f"{path}/code"):
            answer = await client.post(pressed)
            assert answer.status_code in {404, 410}
            assert "location" not in answer.headers


async def test_the_customer_cancels_in_between(site: Site, client: Client) -> None:
    path = await site.link("quentin@roy-mail.com")
    assert (await client.get(path)).status_code == 200
    for subscription in site.sandbox.stripe.live_subscriptions(site.customer("quentin@roy-mail.com")):
        site.sandbox.stripe.cancel_now(subscription)
    answer = await client.post(path)
    assert answer.status_code == 409
    assert "no longer active" in answer.text
    assert (await site.row(path)).openings_left == 2


@pytest.mark.parametrize("fault", ["drop_before", "status"])
async def test_stripe_away_is_said_kindly_and_costs_no_opening(site: Site, client: Client, fault: Any) -> None:
    path = await site.link(DANA)
    site.sandbox.faults.add("stripe", "/v1/*", fault, times=None, status=503)
    for answer in (await client.get(path), await client.post(path)):
        assert answer.status_code == 503
        assert "Please try again in a minute" in answer.text
        assert re.search(r"<code>\w{6,}</code>", answer.text)
        assert answer.headers["retry-after"] == "30"
    assert (await site.row(path)).openings_left == 2


async def test_a_link_with_a_code_sends_it_only_when_asked(site: Site, client: Client) -> None:
    path = await site.link(DANA, needs_code=True)
    page = await client.get(path)
    assert "Send me a code" in page.text
    assert "Continue to billing" not in page.text
    assert (await site.row(path)).code_number == 0

    sent = await client.post(f"{path}/code")
    assert (sent.status_code, sent.headers["location"]) == (303, path)
    async with site.store.read() as unit:
        waiting = await unit.outbox.listed(states=["waiting"], limit=10)
    assert {type(each.effect) for each in waiting} == {EmailCode, ShowLink}
    asked = await client.get(path)
    assert 'autocomplete="one-time-code"' in asked.text
    assert "Continue to billing" in asked.text


async def test_the_code_opens_and_only_once(site: Site, client: Client) -> None:
    path = await site.link(DANA, needs_code=True)
    await client.post(f"{path}/code")
    code = await site.code(path)
    opened = await client.post(path, data={"code": f" {code[:3]} {code[3:]} "})
    assert opened.status_code == 303
    assert opened.headers["location"].startswith(site.sandbox.stripe_api_url)
    again = await client.post(path, data={"code": code})
    assert again.status_code == 422
    assert "no longer works" in again.text


async def test_a_wrong_code_says_how_many_tries_are_left_till_the_link_ends(site: Site, client: Client) -> None:
    path = await site.link(DANA, needs_code=True)
    await client.post(f"{path}/code")
    wrong = f"{(int(await site.code(path)) + 1) % 1_000_000:06}"
    said = []
    for _ in range(4):
        answer = await client.post(path, data={"code": wrong})
        assert answer.status_code == 422
        found = re.search(r"You have (\d (?:try|tries)) left", answer.text)
        assert found
        said.append(found[1])
    assert said == ["4 tries", "3 tries", "2 tries", "1 try"]
    for code in (wrong, await site.code(path)):
        assert (await client.post(path, data={"code": code})).status_code == 410
    assert (await client.get(path)).status_code == 410
    assert (await client.post(f"{path}/code")).status_code == 410
    assert (await site.row(path)).openings_left == 2


@pytest.mark.parametrize("form", [{}, {"code": ""}, {"code": "x" * 5000}, {"other": "1"}])
async def test_a_press_without_a_code_opens_nothing(site: Site, client: Client, form: dict[str, str]) -> None:
    path = await site.link(DANA, needs_code=True)
    await client.post(f"{path}/code")
    assert (await client.post(path, data=form)).status_code == 422


async def test_a_file_is_no_code(site: Site, client: Client) -> None:
    path = await site.link(DANA, needs_code=True)
    await client.post(f"{path}/code")
    code = (await site.code(path)).encode()
    assert (await client.post(path, files={"code": ("code.txt", code)})).status_code == 422


async def test_a_second_code_waits_a_minute(site: Site, client: Client) -> None:
    path = await site.link(DANA, needs_code=True)
    await client.post(f"{path}/code")
    soon = await client.post(f"{path}/code")
    assert soon.status_code == 429
    assert "We've just sent you a code" in soon.text
    assert path in soon.text
    site.clock.forward(timedelta(minutes=1))
    assert (await client.post(f"{path}/code")).status_code == 303


async def test_a_form_that_is_too_large_is_refused(site: Site, client: Client) -> None:
    path = await site.link(DANA, needs_code=True)
    assert (await client.post(path, data={"code": "1" * 20_000})).status_code == 413


async def test_twenty_presses_at_once_share_two_openings(site: Site, client: Client) -> None:
    path = await site.link(DANA)
    answers = await asyncio.gather(*(client.post(path) for _ in range(15)))
    assert sorted(answer.status_code for answer in answers) == [303] * 2 + [410] * 13


async def test_the_way_back_has_the_customer_read_afresh_and_goes_on(site: Site, client: Client) -> None:
    await client.post(await site.link(DANA))
    (session,) = [
        each
        for each in site.sandbox.stripe.ledger.all("billing_portal.session")
        if each["customer"] == site.customer(DANA)["id"]
    ][-1:]
    back = session["return_url"]
    assert re.fullmatch(r"https://billing\.acme\.example/back/[\w-]{43}", back)

    assert (await client.head(back)).status_code == 200
    async with site.store.read() as unit:
        (opened,) = await unit.outbox.listed(states=["waiting"], limit=10)
    assert isinstance(opened.effect, ShowLink)
    for _ in range(2):
        went = await client.get(back)
        assert (went.status_code, went.headers["location"]) == (303, RETURN_URL)
    async with site.store.read() as unit:
        waiting = {row.effect: row.wanted for row in await unit.outbox.listed(states=["waiting"], limit=10)}
    link_id = opened.effect.link_id
    assert waiting == {
        RefreshCustomer(CustomerId(session["customer"])): 1,
        CompareReturn(link_id): 1,
        ShowLink(link_id): 2,
    }


async def test_an_unknown_way_back_gets_the_friendly_page(client: Client) -> None:
    assert (await client.get("/back/" + "A" * 43)).status_code == 404


async def test_a_link_is_no_way_back_and_the_other_way_round(site: Site, client: Client) -> None:
    path = await site.link(DANA)
    assert (await client.get(path.replace("/p/", "/back/"))).status_code == 404


async def test_customer_gets_five_codes_an_hour_over_all_links(site: Site, client: Client) -> None:
    async def ask() -> int:
        return (await client.post(f"{await site.link(DANA, needs_code=True)}/code")).status_code

    assert [await ask() for _ in range(4)] == [303] * 4
    site.clock.forward(timedelta(minutes=30))
    assert [await ask() for _ in range(2)] == [303, 429]
    site.clock.forward(timedelta(minutes=30))
    assert [await ask() for _ in range(5)] == [303] * 4 + [429]


async def test_third_guessed_link_in_a_day_is_told(site: Site, client: Client) -> None:
    async def guess() -> bool:
        path = await site.link(DANA, needs_code=True)
        assert (await client.post(f"{path}/code")).status_code == 303
        wrong = f"{(int(await site.code(path)) + 1) % 1_000_000:06}"
        assert [(await client.post(path, data={"code": wrong})).status_code for _ in range(5)][-1] == 410
        site.wall.forward(timedelta(minutes=1))
        async with site.store.read() as unit:
            return await unit.outbox.by_key(f"guessed:{site.clock():%Y-%m-%d}:C0APPROVE1") is not None

    told = [await guess()]
    site.clock.forward(timedelta(days=1))
    told += [await guess() for _ in range(4)]

    assert told == [False, False, False, True, True]
