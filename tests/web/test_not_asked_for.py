"""*I didn't ask for this*: the page ends the link and tells the staff once; opening it does nothing."""

import httpx2

from flows.effects import AlertUnaskedLink
from flows.portal_links.not_asked_for import unasked_token
from tests.databases import KEYRING
from tests.web.conftest import Site
from tests.web.page_reader import said


async def unasked(site: Site, path: str) -> str:
    return f"/n/{unasked_token(KEYRING, await site.row(path))}"


async def told(site: Site, path: str) -> list[str]:
    link = await site.row(path)
    async with site.store.read() as unit:
        rows = [await unit.outbox.by_key(f"unasked:{link.id}:{to}") for to in ("C0APPROVE1", "U1")]
    return [row.effect.to for row in rows if row is not None and isinstance(row.effect, AlertUnaskedLink)]


async def recorded(site: Site) -> list[tuple[str, str]]:
    async with site.store.read() as unit:
        entries = [each.entry for each in await unit.audit.rows(after=0, limit=100)]
    return [(each.who, each.outcome) for each in entries if each.action == "not_asked_for"]


async def test_scanners_do_nothing(site: Site, client: httpx2.AsyncClient) -> None:
    path = await site.link("dana@acme-mail.com")
    for _ in range(3):
        page = await client.get(await unasked(site, path))
        assert page.status_code == 200
        assert (await client.head(await unasked(site, path))).status_code == 200
    assert "Opening this page changes nothing." in said(page)
    assert (await site.row(path)).revoked_at is None
    assert await told(site, path) == []


async def test_the_press_ends_the_link_and_tells_once(site: Site, client: httpx2.AsyncClient) -> None:
    path = await site.link("dana@acme-mail.com")
    for _ in range(2):
        done = await client.post(await unasked(site, path))
        assert done.status_code == 200
        assert "The link no longer works, and we've told our team." in said(done)
    assert (await client.get(path)).status_code == 410
    assert await told(site, path) == ["C0APPROVE1", "U1"]
    assert await recorded(site) == [("customer", "ended")]
    assert "Thank you for telling us" in said(await client.get(await unasked(site, path)))


async def test_a_used_link_is_told_of_too(site: Site, client: httpx2.AsyncClient) -> None:
    path = await site.link("dana@acme-mail.com", openings_left=0)
    await client.post(await unasked(site, path))
    assert await told(site, path) == ["C0APPROVE1", "U1"]


async def test_other_tokens_end_nothing(site: Site, client: httpx2.AsyncClient) -> None:
    path = await site.link("dana@acme-mail.com")
    good = await unasked(site, path)
    for token in (good[:-1], f"{good}x", path.replace("/p/", "/n/"), "/n/" + "A" * 43, "/n/ß"):
        assert (await client.post(token)).status_code == 404
    assert (await site.row(path)).revoked_at is None
    assert (await client.post(good.replace("/n/", "/p/"))).status_code == 404
