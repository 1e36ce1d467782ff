"""Modals and the home tab in a real browser."""

import copy

import pytest
from playwright.async_api import Locator, Page, expect

from sandbox.server import Sandbox
from tests.sandbox.page.conftest import App
from tests.sandbox.page.showcase import CARD, MODAL, mrkdwn, plain

OPENER = [{"type": "actions", "elements": [{"type": "button", "action_id": "ask", "text": plain("Ask"), "value": "1"}]}]


async def open_modal(page: Page, sandbox: Sandbox, app: App) -> Locator:
    """Press a button whose trigger the app answers with the modal."""
    await app.web.chat_postMessage(channel="C0CANCEL01", text="Ask", blocks=OPENER)
    await page.goto(f"{sandbox.url}/as/agent/channel/C0CANCEL01")
    await page.get_by_role("button", name="Ask").click()
    await sandbox.slack.wait_for(lambda: app.of_type("block_actions"))
    await app.web.views_open(trigger_id=app.of_type("block_actions")[0]["trigger_id"], view=MODAL)
    modal = page.get_by_role("dialog", name="How did it go?")
    await expect(modal).to_be_visible()
    return modal


async def test_what_is_required_is_asked_for_beside_its_field_before_the_app_hears(
    page: Page, sandbox: Sandbox, app: App
) -> None:
    modal = await open_modal(page, sandbox, app)
    await expect(modal.get_by_label("What did they say?")).to_be_focused()
    await modal.get_by_role("button", name="Save").click()

    await expect(modal.get_by_role("alert")).to_have_count(2)
    await expect(modal.get_by_label("What did they say?")).to_have_attribute("aria-invalid", "true")
    assert app.of_type("view_submission") == []


async def test_the_apps_own_errors_stand_beside_their_field_and_the_input_is_kept(
    page: Page, sandbox: Sandbox, app: App
) -> None:
    app.answers["view_submission"] = {"response_action": "errors", "errors": {"words": "Say a little more."}}
    modal = await open_modal(page, sandbox, app)
    await modal.get_by_label("What did they say?").fill("Too <b>dear</b>.")
    await modal.get_by_role("radio", name="Green").check()
    await modal.get_by_label("Missing feature").select_option("Blue")
    await modal.get_by_label("Call again at").fill("09:30")
    await modal.get_by_role("button", name="Save").click()

    await expect(modal.get_by_role("alert")).to_have_text("Say a little more.")
    await expect(modal.get_by_label("What did they say?")).to_have_value("Too <b>dear</b>.")
    await expect(modal.get_by_role("radio", name="Green")).to_be_checked()

    del app.answers["view_submission"]
    await modal.get_by_role("button", name="Save").click()
    await expect(modal).to_be_hidden()
    values = app.of_type("view_submission")[1]["view"]["state"]["values"]
    assert values["words"]["words"]["value"] == "Too <b>dear</b>."
    assert values["outcome"]["outcome"]["selected_option"]["value"] == "green"
    assert values["feature"]["feature"]["selected_option"]["value"] == "blue"
    assert values["when"]["when"]["selected_time"] == "09:30"


async def test_what_is_being_typed_survives_an_update_of_the_modal(page: Page, sandbox: Sandbox, app: App) -> None:
    modal = await open_modal(page, sandbox, app)
    await modal.get_by_label("What did they say?").fill("half a sen")
    view = sandbox.slack.modal("agent")
    assert view is not None
    changed = copy.deepcopy(MODAL)
    changed["blocks"].insert(0, {"type": "section", "text": mrkdwn("They called back.")})
    await app.web.views_update(view_id=view.id, view=changed)

    await expect(modal.get_by_text("They called back.")).to_be_visible()
    await expect(modal.get_by_label("What did they say?")).to_have_value("half a sen")
    await expect(modal.get_by_label("What did they say?")).to_be_focused()


@pytest.mark.parametrize("way", ["Escape", "Not now", "Close"])
async def test_a_modal_closes_by_its_button_its_cross_and_the_escape_key(
    page: Page, sandbox: Sandbox, app: App, way: str
) -> None:
    modal = await open_modal(page, sandbox, app)
    if way == "Escape":
        await page.keyboard.press("Escape")
    else:
        await modal.get_by_role("button", name=way).click()

    await expect(modal).to_be_hidden()
    await sandbox.slack.wait_for(lambda: sandbox.slack.modal("agent") is None)


async def test_opening_the_home_tab_tells_the_app_once_and_what_it_publishes_is_shown(
    page: Page, sandbox: Sandbox, app: App
) -> None:
    await page.goto(f"{sandbox.url}/as/agent/home")
    await expect(page.get_by_text("has not published a home tab for Ada Agent yet")).to_be_visible()
    blocks = [{"type": "header", "text": plain("My links")}, CARD[-1]]
    await app.web.views_publish(user_id="U0AGENT001", view={"type": "home", "blocks": blocks})
    await expect(page.get_by_role("heading", name="My links")).to_be_visible()
    await page.get_by_role("button", name="I'll talk to them").click()
    await sandbox.slack.wait_for(lambda: app.of_type("block_actions"))

    opened = [one for one in app.of_type("event_callback") if one["event"]["type"] == "app_home_opened"]
    assert len(opened) == 1
    assert app.of_type("block_actions")[0]["view"]["type"] == "home"
