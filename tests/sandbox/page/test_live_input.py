"""Inputs that tell the app of every change: a modal that answers while one types, in a real browser."""

from typing import Any

from playwright.async_api import Locator, Page, expect

from sandbox.server import Sandbox
from tests.sandbox.page.conftest import App
from tests.sandbox.page.showcase import COLOURS, mrkdwn, plain
from tests.sandbox.page.test_view import OPENER


def live(kind: str, name: str, label: str, **more: Any) -> dict[str, Any]:
    element = {"type": kind, "action_id": name, **more}
    return {"type": "input", "block_id": name, "dispatch_action": True, "label": plain(label), "element": element}


TYPING = {"dispatch_action_config": {"trigger_actions_on": ["on_character_entered"]}}
CHANGE: dict[str, Any] = {
    "type": "modal",
    "title": plain("Change the offer"),
    "submit": plain("Save"),
    "blocks": [
        live("number_input", "percent", "Percent", is_decimal_allowed=False, **TYPING),
        live("plain_text_input", "note", "Note"),
        live("datetimepicker", "at", "Send at", initial_date_time=1_764_752_400),
        live("multi_static_select", "colours", "Colours", options=COLOURS),
    ],
}


async def opened(page: Page, sandbox: Sandbox, app: App) -> Locator:
    await app.web.chat_postMessage(channel="C0CANCEL01", text="Ask", blocks=OPENER)
    await page.goto(f"{sandbox.url}/as/agent/channel/C0CANCEL01")
    await page.get_by_role("button", name="Ask").click()
    [asked] = await sandbox.slack.wait_for(lambda: app.of_type("block_actions"))
    await app.web.views_open(trigger_id=asked["trigger_id"], view=CHANGE)
    app.heard.clear()
    modal = page.get_by_role("dialog", name="Change the offer")
    await expect(modal).to_be_visible()
    return modal


async def told(sandbox: Sandbox, app: App, name: str) -> dict[str, Any]:
    """Wait until the app has heard of an element, and give its last action."""

    def heard() -> list[dict[str, Any]]:
        actions = [one["actions"][0] for one in app.of_type("block_actions")]
        return [one for one in actions if one["action_id"] == name]

    return (await sandbox.slack.wait_for(heard))[-1]


async def test_the_app_hears_while_one_types_and_its_answer_leaves_the_field_alone(
    page: Page, sandbox: Sandbox, app: App
) -> None:
    modal = await opened(page, sandbox, app)
    percent = modal.get_by_label("Percent")
    await percent.press_sequentially("2")
    assert (await told(sandbox, app, "percent"))["value"] == "2"
    view = app.of_type("block_actions")[0]["view"]
    assert view["state"]["values"]["percent"]["percent"]["value"] == "2"

    cost = {"type": "section", "text": mrkdwn("At most €14.70")}
    await app.web.views_update(view_id=view["id"], view=CHANGE | {"blocks": [*CHANGE["blocks"], cost]})
    await expect(modal.get_by_text("At most €14.70")).to_be_visible()
    await expect(percent).to_be_focused()
    await percent.press_sequentially("5")
    await expect(percent).to_have_value("25")


async def test_enter_tells_the_app_and_does_not_submit(page: Page, sandbox: Sandbox, app: App) -> None:
    modal = await opened(page, sandbox, app)
    await modal.get_by_label("Note").fill("half")
    await modal.get_by_label("Note").press("Enter")
    assert (await told(sandbox, app, "note"))["value"] == "half"
    await expect(modal).to_be_visible()
    assert app.of_type("view_submission") == []
    await expect(modal.get_by_role("alert")).to_have_count(0)


async def test_a_moment_and_several_options_are_told_as_slack_tells_them(
    page: Page, sandbox: Sandbox, app: App
) -> None:
    modal = await opened(page, sandbox, app)
    await expect(modal.get_by_label("Send at")).to_have_value("2025-12-03T09:00")
    await modal.get_by_label("Send at").fill("2025-12-04T10:30")
    assert (await told(sandbox, app, "at"))["selected_date_time"] == 1_764_844_200
    await modal.get_by_label("Colours").select_option(["Red", "Blue"])
    chosen = (await told(sandbox, app, "colours"))["selected_options"]
    assert [one["value"] for one in chosen] == ["red", "blue"]

    app.heard.clear()
    await modal.get_by_label("Colours").select_option([])
    assert (await told(sandbox, app, "colours"))["selected_options"] == []


async def test_what_is_checked_already_is_told_when_it_is_unchecked(page: Page, sandbox: Sandbox, app: App) -> None:
    boxes = {"type": "checkboxes", "action_id": "chosen", "options": COLOURS, "initial_options": COLOURS[:2]}
    home = {"type": "home", "blocks": [{"type": "actions", "block_id": "list", "elements": [boxes]}]}
    await app.web.views_publish(user_id="U0AGENT001", view=home)
    await page.goto(f"{sandbox.url}/as/agent/home")
    await page.get_by_role("checkbox", name="Red").uncheck()
    chosen = (await told(sandbox, app, "chosen"))["selected_options"]
    assert [one["value"] for one in chosen] == ["green"]
