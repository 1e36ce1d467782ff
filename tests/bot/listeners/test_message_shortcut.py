"""The message shortcut: the same question in a form, the same answer in its modal."""

from datetime import timedelta

from bot.slack.reply_deadline import ReplyDeadline
from sandbox.server import Sandbox
from sandbox.slack.messages import Message
from sandbox.slack.views import View
from sandbox.slack.workspace import Workspace
from storage.store import SqlStore
from tests.bot.harness import SlackHarness, slack_harness
from tests.bot.seen import PATIENT, modal_of, seen


async def opened(slack: Workspace, text: str) -> View:
    slack.reload("agent")
    message: Message = await slack.say("manager", "support", text)
    told = await slack.shortcut("agent", message, "portal_link")
    assert told.acknowledged
    return await modal_of(slack, "agent")


async def test_shortcut_fills_in_the_address(room: SlackHarness, slack: Workspace) -> None:
    form = await opened(slack, "Please help lea@novak-mail.com, her card expired")

    await slack.submit("agent", form, {"purpose": "card", "ticket": "#4711"})
    await slack.wait_for(lambda: "Lea Novak" in seen(form), PATIENT)
    await slack.click("agent", form, "show_link")
    await slack.wait_for(lambda: "This link is for them only" in seen(form), PATIENT)
    await slack.click("agent", form, "revoke_link")
    await slack.wait_for(lambda: "The link was revoked" in seen(form), PATIENT)


async def test_invalid_entry_is_marked(room: SlackHarness, slack: Workspace) -> None:
    form = await opened(slack, "no address here")

    for typed, said in (("dana", "neither an email address"), ("help", "Which customer?")):
        await slack.submit("agent", form, {"who": typed})
        assert said in form.errors["who"]
    await slack.submit("agent", form, {"who": "lea@novak-mail.com", "ticket": "from lea@novak-mail.com"})
    assert "An email address can't be one" in form.errors["ticket"]


async def test_slow_stripe_still_answers_the_form(sandbox: Sandbox, store: SqlStore, slack: Workspace) -> None:
    soon = ReplyDeadline(wait=timedelta(milliseconds=300), limit=timedelta(seconds=20))
    async with slack_harness(sandbox, store, deadline=soon):
        form = await opened(slack, "lea@novak-mail.com")
        held = sandbox.faults.add("stripe", "/v1/customers*", "hold", times=None)

        await slack.submit("agent", form)

        assert "Stripe is slow. Still looking" in seen(form)
        held.release()
        await slack.wait_for(lambda: "Lea Novak" in seen(form), PATIENT)
