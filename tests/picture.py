"""Takes the README's picture, `docs/workspace.png`: `python -m tests.picture`.

The signs on the cards need a font with emoji, such as Debian's fonts-noto-color-emoji.
"""

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import async_playwright

from sandbox.slack.seed import CANCELLATIONS
from tests.browser import ARGUMENTS, executable
from tests.journeys.subscriber import seeded
from tests.journeys.world import World, world

PICTURE = Path(__file__).parents[1] / "docs" / "workspace.png"


async def tell(w: World) -> None:
    """Let one customer come back and one leave with words, so that a card of each kind is seen."""
    bob, dana = seeded(w.sandbox, "bob"), seeded(w.sandbox, "dana")
    w.sandbox.stripe.portal_cancel(bob, "unused")
    await w.card_of(bob, "paid so far")
    w.sandbox.stripe.take_back(bob)
    await w.card_of(bob, "back since")
    w.sandbox.stripe.portal_cancel(dana, "missing_features", "Love it, but without an export for our accountant…")
    await w.card_of(dana, "paid so far")


async def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        async with world(Path(directory)) as w, async_playwright() as playwright:
            await tell(w)
            browser = await playwright.chromium.launch(executable_path=executable(playwright), args=ARGUMENTS)
            page = await browser.new_page(viewport={"width": 1280, "height": 520})
            await page.goto(f"{w.sandbox.url}/as/agent/channel/{CANCELLATIONS}")
            await page.screenshot(path=PICTURE)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
