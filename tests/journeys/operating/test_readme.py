"""The README's first three things to try, walked in a browser on a real demo, as anybody would on the first day."""

import asyncio
import contextlib
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import stripe
from playwright.async_api import BrowserContext, Page, expect

from bot.settings.settings import Settings
from flows.events.router import EVENT_TYPES
from sandbox.bot_process import free_port, inherited_environment
from sandbox.page.welcome import TO_TRY

README = Path(__file__).parents[3] / "README.md"
PATIENCE = 60_000.0  # milliseconds
expect.set_options(timeout=PATIENCE)


@dataclass
class Demo:
    """A running `winback demo`; `said` is all it has printed so far."""

    process: asyncio.subprocess.Process
    said: str

    @property
    def url(self) -> str:
        return self.said.split("The workspace page: ")[1].split()[0]

    async def stop(self) -> int:
        """Press Ctrl-C."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGINT)
        return await self.process.wait()


@asynccontextmanager
async def demo(directory: Path, *, port: int) -> AsyncIterator[Demo]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo", "--port", str(port),
        env={**inherited_environment(), "TMPDIR": str(directory)},
        cwd=directory,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    running = Demo(process, "")
    try:
        while "Stop with Ctrl-C" not in running.said:
            line = await process.stdout.readline()
            assert line, f"the demo ended: {running.said}"
            running.said += line.decode()
        yield running
    finally:
        await running.stop()


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Demo]:
    async with demo(tmp_path, port=free_port()) as started:
        yield started


async def cancel(portal: Page, *, reason: str) -> None:
    """Cancel the plan in the portal, and say why."""
    await portal.get_by_role("link", name="Cancel plan").click()
    await portal.get_by_role("button", name="Cancel plan").click()
    await portal.get_by_label(reason).check()
    await portal.get_by_role("button", name="Submit").click()
    await expect(portal.get_by_text("Your plan ends on")).to_be_visible()


def test_readme_page_and_demo_agree() -> None:
    words = " ".join(README.read_text(encoding="utf-8").replace("`", "").replace("**", "").split())

    for number, thing in enumerate(TO_TRY, start=1):
        assert f"{number}. {thing.title}. {thing.words}" in words


def test_readme_lists_every_setting() -> None:
    table = README.read_text(encoding="utf-8").split("## Settings")[1].split("## The rooms")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}

    assert named == {name.upper() for name in Settings.model_fields}


def test_example_settings_exist() -> None:
    lines = README.with_name(".env.example").read_text(encoding="utf-8").splitlines()
    named = {line.lstrip("#").partition("=")[0] for line in lines if re.match(r"#?[A-Z_]+=", line)}

    assert named <= {name.upper() for name in Settings.model_fields}
    assert {name.upper() for name, field in Settings.model_fields.items() if field.is_required()} <= named


def test_readme_lists_webhook_events() -> None:
    words = README.read_text(encoding="utf-8")

    assert set(re.findall(r"`((?:customer|checkout)\.[a-z._]+)`", words)) == EVENT_TYPES
    assert f"`{stripe.api_version}`" in words


async def test_things_to_try_work(running: Demo, page: Page) -> None:
    for number, thing in enumerate(TO_TRY, start=1):
        assert f" {number}. {thing.title}. {thing.words}\n" in running.said
    await page.goto(running.url)
    for thing in TO_TRY:
        await expect(page.get_by_role("heading", name=thing.title)).to_be_visible()

    await hand_over_a_link(page)
    await page.goto(running.url)
    await cancel_as_a_customer(page)
    await break_it(page, running.url)

    assert await running.stop() == 0


async def hand_over_a_link(page: Page) -> None:
    await page.get_by_role("link", name="Type it in #support").click()
    await page.get_by_label("Message #support").press("Enter")
    answer = page.get_by_role("article").filter(has_text="Only visible to you").last
    await expect(answer).to_contain_text("Dana Reyes")
    await expect(answer).to_contain_text("dana@acme-mail.com")
    await answer.get_by_role("button", name="Show the link").click()
    await page.get_by_role("dialog").get_by_role("button", name="Show").click()
    shown = page.get_by_role("article").filter(has_text="This link is for them only")
    await expect(shown).to_be_visible()
    link = re.search(r"http://\S+/p/\S+", await shown.inner_text())
    assert link is not None
    customers = await page.context.new_page()
    await customers.goto(link[0])
    await expect(customers.get_by_role("heading", name="Your billing at Northwind")).to_be_visible()
    await customers.get_by_role("button", name="Send me a code").click()
    await customers.get_by_label("The six-digit code").fill(await code_in_the_mailbox(customers.context, page.url))
    await customers.get_by_role("button", name="Continue to billing").click()
    await expect(customers.get_by_role("heading", name="Billing overview")).to_be_visible()
    await customers.close()


async def code_in_the_mailbox(context: BrowserContext, url: str) -> str:
    mailbox = await context.new_page()
    await mailbox.goto(re.sub(r"/as/.*", "/as/agent/mailbox", url))
    await mailbox.get_by_role("link", name=re.compile("code", re.IGNORECASE)).first.click()
    found = re.search(r"\b\d{6}\b", await mailbox.locator("pre.email").text_content() or "")
    assert found is not None
    await mailbox.close()
    return found[0]


async def cancel_as_a_customer(page: Page) -> None:
    async with page.expect_popup() as opened:
        await page.get_by_role("button", name="Be Dana Reyes").click()
    portal = await opened.value
    await cancel(portal, reason="It’s too expensive")
    await portal.close()
    await page.get_by_role("link", name="Look into #cancellations").click()
    card = page.get_by_role("article").filter(has_text="Dana Reyes")
    await expect(card).to_have_count(1)
    await expect(card).to_contain_text("too expensive", ignore_case=True)


async def break_it(page: Page, url: str) -> None:
    await page.get_by_role("navigation").get_by_role("link", name="Faults").click()
    await page.get_by_role("button", name="The bot dies before its next message").click()
    await expect(page.get_by_role("row").filter(has_text="chat.postMessage")).to_contain_text("0 of 1")
    await page.goto(f"{url}/as/agent/stripe?q=carol@")
    async with page.expect_popup() as opened:
        await page.get_by_role("button", name="Open as").first.click()
    portal = await opened.value
    await cancel(portal, reason="I don’t use the service enough")
    await portal.close()
    await page.goto(f"{url}/as/agent/faults")
    await expect(page.get_by_role("row").filter(has_text="chat.postMessage")).to_contain_text("1 of 1")
    await page.goto(f"{url}/as/agent/channel/C0CANCEL01")
    await expect(page.get_by_role("article").filter(has_text="Carol Whitfield")).to_have_count(1)


async def test_ports_in_use_are_replaced(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with demo(tmp_path, port=port) as started:
            assert f"Port {port} is in use; " in started.said
            assert f":{port}\n" not in started.said
            assert await started.stop() == 0
    assert not any(tmp_path.iterdir())  # noqa: ASYNC240  # a folder that is empty
