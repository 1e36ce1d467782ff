"""The page to unsubscribe: one look, one press, and the one click that mail programs make (RFC 8058)."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from storage.store import SqlStore
from tests.databases import KEYRING
from tests.web.offers import OfferSite
from tests.web.page_reader import button, said


async def suppressed(offer_site: OfferSite, offer: Any) -> bool:
    async with offer_site.winback.store.read() as unit:
        return await unit.people.suppressed(offer.person_id)


async def test_a_look_asks_and_changes_nothing(offer_site: OfferSite) -> None:
    _, offer = await offer_site.leaving()
    path = await offer_site.unsubscribe_path(offer)
    async with offer_site.client() as client:
        page = await client.get(path)
        assert (await client.head(path)).status_code == 200
    assert page.status_code == 200
    assert "Stop these emails?" in said(page)
    assert "d…" in said(page)
    assert "scully" not in page.text.lower()
    assert button(page) == "Unsubscribe"
    assert page.headers["content-security-policy"].endswith("form-action 'self'")
    assert not await suppressed(offer_site, offer)


@pytest.mark.parametrize(
    "request_of",
    [
        {"data": {}, "headers": {"Sec-Fetch-Site": "same-origin"}},
        {"data": {"List-Unsubscribe": "One-Click"}},
        {"data": {"List-Unsubscribe": "One-Click"}, "headers": {"Sec-Fetch-Site": "cross-site"}},
        {"data": {"List-Unsubscribe": "One-Click"}, "headers": {"Origin": "https://mail.example"}},
        {"files": {"List-Unsubscribe": (None, "One-Click")}},
        {"content": b"anything"},
    ],
)
async def test_every_post_unsubscribes_at_once_without_a_redirect(
    offer_site: OfferSite, request_of: dict[str, Any]
) -> None:
    _, offer = await offer_site.leaving()
    path = await offer_site.unsubscribe_path(offer)
    async with offer_site.client() as client:
        done = await client.post(path, **request_of)
        again = await client.get(path)
        offered = await client.get(offer_site.path(offer))
    assert done.status_code == 200
    assert "You won't get any more of these emails" in said(done)
    assert "<form" not in done.text
    assert "You won't get any more of these emails" in said(again)
    assert offered.status_code == 410
    assert await suppressed(offer_site, offer)


async def test_a_link_that_is_none_unsubscribes_nobody(offer_site: OfferSite) -> None:
    _, offer = await offer_site.leaving()
    foreign = "/u/" + offer_site.winback.token(offer)
    async with offer_site.client() as client:
        for answer in (await client.get(foreign), await client.post(foreign)):
            assert answer.status_code == 404
            assert "This link doesn't work" in said(answer)
    assert not await suppressed(offer_site, offer)


async def test_the_link_works_while_stripe_is_away(offer_site: OfferSite) -> None:
    _, offer = await offer_site.leaving()
    path = await offer_site.unsubscribe_path(offer)
    offer_site.winback.sandbox.faults.add("stripe", "/v1/*", "status", times=None, status=503)
    async with offer_site.client() as client:
        assert button(await client.get(path)) == "Unsubscribe"
        assert (await client.post(path)).status_code == 200
    assert await suppressed(offer_site, offer)


async def test_a_store_that_is_away_asks_for_patience(offer_site: OfferSite, tmp_path: Path) -> None:
    _, offer = await offer_site.leaving()
    path = await offer_site.unsubscribe_path(offer)
    away = SqlStore(f"sqlite:///{tmp_path}/nowhere/winback.db", keyring=KEYRING, new_id=uuid4)
    flows = offer_site.winback.flows
    unsubscribing = replace(flows.unsubscribing, context=replace(flows.context, store=away))
    async with offer_site.client(unsubscribing=unsubscribing) as client:
        looked, pressed = await client.get(path), await client.post(path)
    assert looked.status_code == pressed.status_code == 503
    assert "Nothing was changed" in said(looked)
    assert "the page will tell you where things stand" in said(pressed)
    assert not await suppressed(offer_site, offer)
