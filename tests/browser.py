"""The Chromium of the browser tests: `python -m tests.browser` makes sure there is one, the fixtures below drive it.

Where none can be had, browser tests are skipped, and fail when `CI` is `true`.
"""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.async_api import Browser, Error, Page, Playwright, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--headless",
    "--no-sandbox",  # a container's root has no user namespace to make one of
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def executable(playwright: Playwright) -> str | None:
    """Return where a Chromium is: the system's, else playwright's own, else None."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all tests of a worker; skips them without one, or fails them when `CI` is `true`."""
    async with async_playwright() as playwright:
        path = executable(playwright)
        if path is None:
            _give_up("there is no Chromium here; `make browser` looks for one")
        try:
            running = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        except Error as fault:
            _give_up(f"Chromium does not start: {fault.message.splitlines()[0]}")
        yield running
        await running.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A fresh window of 1280 px; the test fails if the page's script did, or if the page's own policy was broken."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    window = await context.new_page()
    complaints: list[str] = []
    window.on("pageerror", lambda error: complaints.append(error.message))
    # A request that fails is the sandbox's doing, often on purpose; what is left are broken policies and the like.
    window.on(
        "console",
        lambda said: (
            complaints.append(said.text)
            if said.type == "error" and not said.text.startswith("Failed to load resource")
            else None
        ),
    )
    yield window
    await context.close()
    assert complaints == []


def _give_up(reason: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


async def _there() -> bool:
    async with async_playwright() as playwright:
        return executable(playwright) is not None


def _ways() -> list[list[list[str]]]:
    """List the ways to get a Chromium on this machine, best first; each is a list of commands."""
    root = sys.platform == "linux" and os.geteuid() == 0
    own = [sys.executable, "-m", "playwright", "install", *(["--with-deps"] if root else []), "chromium"]
    release = Path("/etc/os-release")
    if root and release.exists() and "ID=debian" in release.read_text().splitlines():
        package = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]
        return [[["apt-get", "update", "-qq"], package], [own]]
    return [[own]]


def _run(command: list[str]) -> bool:
    return shutil.which(command[0]) is not None and subprocess.run(command, check=False).returncode == 0


def main() -> None:
    """Make sure that a Chromium is there; where that fails, say in one loud line what will not be tested."""
    if asyncio.run(_there()):
        return
    print("No Chromium here: installing one for the browser tests", flush=True)  # noqa: T201  # `make` shows it
    for way in _ways():
        if all(_run(command) for command in way) and asyncio.run(_there()):
            return
    loud = "*** browser tests will be skipped: no Chromium, and none could be installed ***"
    print(f"\n{loud}\n", file=sys.stderr)  # noqa: T201  # as above


if __name__ == "__main__":
    main()
