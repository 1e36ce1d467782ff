"""The Stripe account, the mailbox, the clock and the faults in a real browser, and the page one arrives at."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from email.message import EmailMessage

import aiosmtplib
import pytest
from playwright.async_api import Page, expect

from sandbox.seed import CUSTOMERS
from sandbox.server import Sandbox
from sandbox.stripe.ledger import Json
from tests.honesty.plugin import RECORDER
from tests.sandboxes import START, new_sandbox


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """The whole sandbox, its customers included."""
    seeded = new_sandbox()
    RECORDER.record(seeded.stripe)
    await seeded.start()
    yield seeded
    await seeded.stop()


def running(sandbox: Sandbox) -> tuple[Json, Json]:
    """Return Dana and her one subscription, which is active and not to end."""
    dana = sandbox.stripe.ledger.get("customer", CUSTOMERS["dana"].id)
    [subscription] = sandbox.stripe.live_subscriptions(dana)
    return dana, subscription


async def test_the_first_page_leads_to_four_things_to_try(page: Page, sandbox: Sandbox) -> None:
    await page.goto(sandbox.url)
    await expect(page.get_by_role("heading", name="Four things to try")).to_be_visible()
    async with page.expect_popup() as opening:
        await page.get_by_role("button", name=re.compile("^Be ")).click()
    await expect((await opening.value).get_by_text(re.compile("Cancel", re.IGNORECASE)).first).to_be_visible()

    await page.get_by_role("link", name="Type it in #support").click()
    await expect(page.get_by_role("textbox", name="Message #support")).to_have_value(
        re.compile(r"^/portal-link \S+@\S+$")
    )


async def test_customers_are_found_by_name_address_and_id_and_opened_in_a_window_of_their_own(
    page: Page, sandbox: Sandbox
) -> None:
    customer, _ = running(sandbox)
    for wanted in (customer["email"].upper(), customer["id"], CUSTOMERS["dana"].about):
        await page.goto(f"{sandbox.url}/as/agent/stripe")
        await page.get_by_role("searchbox").fill(wanted)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("link", name=customer["name"])).to_be_visible()
    await page.get_by_role("searchbox").fill("nobody of that name")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Nobody of that name, address or id.")).to_be_visible()

    await page.goto(f"{sandbox.url}/as/agent/stripe/{customer['id']}")
    async with page.expect_popup() as opening:
        await page.get_by_role("button", name="Open as customer").click()
    await (await opening.value).wait_for_url("**/stripe/portal/**")


async def test_staff_cancel_take_back_pause_and_end_a_subscription(page: Page, sandbox: Sandbox) -> None:
    customer, subscription = running(sandbox)
    await page.goto(f"{sandbox.url}/as/agent/stripe/{customer['id']}")

    await page.get_by_role("button", name="Cancel at the period’s end").click()
    await expect(page.locator(".status.ending")).to_be_visible()
    assert subscription["cancel_at_period_end"] or subscription["cancel_at"]
    await page.get_by_role("button", name="Take the cancellation back").click()
    await expect(page.locator(".status.ending")).to_have_count(0)
    await page.get_by_role("button", name="Pause collection").click()
    await expect(page.get_by_text("collection paused")).to_be_visible()
    await page.get_by_role("button", name="Cancel now").click()
    await expect(page.locator(".status.canceled")).to_be_visible()
    assert subscription["status"] == "canceled"


async def test_banks_decline_and_dispute_and_the_address_changes(page: Page, sandbox: Sandbox) -> None:
    customer, subscription = running(sandbox)
    await page.goto(f"{sandbox.url}/as/agent/stripe/{customer['id']}")

    await page.get_by_role("button", name="Let payments fail").click()
    await expect(page.get_by_text("declined by the bank")).to_be_visible()
    await page.get_by_role("button", name="Let payments succeed again").click()
    await expect(page.get_by_text("declined by the bank")).to_have_count(0)
    await page.get_by_label("E-mail address").fill("new@acme-mail.com")
    await page.get_by_role("button", name="Change the address").click()
    await expect(page.locator("dd", has_text="new@acme-mail.com")).to_be_visible()
    await page.get_by_role("button", name="Dispute the last payment").click()
    await expect(page.locator(".status.canceled")).to_be_visible()
    assert subscription["cancellation_details"]["reason"] == "payment_disputed"


async def test_a_customer_comes_back_as_somebody_new_and_somebody_is_deleted(page: Page, sandbox: Sandbox) -> None:
    customer, _ = running(sandbox)
    await page.goto(f"{sandbox.url}/as/agent/stripe/{customer['id']}")
    await page.get_by_role("button", name="Sign up anew").click()
    await page.get_by_role("searchbox").fill(customer["email"])
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("link", name=customer["name"])).to_have_count(2)

    await page.goto(f"{sandbox.url}/as/agent/stripe/{customer['id']}")
    await page.get_by_role("button", name="Delete").click()
    await expect(page.get_by_role("searchbox")).to_be_visible()
    assert customer["id"] not in sandbox.stripe.ledger.objects["customer"]


async def test_an_email_appears_by_itself_and_is_read_in_a_frame_without_power(page: Page, sandbox: Sandbox) -> None:
    await page.goto(f"{sandbox.url}/as/agent/mailbox")
    await expect(page.get_by_text("No email has come yet.")).to_be_visible()
    email = EmailMessage()
    email["From"], email["To"], email["Subject"] = ("a@northwind-mail.com", "dana@acme-mail.com", "Your <b>link</b>")
    email.set_content("plain words")
    email.add_alternative("<style>p { color: red }</style><p>rich words</p>", subtype="html")
    await aiosmtplib.send(email, hostname="127.0.0.1", port=sandbox.smtp_port, start_tls=False)

    await page.get_by_role("link", name="Your <b>link</b>").click()
    frame = page.frame_locator("iframe")
    await expect(frame.get_by_text("rich words")).to_have_css("color", "rgb(255, 0, 0)")
    assert "allow-scripts" not in str(await page.locator("iframe").get_attribute("sandbox"))
    await page.get_by_text("As plain text").click()
    await expect(page.get_by_text("plain words")).to_be_visible()


async def test_an_address_is_refused_and_accepted_again(page: Page, sandbox: Sandbox) -> None:
    await page.goto(f"{sandbox.url}/as/agent/mailbox")
    await page.get_by_label("Address to refuse").fill("dana@acme-mail.com")
    await page.get_by_role("button", name="Refuse with 550").click()
    await expect(page.get_by_text("dana@acme-mail.com is refused.")).to_be_visible()
    await page.get_by_role("button", name="Accept again").click()
    await expect(page.get_by_text("is refused.")).to_have_count(0)
    assert sandbox.mailbox.refused == []


async def test_the_clock_moves_by_steps_to_a_moment_and_to_the_next_end(page: Page, sandbox: Sandbox) -> None:
    await page.goto(f"{sandbox.url}/as/agent/clock")
    shown = page.locator(".now")
    tomorrow = sandbox.clock.now() + timedelta(days=1)
    await page.get_by_role("button", name="+ 1 day").click()
    await expect(shown).to_contain_text(f"{tomorrow.day} {tomorrow:%B %Y}")
    before = await shown.inner_text()
    await page.get_by_role("button", name="To just after the next period’s end").click()
    await expect(shown).not_to_have_text(before)
    assert sandbox.clock.now() > tomorrow + timedelta(hours=1)

    target = sandbox.clock.now() + timedelta(days=3)
    await page.get_by_label("To a moment").fill(f"{target:%Y-%m-%dT%H:%M}")
    await page.get_by_role("button", name="Move there").click()
    await expect(shown).to_have_text(f"{target:%A}, {target.day} {target:%B %Y, %H:%M} UTC")
    await page.get_by_label("To a moment").fill(f"{START:%Y-%m-%dT%H:%M}")
    await page.get_by_role("button", name="Move there").click()
    await expect(page.get_by_role("alert")).to_have_text("The clock only moves forward; that moment has passed.")


async def test_faults_are_set_shown_and_mended_and_the_bot_is_killed(page: Page, sandbox: Sandbox) -> None:
    killed: list[bool] = []
    sandbox.faults.on_kill = lambda: killed.append(True)
    await page.goto(f"{sandbox.url}/as/agent/faults")
    await page.get_by_role("button", name="Kill the bot now").click()
    await expect(page.get_by_role("alert")).to_have_text("The bot has been killed.")
    assert killed == [True]

    await page.get_by_role("button", name="Slack is down").click()
    await page.get_by_text("A fault of your own").click()
    await page.get_by_label("Path").fill("/v1/subscriptions/{id}")
    await page.get_by_label("Whose answers").select_option("stripe")
    await page.get_by_label("What happens").select_option("slow")
    await page.get_by_role("button", name="Break it").click()
    await expect(page.get_by_role("alert")).to_have_text("Give the status, as in 503, or the seconds, as in 4.")

    await page.get_by_text("A fault of your own").click()
    await page.get_by_label("Path").fill("/v1/subscriptions/{id}")
    await page.get_by_label("Whose answers").select_option("stripe")
    await page.get_by_label("What happens").select_option("slow")
    await page.get_by_label("Status or seconds").fill("2.5")
    await page.get_by_label("How often").fill("3")
    await page.get_by_role("button", name="Break it").click()
    await expect(
        page.get_by_role("row", name="stripe /v1/subscriptions/* answers late, seconds 2.5 0 of 3")
    ).to_be_visible()
    assert [(fault.side, fault.kind, fault.times) for fault in sandbox.faults.all] == [
        ("slack", "status", None),
        ("stripe", "slow", 3),
    ]

    await page.get_by_role("button", name="Mend everything").click()
    await expect(page.get_by_text("Nothing: all is well.")).to_be_visible()
    assert sandbox.faults.all == []
