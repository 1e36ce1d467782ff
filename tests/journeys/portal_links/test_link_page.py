"""A link that an agent shows: what its opener meets, from the page and the code to Stripe's portal and back."""

import re
from collections.abc import AsyncIterator

import httpx2
import pytest
from playwright.async_api import Page, expect
from sqlalchemy import select

from sandbox.slack.messages import Message
from storage import tables
from tests.bot.seen import seen
from tests.journeys.faults.kills import read as rows
from tests.journeys.faults.kills import subscriber
from tests.journeys.faults.troubles import cards_of
from tests.journeys.portal_links.questions import ask, press
from tests.journeys.world import World, world

GENEROUS = {"LOOKUPS_PER_MINUTE": "1000", "LOOKUPS_PER_DAY": "10000", "REASON_WAIT": "0s"}


@pytest.fixture(scope="module")
async def shared_world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with world(tmp_path_factory.mktemp("opening"), settings=GENEROUS) as w:
        yield w


@pytest.fixture
async def w(shared_world: World) -> AsyncIterator[World]:
    yield shared_world
    shared_world.sandbox.faults.clear()
    shared_world.sandbox.stripe.webhooks.mode = "automatic"


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(trust_env=False) as made:
        yield made


class Shown:
    """A link as an agent was shown it, for a new customer of a name of their own."""

    def __init__(self, w: World, name: str, answer: Message) -> None:
        self.w = w
        self.answer = answer
        self.address = address_of(name)
        self.url = re.findall(r"http://\S+/p/[\w-]+", seen(answer))[0]

    @property
    def codes(self) -> list[str]:
        """The codes that were mailed, oldest first."""
        emails = self.w.sandbox.mailbox.to(self.address)
        return [code for email in emails for code in re.findall(r"^ {4}(\d{6})$", email.text, re.MULTILINE)]

    async def code(self, client: httpx2.AsyncClient) -> str:
        """Ask for a new code, and read it in the email."""
        before = len(self.codes)
        asked = await client.post(f"{self.url}/code")
        assert asked.status_code == 303
        await self.w.sandbox.mailbox.wait_for(lambda: len(self.codes) > before)
        return self.codes[-1]

    async def enter(self, client: httpx2.AsyncClient) -> httpx2.Response:
        """Prove who one is by a new code, and go on."""
        return await client.post(self.url, data={"code": await self.code(client)})


def address_of(name: str) -> str:
    return f"{name.lower().replace(' ', '.')}@scully-mail.com"


async def shown(w: World, name: str, page: str = "") -> Shown:
    """Have a link shown for a new subscriber."""
    subscriber(w, name)
    answer = await ask(w, f"{address_of(name)} {page}")
    await press(w, answer, "show_link", "This link is for them only")
    return Shown(w, name, answer)


def subscription_of(w: World, name: str) -> dict[str, object]:
    [customer] = w.sandbox.stripe.ledger.all("customer", email=address_of(name))
    [subscription] = w.sandbox.stripe.ledger.all("subscription", customer=customer["id"])
    return subscription


def outcomes(w: World, name: str) -> list[str]:
    """Return the audit log's results of opening somebody's links."""
    customer, audit = subscription_of(w, name)["customer"], tables.audit.c
    opened = select(tables.audit).where(audit.whom == customer, audit.action == "open_link")
    return [row["outcome"] for row in rows(w, opened)]


# The way in


@pytest.mark.parametrize(("width", "page_asked"), [(390, "card"), (1280, "")])
async def test_mailbox_owner_reaches_the_portal(w: World, page: Page, width: int, page_asked: str) -> None:
    link = await shown(w, f"Berta Browser{width}", page_asked)
    await page.set_viewport_size({"width": width, "height": 800})
    await page.goto(link.url)
    await expect(page.get_by_text("b…r@s…l.com").or_(page.get_by_text("@s…l.com"))).to_be_visible()

    await page.get_by_role("button", name="Send me a code").click()
    await w.sandbox.mailbox.wait_for(lambda: link.codes)
    await page.get_by_label("six-digit code").fill(link.codes[0])
    await page.keyboard.press("Enter")

    await page.wait_for_url(f"{w.sandbox.stripe.portal.base_url}/**")
    await expect(page.get_by_role("heading").first).to_be_visible()


async def test_third_opening_is_refused(w: World, client: httpx2.AsyncClient) -> None:
    link = await shown(w, "Otto Openings")
    first, second = await link.enter(client), await link.enter(client)

    assert [first.status_code, second.status_code] == [303, 303]
    assert first.headers["location"] != second.headers["location"]
    assert first.headers["location"].startswith(w.sandbox.stripe.portal.base_url)
    assert (await client.get(link.url)).status_code == 410
    assert outcomes(w, "Otto Openings") == ["done", "done"]


async def test_a_scanner_burns_nothing(w: World, client: httpx2.AsyncClient) -> None:
    link = await shown(w, "Selma Scanner")
    for _ in range(4):
        assert (await client.get(link.url)).status_code == 200
        assert (await client.head(link.url)).status_code == 200

    assert not link.codes
    assert (await link.enter(client)).status_code == 303
    assert (await link.enter(client)).status_code == 303


async def test_a_code_opens_once(w: World, client: httpx2.AsyncClient) -> None:
    link = await shown(w, "Olaf Once")
    code = await link.code(client)

    assert (await client.post(link.url, data={"code": code})).status_code == 303
    again = await client.post(link.url, data={"code": code})
    assert again.status_code == 422
    assert "That code no longer works" in again.text
    assert (await client.post(link.url)).status_code == 422


async def test_fifth_wrong_code_ends_the_link(w: World, client: httpx2.AsyncClient) -> None:
    link = await shown(w, "Gerda Guessed")
    code = await link.code(client)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"

    tries = [await client.post(link.url, data={"code": wrong}) for _ in range(5)]
    assert [each.status_code for each in tries] == [422, 422, 422, 422, 410]
    assert "You have 4 tries left" in tries[0].text
    assert "You have 1 try left" in tries[3].text
    assert (await client.post(link.url, data={"code": code})).status_code == 410
    assert "guessed" in outcomes(w, "Gerda Guessed")
    await w.sandbox.slack.open_home("agent")
    await w.until(lambda: (home := w.sandbox.slack.home("agent")) and "Ended: the wrong code was typed" in seen(home))


async def test_second_shown_link_revokes_the_first(w: World, client: httpx2.AsyncClient) -> None:
    first = await shown(w, "Rita Renewed")
    again = await ask(w, address_of("Rita Renewed"))
    await press(w, again, "show_link", "This link is for them only")
    second = Shown(w, "Rita Renewed", again)

    assert [(await client.get(link.url)).status_code for link in (first, second)] == [410, 200]


async def test_fifth_try_may_be_right(w: World, client: httpx2.AsyncClient) -> None:
    link = await shown(w, "Frida Fifth")
    code = await link.code(client)
    for _ in range(4):
        await client.post(link.url, data={"code": f"{(int(code) + 1) % 1_000_000:06}"})

    assert (await client.post(link.url, data={"code": code})).status_code == 303
    assert (await link.enter(client)).status_code == 303


async def test_code_lasts_ten_minutes(w: World, client: httpx2.AsyncClient) -> None:
    link = await shown(w, "Edna Expired")
    code = await link.code(client)
    assert (await client.post(f"{link.url}/code")).status_code == 429

    w.pass_time(minutes=11)

    assert (await client.post(link.url, data={"code": code})).status_code == 422
    assert (await link.enter(client)).status_code == 303


# Closed doors


async def test_dead_links_look_alike(w: World, client: httpx2.AsyncClient) -> None:
    used, revoked, at_home, expired, guessed = [await shown(w, f"Dora Dead{number}") for number in range(5)]
    for _ in range(2):
        await used.enter(client)
    await press(w, revoked.answer, "revoke_link", "The link was revoked")
    await revoke_at_home(w, at_home)
    await guessed.code(client)
    for _ in range(5):
        await client.post(guessed.url, data={"code": "guess"})
    dead = {link.url: 410 for link in (used, revoked, at_home, guessed)}
    for url, status in dead.items():
        assert (await client.get(url)).status_code == status
    w.pass_time(hours=1)

    dead |= {expired.url: 410, expired.url[:-1] + "~": 404, f"{w.environment['PUBLIC_URL']}/p/{'A' * 43}": 404}
    for method in ("GET", "POST"):
        answers = {url: await client.request(method, url) for url in dead}
        assert {url: answer.status_code for url, answer in answers.items()} == dead
        assert len({answer.text for answer in answers.values()}) == 1
        assert "This link doesn't work" in answers[used.url].text


async def revoke_at_home(w: World, link: Shown) -> None:
    """Press *Revoke* beside the newest link on the agent's home tab, and see the tab say so."""
    slack = w.sandbox.slack
    await slack.open_home("agent")
    tail = str(subscription_of(w, "Dora Dead2")["customer"])[-6:]
    await w.until(lambda: (home := slack.home("agent")) and f"…{tail}" in seen(home))
    home = slack.home("agent")
    assert home is not None
    block = next(each for each in home.blocks if f"…{tail}" in each.get("text", {}).get("text", ""))
    await slack.click("agent", home, "revoke_link", block["accessory"]["value"])
    await w.until(lambda: (modal := slack.modal("agent")) and "The link was revoked" in seen(modal))
    slack.reload("agent")


async def test_inactive_customer_gets_a_page(w: World, client: httpx2.AsyncClient) -> None:
    link = await shown(w, "Lars Left")
    code = await link.code(client)
    w.sandbox.stripe.cancel_now(subscription_of(w, "Lars Left"))

    answer = await client.post(link.url, data={"code": code})

    assert answer.status_code == 409
    assert "This subscription is no longer active" in answer.text
    assert outcomes(w, "Lars Left") == ["refused"]


async def test_finished_page_says_so(w: World, client: httpx2.AsyncClient) -> None:
    link = await shown(w, "Carl Cancels", "cancel")
    assert (await link.enter(client)).status_code == 303
    w.sandbox.stripe.portal_cancel(subscription_of(w, "Carl Cancels"), "unused")

    answer = await link.enter(client)

    assert answer.status_code == 409
    assert "This page is no longer needed" in answer.text
    assert "no longer active" not in answer.text


async def test_refused_opening_is_not_counted(w: World, client: httpx2.AsyncClient) -> None:
    link = await shown(w, "Udo Unlucky")
    code = await link.code(client)
    w.sandbox.faults.add("stripe", "/v1/billing_portal/sessions", "status", status=500)

    unlucky = await client.post(link.url, data={"code": code})

    assert unlucky.status_code == 503
    assert "your link still works" in unlucky.text
    [reference] = re.findall(r"<code>(\w+)</code>", unlucky.text)
    assert reference in w.log.read_text()
    assert (await client.post(link.url, data={"code": code})).status_code == 303
    assert (await link.enter(client)).status_code == 303


# The way back


async def test_return_rereads_subscriptions(w: World, client: httpx2.AsyncClient) -> None:
    link = await shown(w, "Betty Back")
    session = await link.enter(client)
    visit = w.sandbox.stripe.portal.find(session.headers["location"].rpartition("/")[2])
    assert visit is not None
    back = visit.session["return_url"]
    assert back.startswith(f"{w.environment['PUBLIC_URL']}/back/")
    w.sandbox.stripe.webhooks.mode = "held"
    w.sandbox.stripe.portal_cancel(subscription_of(w, "Betty Back"), "too_expensive")
    assert (await client.head(back)).status_code == 200
    assert not cards_of(w, "Betty Back")

    returned = await client.get(back)

    assert "You're back" in returned.text
    await w.until(lambda: cards_of(w, "Betty Back"))


async def test_a_way_back_opens_nothing(w: World, client: httpx2.AsyncClient) -> None:
    link = await shown(w, "Bruno Back")
    session = await link.enter(client)
    visit = w.sandbox.stripe.portal.find(session.headers["location"].rpartition("/")[2])
    assert visit is not None
    token = visit.session["return_url"].rpartition("/")[2]

    assert (await client.get(f"{w.environment['PUBLIC_URL']}/p/{token}")).status_code == 404
    assert (await client.get(f"{w.environment['PUBLIC_URL']}/back/{link.url.rpartition('/')[2]}")).status_code == 404
