"""`/portal-link` over signed HTTP, from the question to a link that is revoked again."""

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
import structlog

from bot.slack.reply_deadline import ReplyDeadline
from bot.views import texts
from sandbox.server import Sandbox
from sandbox.slack.messages import Message
from sandbox.slack.workspace import Workspace
from storage.store import SqlStore
from tests.bot.harness import SlackHarness, slack_harness
from tests.bot.seen import PATIENT, answer_to, seen


async def ask(slack: Workspace, text: str, *, who: str = "agent") -> Message:
    """Type the command and wait for its answer."""
    return await answer_to(slack, who, lambda: slack.command(who, "support", "/portal-link", text))


async def test_shown_link_can_be_revoked(room: SlackHarness, slack: Workspace) -> None:
    answer = await ask(slack, "lea@novak-mail.com card #4711")

    told = seen(answer)
    assert "Lea Novak" in told
    assert "lea@novak-mail.com" in told
    assert "Ask them for the card's last four digits. Don't read them out." in told
    assert "novak" not in answer.text
    await slack.click("agent", answer, "show_link")
    await slack.wait_for(lambda: "This link is for them only" in seen(answer), 20)
    assert "https://billing.example.com/p/" in seen(answer)
    assert "https://" not in answer.text
    assert answer.unfurl_links is False
    await slack.click("agent", answer, "revoke_link")
    await slack.wait_for(lambda: "The link was revoked" in seen(answer), 20)
    assert "https://" not in seen(answer)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Get a billing portal link for a customer"),
        ("help", "`/portal-link dana@acme.com card #4711`"),
        ("lea@novak-mail.com sam@petrov-mail.com", "That's two customers"),
        ("<!channel>", "a channel or a colleague, not a customer"),
        ("x" * 10_000, "too long"),
        ("nobody.at.all@example.com", "There's no customer with that address at Stripe"),
        ("cus_Unheardof00001", "There's no customer with that id at Stripe"),
        ("sub_Unheardof00001", "There's no subscription with that id at Stripe"),
        ("sven@holm-mail.com", "No active subscription, so no link was made"),
        ("lone@jensen-mail.com", "They have never had a subscription"),
    ],
)
async def test_every_other_answer_is_a_sentence(room: SlackHarness, slack: Workspace, text: str, said: str) -> None:
    answer = await ask(slack, text)

    assert said in seen(answer)
    assert "channel>" not in seen(answer)
    assert not [block for block in answer.blocks if "show_link" in str(block)]


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("nobody", "Only a support agent or a manager can do this. Ask <@U"),
        ("admin", "Only a support agent or a manager can do this. Ask <@U"),
        ("guest", "Guests of this workspace can't do this."),
    ],
)
async def test_denied_person_learns_whom_to_ask(room: SlackHarness, slack: Workspace, who: str, said: str) -> None:
    answer = await ask(slack, "lea@novak-mail.com", who=who)

    assert said in seen(answer)
    assert "Novak" not in seen(answer)


async def test_pick_one_of_several_customers(room: SlackHarness, slack: Workspace) -> None:
    answer = await ask(slack, "sam@petrov-mail.com")
    assert "2 customers match" in seen(answer)
    picks = [block["accessory"] for block in answer.blocks if block.get("accessory")]
    assert len(picks) == 2

    await slack.click("agent", answer, "pick_customer", picks[1]["value"])

    await slack.wait_for(lambda: "Ask them for the card's last four digits" in seen(answer), PATIENT)
    assert picks[1]["value"].split()[1] in str(answer.blocks)


async def test_email_goes_to_the_address_on_file(room: SlackHarness, slack: Workspace) -> None:
    answer = await ask(slack, "LEA@NOVAK-MAIL.COM")
    assert "You typed *LEA@NOVAK-MAIL.COM*" in seen(answer)
    assert "Email it to lea@novak-mail.com" in seen(answer)

    await slack.click("agent", answer, "email_link")

    await slack.wait_for(lambda: "on its way to lea@novak-mail.com" in seen(answer), PATIENT)
    assert "for 5 openings" in seen(answer)


async def test_new_address_needs_a_manager(room: SlackHarness, slack: Workspace) -> None:
    answer = await ask(slack, "mona@berg-mail.com")

    assert "*Careful:* Their address on file changed" in seen(answer)


async def test_a_name_with_markup_is_only_text(room: SlackHarness, sandbox: Sandbox, slack: Workspace) -> None:
    lea = next(each for each in sandbox.stripe.ledger.all("customer") if each.get("email") == "lea@novak-mail.com")
    name = lea["name"]
    lea["name"] = "<!channel> *Lea* \u202e" + "x" * 500
    try:
        answer = await ask(slack, "lea@novak-mail.com")
    finally:
        lea["name"] = name

    named = answer.blocks[0]["elements"][0]["elements"][0]
    assert named["type"] == "text"
    assert named["text"].startswith("<!channel> *Lea* x")
    assert len(named["text"]) <= 80


async def test_slow_stripe_is_announced(sandbox: Sandbox, store: SqlStore, slack: Workspace) -> None:
    soon = ReplyDeadline(wait=timedelta(milliseconds=300), limit=timedelta(seconds=20))
    async with slack_harness(sandbox, store, deadline=soon):
        held = sandbox.faults.add("stripe", "/v1/customers*", "hold", times=None)
        await slack.command("agent", "support", "/portal-link", "lea@novak-mail.com")
        await slack.wait_for(lambda: texts.STILL_LOOKING in [each.text for each in slack.ephemerals("agent")], PATIENT)
        held.release()
        await slack.wait_for(lambda: "Lea Novak" in seen(slack.ephemerals("agent")[-1]), PATIENT)


async def test_silent_stripe_times_out(sandbox: Sandbox, store: SqlStore, slack: Workspace) -> None:
    short = ReplyDeadline(wait=timedelta(milliseconds=200), limit=timedelta(milliseconds=600))
    async with slack_harness(sandbox, store, deadline=short):
        held = sandbox.faults.add("stripe", "/v1/customers*", "hold", times=None)
        answer = await ask(slack, "lea@novak-mail.com")
        assert "Stripe took too long, so I stopped" in seen(answer)
        held.release()


async def test_refusing_stripe_is_explained(room: SlackHarness, sandbox: Sandbox, slack: Workspace) -> None:
    sandbox.faults.add("stripe", "/v1/customers*", "status", status=500, times=None)

    assert "I can't reach Stripe right now, so nothing was done" in seen(await ask(slack, "lea@novak-mail.com"))


async def test_database_outage_shows_a_reference(room: SlackHarness, slack: Workspace, sqlite_url: str) -> None:
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")

        answer = seen(await ask(slack, "lea@novak-mail.com"))

    assert "I couldn't get through, so nothing was done" in answer
    assert "Novak" not in answer


async def test_our_errors_are_logged_by_reference(room: SlackHarness, sandbox: Sandbox, slack: Workspace) -> None:
    answer = await ask(slack, "lea@novak-mail.com")
    button = next(each for block in answer.blocks for each in block.get("elements", []) if each.get("value"))
    odd = '{"object": "list", "has_more": false, "data": [{"id": "sub_1", "object": "subscription"}]}'
    sandbox.faults.add("stripe", "/v1/subscriptions", "status", status=200, body=odd)

    with structlog.testing.capture_logs() as logs:
        await slack.click("agent", answer, button["action_id"])
        await slack.wait_for(lambda: "Something went wrong on my side" in seen(answer), PATIENT)

    crash = next(line for line in logs if line["event"] == "work_crashed")
    assert crash["reference"] in seen(answer)
    assert crash["exc_info"]
