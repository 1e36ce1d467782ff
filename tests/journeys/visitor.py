"""Somebody who opens an email's link in a browser without scripts, and presses what is there."""

from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import httpx2

from tests.journeys.page import Page
from tests.journeys.world import PATIENCE


class Visitor:
    """Somebody at a browser without scripts; stays on the page reached last."""

    def __init__(self) -> None:
        self._browser = httpx2.AsyncClient(follow_redirects=True, trust_env=False, timeout=PATIENCE)
        self.page = Page()
        self.source = ""
        self.status = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._browser.aclose()

    @property
    def words(self) -> str:
        return self.page.text

    async def open(self, url: str) -> str:
        """Open an address and read what is there."""
        return self._see(await self._browser.get(url))

    async def press(self, words: str, **typed: str) -> str:
        """Press the button that begins with these words, and read what comes."""
        found = [
            (form, name)
            for form in self.page.forms
            for name in form.buttons
            if " ".join(name.split()).startswith(words)
        ]
        assert found, f"no button {words!r} among {[list(form.buttons) for form in self.page.forms]}: {self.words}"
        form, name = found[0]
        assert form.method == "post"
        sent = form.untouched | typed | form.buttons[name]
        return self._see(await self._browser.post(urljoin(self.page.url, form.action), data=sent))

    def _see(self, answer: httpx2.Response) -> str:
        self.page = Page(str(answer.url), answer.text)
        self.source = answer.text
        self.status = answer.status_code
        return self.page.text
