"""The pages in a real browser: what its own rules of forms, redirects and styles make of them."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn
from playwright.async_api import Page, expect

from tests.web.conftest import Site

pytestmark = pytest.mark.browser
DANA = "dana@acme-mail.com"


class Server(uvicorn.Server):
    """Says when it is ready, and leaves signals to pytest."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]  # as uvicorn's own
        yield


@pytest.fixture
async def address(site: Site) -> AsyncIterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(site.app(secure=False), lifespan="off", log_config=None, access_log=False)
        server = Server(config)
        serving = asyncio.create_task(server.serve([listening]))
        await server.ready.wait()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        await serving


@pytest.mark.parametrize("width", [390, 1280])
async def test_a_person_gets_from_the_link_to_stripes_page(site: Site, address: str, page: Page, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 800})
    await page.goto(address + await site.link(DANA))
    button = page.get_by_role("button", name="Continue to billing")
    await expect(button).to_have_css("background-color", "rgb(31, 94, 255)")
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
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
