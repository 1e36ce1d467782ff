"""Emails as they arrive: whom they are from and to, what they say, what their link opens, and when none is sent."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from email.utils import parseaddr

import httpx2
import pytest

from sandbox.mailbox import ReceivedEmail
from tests.bot.seen import seen
from tests.journeys.faults.kills import outbox, settled, subscriber
from tests.journeys.portal_links.questions import ask, buttons, press, warnings
from tests.journeys.world import Json, World, world

GENEROUS = {"LOOKUPS_PER_MINUTE": "1000", "LOOKUPS_PER_DAY": "10000", "REASON_WAIT": "0s"}


@pytest.fixture(scope="module")
async def w(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with world(tmp_path_factory.mktemp("emails"), settings=GENEROUS) as started:
        yield started


async def mailed(w: World, address: str, page: str = "") -> ReceivedEmail:
    """Have an agent email a link, and wait for the email."""
    answer = await ask(w, f"{address} {page}")
    await press(w, answer, "email_link", f"An email with the link is on its way to {address}", "for 5 openings")
    return (await w.sandbox.mailbox.wait_for(lambda: w.sandbox.mailbox.to(address)))[0]


def links_in(text: str) -> list[str]:
    return re.findall(r"http://127\.0\.0\.1:\d+/p/[\w-]+", text)


async def test_email_says_sender_and_purpose(w: World) -> None:
    email = await mailed(w, "dana@acme-mail.com", "card")

    assert parseaddr(email.header("From") or "") == ("Northwind", "billing@northwind-mail.com")
    assert email.to == ("dana@acme-mail.com",)
    assert email.subject == "Your link to your billing page at Northwind"
    for said in (email.text, email.html):
        assert "Hello Dana Reyes," in said
        assert "Ada Agent from Northwind" in " ".join(said.split())
        assert "change your payment method" in " ".join(said.split())
        assert "Hafenstraße 1, 20457 Hamburg" in said
        assert "https://northwind-mail.com/support" in said
        assert "Didn" in said
        assert "5 times" in said
    assert len(set(links_in(email.text) + links_in(email.html))) == 1
    assert "http" not in email.html.replace("http://127.0.0.1", "").replace("https://northwind-mail.com", "")
    assert email.header("Auto-Submitted") == "auto-generated"
    assert email.header("Message-ID")
    assert email.header("Date")
    assert max(map(len, email.text.splitlines())) < 100


async def test_emailed_link_opens_five_times(w: World) -> None:
    email = await mailed(w, "bob@lindqvist-mail.com")
    [url] = links_in(email.text)
    async with httpx2.AsyncClient(trust_env=False) as client:
        page = await client.get(url)
        assert "Continue to billing" in page.text
        assert "b…b@" in page.text or "B… L…" in page.text
        opened = [await client.post(url) for _ in range(6)]

    assert [each.status_code for each in opened] == [303] * 5 + [410]
    assert len({each.headers["location"] for each in opened[:5]}) == 5


async def test_its_link_ends_after_three_days(w: World) -> None:
    email = await mailed(w, "fay@laurent-mail.com")
    [url] = links_in(email.text)
    async with httpx2.AsyncClient(trust_env=False) as client:
        w.pass_time(hours=71, minutes=55)
        assert (await client.get(url)).status_code == 200
        w.pass_time(minutes=6)
        assert (await client.get(url)).status_code == 410


async def test_second_click_sends_no_email(w: World) -> None:
    slack = w.sandbox.slack
    answer = await ask(w, "erin@fischer-mail.com")
    blocks = answer.blocks
    await press(w, answer, "email_link", "is on its way to erin@fischer-mail.com")
    [link] = buttons(answer)["revoke_link"]
    answer.blocks = blocks  # a client that was slow to show the answer

    await slack.click("agent", answer, "email_link")
    await w.until(lambda: "revoke_link" in buttons(answer))
    await settled(w)

    assert buttons(answer)["revoke_link"] == [link]
    assert len(w.sandbox.mailbox.to("erin@fischer-mail.com")) == 1


async def test_two_clicks_send_one_email(w: World) -> None:
    slack, answer = w.sandbox.slack, await ask(w, "remy@blanc-mail.com")

    await asyncio.gather(*(slack.click("agent", answer, "email_link") for _ in range(2)))
    await w.until(lambda: "revoke_link" in buttons(answer))
    await settled(w)

    assert len(w.sandbox.mailbox.to("remy@blanc-mail.com")) == 1


async def test_refused_email_tells_the_requester(w: World) -> None:
    address = "rita.refused@scully-mail.com"
    customer = subscriber(w, "Rita Refused")["customer"]
    w.sandbox.mailbox.refuse(address, f"550 5.1.1 <{address}>: no such user")
    answer = await ask(w, address)
    before = len(warnings(w))

    await press(w, answer, "email_link", "on its way to")
    await w.until(lambda: len(warnings(w)) > before)

    [told] = warnings(w)[before:]
    assert f"for the customer `…{customer[-6:]}`, was not sent" in told.text
    assert "show the link instead" in told.text
    assert address not in told.text


async def held_up(w: World) -> None:
    """Wait till an email was tried in vain, and waits to be tried again."""

    async def tried() -> bool:
        waiting = [row for row in outbox(w, "email_link") if row["state"] == "waiting"]
        return any("cannot be reached" in (row["fault"] or "") for row in waiting)

    await w.seen(tried)


async def test_revoked_link_is_not_sent(w: World) -> None:
    subscriber(w, "Rob Revoked")
    answer = await ask(w, "rob.revoked@scully-mail.com")
    await w.sandbox.mailbox.stop()
    await press(w, answer, "email_link", "on its way to")
    await held_up(w)
    await press(w, answer, "revoke_link", "The link was revoked")
    await settled(w)
    await w.sandbox.mailbox.start()

    assert not w.sandbox.mailbox.to("rob.revoked@scully-mail.com")


async def unsent(w: World, subscription: Json, meanwhile: Callable[[], None]) -> str:
    """Have an email wait for the mail server, let something happen before it is tried again, and read why it died."""
    customer = w.sandbox.stripe.ledger.get("customer", subscription["customer"])
    answer, before = await ask(w, customer["email"]), len(warnings(w))
    await w.sandbox.mailbox.stop()
    await press(w, answer, "email_link", "on its way to")
    await held_up(w)
    held = w.sandbox.faults.add("stripe", f"/v1/customers/{customer['id']}", "hold", times=None)
    await held.reached()
    meanwhile()
    await w.sandbox.mailbox.start()
    held.release()
    await w.until(lambda: len(warnings(w)) > before)
    assert not w.sandbox.mailbox.to(customer["email"])
    return warnings(w)[-1].text


async def test_late_email_to_inactive_is_stopped(w: World) -> None:
    subscription = subscriber(w, "Lea Leaves")

    told = await unsent(w, subscription, lambda: w.sandbox.stripe.cancel_now(subscription))

    assert "the customer is no longer active" in told


async def test_late_email_to_new_address_is_stopped(w: World) -> None:
    subscription = subscriber(w, "Nina New")
    customer = w.sandbox.stripe.ledger.get("customer", subscription["customer"])

    told = await unsent(w, subscription, lambda: w.sandbox.stripe.update_email(customer, "thief@scully-mail.com"))

    assert "only a manager can have an email sent to it" in told
    assert not w.sandbox.mailbox.to("nina.new@scully-mail.com")


async def test_code_email_warns_others(w: World) -> None:
    subscriber(w, "Cora Code")
    answer = await ask(w, "cora.code@scully-mail.com")
    await press(w, answer, "show_link", "Its page first asks for a code")
    [url] = links_in(seen(answer))
    async with httpx2.AsyncClient(trust_env=False) as client:
        await client.post(f"{url}/code")
    [email] = await w.sandbox.mailbox.wait_for(lambda: w.sandbox.mailbox.to("cora.code@scully-mail.com"))

    [code] = re.findall(r"^ {4}(\d{6})$", email.text, re.MULTILINE)
    assert code in email.html
    assert code not in email.subject
    said = " ".join(email.text.split())
    assert "It works once, for the next 10 minutes" in said
    assert "Nobody at Northwind will ever ask you for it" in said
    assert "Then somebody else may have a link to yours" in said
    assert not links_in(email.text)
