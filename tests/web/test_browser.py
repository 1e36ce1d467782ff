"""The pages in a real browser: what its own rules of forms, redirects and styles make of them."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from tests.web.conftest import Site
from tests.web.offers import OfferSite
from tests.web.server import serving

DANA = "dana@acme-mail.com"


@pytest.fixture
async def address(site: Site) -> AsyncIterator[str]:
    async with serving(lambda at: site.app(public_url=at)) as at:
        yield at


@pytest.fixture
async def offers_at(offer_site: OfferSite) -> AsyncIterator[str]:
    async with serving(lambda at: offer_site.app(public_url=at)) as at:
        yield at


async def fits(page: Page) -> bool:
    """Return whether nothing of a page sticks out at the side."""
    inside: bool = await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    return inside


@pytest.mark.parametrize("width", [390, 1280])
async def test_a_person_gets_from_the_link_to_stripes_page(site: Site, address: str, page: Page, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 800})
    await page.goto(address + await site.link(DANA))
    button = page.get_by_role("button", name="Continue to billing")
    await expect(button).to_have_css("background-color", "rgb(31, 94, 255)")
    assert await fits(page)
    await button.click()
    await page.wait_for_url(f"{site.sandbox.stripe_api_url}/**")


async def test_a_person_types_the_code_with_a_slip_first(site: Site, address: str, page: Page) -> None:
    path = await site.link(DANA, needs_code=True)
    await page.goto(address + path)
    await page.get_by_role("button", name="Send me a code").click()
    field = page.get_by_label("six-digit code")
    await expect(field).to_be_focused()
    right = await site.code(path)
    await field.fill(f"{(int(right) + 1) % 1_000_000:06}")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("4 tries left")
    await page.get_by_label("six-digit code").fill(right)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{site.sandbox.stripe_api_url}/**")


@pytest.mark.parametrize("width", [390, 1280])
async def test_a_person_says_yes_changes_their_mind_and_unsubscribes(
    offer_site: OfferSite, offers_at: str, page: Page, width: int
) -> None:
    await page.set_viewport_size({"width": width, "height": 800})
    _, offer = await offer_site.leaving()
    await page.goto(offers_at + offer_site.path(offer))
    await expect(page.get_by_role("table", name="What you pay, and when")).to_contain_text("€39.20")
    assert await fits(page)
    await page.get_by_role("button", name="Continue and pay €39.20 on").click()
    await expect(page.get_by_role("heading", name="Done: your plan continues")).to_be_visible()
    assert await fits(page)

    await page.goto(offers_at + offer_site.undo_path(offer))
    assert await fits(page)
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_role("heading", name="That's undone")).to_be_visible()

    await page.goto(offers_at + await offer_site.unsubscribe_path(offer))
    assert await fits(page)
    await page.get_by_role("button", name="Unsubscribe").click()
    await expect(page.get_by_role("heading", name="You won't get any more of these emails")).to_be_visible()


async def test_a_person_who_is_gone_gets_to_checkout(offer_site: OfferSite, offers_at: str, page: Page) -> None:
    _, offer = await offer_site.left()
    await page.goto(offers_at + offer_site.path(offer))
    await page.get_by_role("button", name="Continue and pay €39.20 today").click()
    await page.wait_for_url(f"{offer_site.winback.sandbox.stripe_api_url}/**")
