"""The workspace in a real browser: reading, writing and pressing as a person does."""

import re

import pytest
from playwright.async_api import Page, expect

from sandbox.server import Sandbox
from tests.sandbox.page.conftest import App
from tests.sandbox.page.showcase import CARD, EVIL

CANCELLATIONS = "C0CANCEL01"


async def visit(page: Page, sandbox: Sandbox, path: str, *, who: str = "agent") -> None:
    await page.goto(f"{sandbox.url}/as/{who}/{path}")


async def post_card(app: App) -> str:
    posted = await app.web.chat_postMessage(channel=CANCELLATIONS, text="Dana cancelled", blocks=CARD)
    return str(posted["ts"])


async def test_a_person_writes_and_others_see_it_without_reloading(page: Page, sandbox: Sandbox) -> None:
    await visit(page, sandbox, "channel/C0GENERAL1")
    await page.get_by_role("textbox", name="Message #general").fill("Who knows *Dana*?")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("log").get_by_text("Who knows Dana?")).to_be_visible()
    await expect(page.get_by_role("textbox", name="Message #general")).to_have_value("")

    await page.get_by_role("textbox", name="Message #general").fill("half a sen")
    await sandbox.slack.say("manager", "general", "I do.")

    await expect(page.get_by_role("log").get_by_text("I do.")).to_be_visible()
    await expect(page.get_by_role("textbox", name="Message #general")).to_have_value("half a sen")


async def test_one_can_become_somebody_else_who_sees_other_channels(page: Page, sandbox: Sandbox) -> None:
    await visit(page, sandbox, "channel/C0GENERAL1")
    places = page.get_by_role("navigation", name="Workspace")
    await expect(places.get_by_role("link", name="winback-approvals")).to_have_count(0)

    await places.locator("summary").click()
    await page.get_by_role("menuitem", name="Mara Manager").click()

    await expect(page).to_have_url(f"{sandbox.url}/as/manager/channel/C0GENERAL1")
    await expect(places.get_by_role("link", name="winback-approvals (private)")).to_be_visible()

    await places.locator("summary").click()
    await page.get_by_role("menuitem", name="Otto Outsider").click()
    await expect(places.get_by_role("link", name=re.compile("shared-acme"))).to_be_visible()
    await expect(places.get_by_role("link", name="general")).to_have_count(0)


async def test_a_card_shows_every_kind_of_block_and_runs_no_markup(page: Page, sandbox: Sandbox, app: App) -> None:
    await post_card(app)
    await visit(page, sandbox, f"channel/{CANCELLATIONS}")
    card = page.get_by_role("log").get_by_role("article")

    await expect(card.get_by_role("heading", name="Dana Kim cancelled Pro")).to_be_visible()
    await expect(card.locator("strong", has_text="bold")).to_have_count(1)
    await expect(card.get_by_role("link", name="a link")).to_have_attribute("href", "https://example.com/a?b=1&c=2")
    await expect(card.locator("time").nth(1)).to_have_text("Wednesday, December 3rd, 2025 at 12:00 AM")
    await expect(card.get_by_text("@Ada Agent")).to_be_visible()
    await expect(card.locator("blockquote").nth(1)).to_have_text(f"Too dear. {EVIL} *not bold*")
    await expect(card.get_by_text("ref :x: 7f3k")).to_be_visible()
    await expect(card.get_by_role("img", name="A chart of October")).to_be_visible()
    await expect(card.get_by_role("row", name="too expensive €490")).to_be_visible()
    await expect(card.get_by_role("img", name=re.compile(r"^Lost and kept\. .*Lost, Oct: 8\."))).to_be_visible()
    await expect(page).to_have_title("#cancellations · Northwind")
    assert await page.locator("#main img, #main script").count() == 0


async def test_a_button_and_the_choices_of_an_overflow_a_select_and_checkboxes_reach_the_app(
    page: Page, sandbox: Sandbox, app: App
) -> None:
    await post_card(app)
    await visit(page, sandbox, f"channel/{CANCELLATIONS}")

    await page.get_by_role("button", name="I'll talk to them").click()
    await sandbox.slack.wait_for(lambda: len(app.of_type("block_actions")) == 1)
    await page.get_by_label("More actions").click()
    await page.get_by_role("menuitem", name="Portal link").click()
    await sandbox.slack.wait_for(lambda: len(app.of_type("block_actions")) == 2)
    await page.get_by_label("Pick a colour").select_option("green")
    await sandbox.slack.wait_for(lambda: len(app.of_type("block_actions")) == 3)
    await page.get_by_role("checkbox", name="Red").check()
    await sandbox.slack.wait_for(lambda: len(app.of_type("block_actions")) == 4)

    talk, more, colour, tags = (one["actions"][0] for one in app.of_type("block_actions"))
    assert (talk["action_id"], talk["value"]) == ("talk", "case/1")
    assert more["selected_option"]["value"] == "link"
    assert colour["selected_option"]["value"] == "green"
    assert [one["value"] for one in tags["selected_options"]] == ["red"]
    await expect(page.get_by_label("Pick a colour")).to_have_value("green")


async def test_a_confirmation_is_asked_and_only_a_yes_reaches_the_app(page: Page, sandbox: Sandbox, app: App) -> None:
    await post_card(app)
    await visit(page, sandbox, f"channel/{CANCELLATIONS}")

    await page.get_by_role("button", name="Never contact").click()
    question = page.get_by_role("dialog", name="Are you sure?")
    await question.get_by_role("button", name="Keep").click()
    await expect(question).to_be_hidden()
    assert app.of_type("block_actions") == []

    await page.get_by_role("button", name="Never contact").click()
    await question.get_by_role("button", name="Never again").click()
    await sandbox.slack.wait_for(lambda: app.of_type("block_actions"))
    assert app.of_type("block_actions")[0]["actions"][0]["action_id"] == "never"


async def test_a_card_that_changes_while_a_question_is_open_waits_for_the_answer(
    page: Page, sandbox: Sandbox, app: App
) -> None:
    ts = await post_card(app)
    await visit(page, sandbox, f"channel/{CANCELLATIONS}")
    await page.get_by_role("button", name="Never contact").click()
    question = page.get_by_role("dialog", name="Are you sure?")

    async with page.expect_response(f"{sandbox.url}/as/agent/channel/{CANCELLATIONS}"):
        await app.web.chat_update(channel=CANCELLATIONS, ts=ts, text="Dana is back")
    await expect(question).to_be_visible()

    await question.get_by_role("button", name="Keep").click()
    await expect(page.get_by_role("log").get_by_text("Dana is back")).to_be_visible()


async def test_a_link_button_tells_the_app_and_opens_its_address_in_a_new_window(
    page: Page, sandbox: Sandbox, app: App
) -> None:
    await app.web.chat_postMessage(
        channel=CANCELLATIONS,
        text="A link",
        blocks=[
            {
                "type": "actions",
                "elements": [
                    {
                        "type": "button",
                        "action_id": "open",
                        "text": {"type": "plain_text", "text": "Open"},
                        "url": f"{sandbox.url}/static/icon.svg",
                    }
                ],
            }
        ],
    )
    await visit(page, sandbox, f"channel/{CANCELLATIONS}")

    async with page.expect_popup() as opening:
        await page.get_by_role("button", name="Open", exact=True).click()
    await (await opening.value).wait_for_url("**/static/icon.svg")
    assert app.of_type("block_actions")[0]["actions"][0]["action_id"] == "open"


@pytest.mark.parametrize("kind", ["customer", "subscription"])
async def test_a_button_to_stripes_dashboard_opens_the_customer_here(
    page: Page, sandbox: Sandbox, app: App, kind: str
) -> None:
    account = sandbox.stripe
    customer = account.create_customer(email="dana@acme-mail.com", name="Dana")
    price = account.catalog.add_price(account.catalog.add_product("Pro"), 4900, "eur")
    subject = customer if kind == "customer" else account.subscribe(customer, price)
    url = f"https://dashboard.stripe.com/test/{kind}s/{subject['id']}"
    button = {
        "type": "button",
        "action_id": "open",
        "text": {"type": "plain_text", "text": "Open in Stripe"},
        "url": url,
    }
    blocks = [{"type": "actions", "elements": [button]}]
    await app.web.chat_postMessage(channel=CANCELLATIONS, text="A link", blocks=blocks)
    await visit(page, sandbox, f"channel/{CANCELLATIONS}")

    async with page.expect_popup() as opening:
        await page.get_by_role("button", name="Open in Stripe").click()
    await expect((await opening.value).get_by_role("heading", name="Dana")).to_be_visible()


async def test_an_ephemeral_message_is_seen_by_one_person_until_they_dismiss_it(
    page: Page, sandbox: Sandbox, app: App
) -> None:
    await app.web.chat_postEphemeral(channel=CANCELLATIONS, user="U0AGENT001", text="For Ada's eyes")
    await visit(page, sandbox, f"channel/{CANCELLATIONS}", who="manager")
    await expect(page.get_by_text("Nothing has been said here yet.")).to_be_visible()

    await visit(page, sandbox, f"channel/{CANCELLATIONS}")
    await expect(page.get_by_text("Only visible to you")).to_be_visible()
    await page.get_by_role("button", name="Dismiss").click()
    await expect(page.get_by_text("For Ada's eyes")).to_be_hidden()
    assert sandbox.slack.ephemerals("agent") == []


async def test_a_slash_command_goes_to_the_app_and_its_answer_is_private(
    page: Page, sandbox: Sandbox, app: App
) -> None:
    app.answers["slash_commands"] = {"response_type": "ephemeral", "text": "Looking for Dana…"}
    await visit(page, sandbox, "channel/C0SUPPORT1?draft=/portal-link%20dana@acme-mail.com")
    await page.get_by_role("button", name="Send").click()

    await expect(page.get_by_text("Looking for Dana…")).to_be_visible()
    assert app.heard[0]["text"] == "<mailto:dana@acme-mail.com|dana@acme-mail.com>"


async def test_a_command_that_nobody_answers_fails_in_slacks_words(page: Page, sandbox: Sandbox) -> None:
    await visit(page, sandbox, "channel/C0SUPPORT1?draft=/portal-link%20dana@acme-mail.com")
    await page.get_by_role("button", name="Send").click()

    await expect(page.get_by_role("alert")).to_have_text(re.compile("^/portal-link failed with the error “"))
    await expect(page.get_by_role("textbox")).to_have_value("/portal-link dana@acme-mail.com")


async def test_a_thread_opens_beside_the_channel_and_takes_replies(page: Page, sandbox: Sandbox, app: App) -> None:
    await post_card(app)
    await visit(page, sandbox, f"channel/{CANCELLATIONS}")
    await page.get_by_role("article").hover()
    await page.get_by_label("More about this message").click()
    await page.get_by_role("menuitem", name="Reply in thread").click()
    await page.get_by_role("textbox", name="Reply").fill("I called them.")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("complementary", name="Thread").get_by_text("I called them.")).to_be_visible()
    await expect(page.get_by_role("link", name="1 reply")).to_be_visible()
    await expect(page.get_by_role("log").get_by_text("I called them.")).to_have_count(0)


async def test_the_menu_of_a_message_holds_the_apps_shortcut_and_deletes(
    page: Page, sandbox: Sandbox, app: App
) -> None:
    message = await sandbox.slack.say("agent", "support", "dana@acme-mail.com wrote to us")
    await visit(page, sandbox, "channel/C0SUPPORT1")
    await page.get_by_role("article").hover()
    await page.get_by_label("More about this message").click()
    await page.get_by_role("menuitem", name="Portal link…").click()
    await sandbox.slack.wait_for(lambda: app.of_type("message_action"))
    assert app.of_type("message_action")[0]["message"]["ts"] == message.ts

    await page.get_by_role("article").hover()
    await page.get_by_label("More about this message").click()
    await page.get_by_role("menuitem", name="Delete message").click()
    await expect(page.get_by_text("Nothing has been said here yet.")).to_be_visible()
    assert sandbox.slack.messages("support") == []


async def test_the_menu_offers_no_deletion_of_anothers_message(page: Page, sandbox: Sandbox) -> None:
    await sandbox.slack.say("manager", "support", "mine")
    await visit(page, sandbox, "channel/C0SUPPORT1")
    await page.get_by_role("article").hover()
    await page.get_by_label("More about this message").click()

    await expect(page.get_by_role("menuitem", name="Reply in thread")).to_be_visible()
    await expect(page.get_by_role("menuitem", name="Delete message")).to_have_count(0)


async def test_what_is_new_is_counted_in_the_list_of_channels_until_it_is_read(page: Page, sandbox: Sandbox) -> None:
    await visit(page, sandbox, "stripe")
    await sandbox.slack.say("manager", "general", "one")
    await sandbox.slack.say("manager", "general", "two")
    general = page.get_by_role("navigation").get_by_role("link", name="general")
    await expect(general.get_by_label("2 new")).to_be_visible()

    await general.click()
    await visit(page, sandbox, "stripe")
    await expect(general.get_by_label(re.compile("new"))).to_have_count(0)


@pytest.mark.parametrize("width", [390, 1280])
async def test_nothing_is_wider_than_the_window(page: Page, sandbox: Sandbox, app: App, width: int) -> None:
    ts = await post_card(app)
    customer = sandbox.stripe.create_customer(email="dana@acme-mail.com", name="x" * 300)["id"]
    await page.set_viewport_size({"width": width, "height": 800})
    places = ["", f"channel/{CANCELLATIONS}", f"channel/{CANCELLATIONS}?thread={ts}", "home", "stripe"]
    for path in [*places, f"stripe/{customer}", "mailbox", "clock", "faults"]:
        await visit(page, sandbox, path)
        await expect(page.get_by_role("heading").first).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, path


async def test_on_a_phone_the_places_open_over_the_page(page: Page, sandbox: Sandbox) -> None:
    await page.set_viewport_size({"width": 390, "height": 800})
    await visit(page, sandbox, "channel/C0GENERAL1")
    await expect(page.get_by_role("navigation")).to_be_hidden()

    await page.get_by_role("link", name="Menu", exact=True).click()
    await page.get_by_role("navigation").get_by_role("link", name="support").click()
    await expect(page.get_by_role("heading", name="#support")).to_be_visible()
    await expect(page.get_by_role("navigation")).to_be_hidden()
