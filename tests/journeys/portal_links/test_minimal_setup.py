"""Portal links where less is set up: no public address, and no mail server."""

import re
from collections.abc import AsyncIterator

import httpx2
import pytest

from tests.bot.seen import seen
from tests.journeys.portal_links.questions import ask, buttons, press, read
from tests.journeys.world import World, world


@pytest.fixture(scope="module")
async def private(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Socket Mode and polling: no public address."""
    async with world(tmp_path_factory.mktemp("private"), webhooks=False) as w:
        yield w


@pytest.fixture(scope="module")
async def without_email(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A public address, and no mail server."""
    async with world(tmp_path_factory.mktemp("without_email"), settings={"SMTP_URL": ""}) as w:
        yield w


async def test_no_public_url_shows_stripes_link(private: World) -> None:
    answer = await ask(private, "dana@acme-mail.com")
    assert set(buttons(answer)) == {"show_link", "open_in_stripe"}
    assert "Anyone with this link can change the card, cancel, and see invoices." in read(answer)

    said = await press(private, answer, "show_link", "This link is for them only")

    assert "It's Stripe's own link: it works for a short while and can't be revoked." in said
    assert not buttons(answer)
    [url] = re.findall(rf"{private.sandbox.stripe.portal.base_url}/[\w-]+", seen(answer))
    async with httpx2.AsyncClient(trust_env=False, follow_redirects=True) as client:
        assert "Dana" in (await client.get(url)).text


async def test_no_public_url_page_ends_at_stripe(private: World) -> None:
    answer = await ask(private, "bob@lindqvist-mail.com cancel")
    await press(private, answer, "show_link", "This link is for them only")
    [url] = re.findall(rf"{private.sandbox.stripe.portal.base_url}/[\w-]+", seen(answer))

    visit = private.sandbox.stripe.portal.find(url.rpartition("/")[2])
    assert visit is not None
    assert visit.session["flow"]["type"] == "subscription_cancel"
    assert visit.session["flow"]["after_completion"]["type"] == "hosted_confirmation"
    assert visit.session["after_expiration"]["type"] == "customer_login"


async def test_no_mail_server_needs_no_code(without_email: World) -> None:
    answer = await ask(without_email, "dana@acme-mail.com")
    assert set(buttons(answer)) == {"show_link", "open_in_stripe"}

    said = await press(without_email, answer, "show_link", "for 2 openings")

    assert "asks for a code" not in said
    [url] = re.findall(r"http://\S+/p/[\w-]+", seen(answer))
    async with httpx2.AsyncClient(trust_env=False) as client:
        assert "Continue to billing" in (await client.get(url)).text
        assert (await client.post(url)).status_code == 303
        await press(without_email, answer, "revoke_link", "The link was revoked")
        assert (await client.post(url)).status_code == 410


async def test_no_address_can_see_a_link(without_email: World) -> None:
    answer = await ask(without_email, "cus_SeedNoah")

    assert "show_link" in buttons(answer)
    assert "There's no email address on file" not in read(answer)
