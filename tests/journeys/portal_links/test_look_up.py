"""Whom an agent finds, and whom not: spellings, searches that lag or fail, several customers, late clicks."""

import asyncio
import re
import time
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import RowMapping, select

from bot.assembly.program import REPLY_DEADLINE
from bot.views import texts
from sandbox.slack import payloads
from sandbox.slack.messages import Message
from storage import tables
from tests.bot.seen import modal_of, seen
from tests.journeys.faults import kills
from tests.journeys.faults.kills import subscriber
from tests.journeys.portal_links.questions import ask, buttons, press, read
from tests.journeys.world import World, world

GENEROUS = {"LOOKUPS_PER_MINUTE": "1000", "LOOKUPS_PER_DAY": "10000", "REASON_WAIT": "0s"}


@pytest.fixture(scope="module")
async def shared_world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with world(tmp_path_factory.mktemp("finding"), settings=GENEROUS) as w:
        yield w


@pytest.fixture
async def w(shared_world: World) -> AsyncIterator[World]:
    yield shared_world
    shared_world.sandbox.faults.clear()
    shared_world.sandbox.stripe.search.available = True


def recorded(w: World, **which: str) -> list[RowMapping]:
    """Return the audit log's rows with these values, oldest first."""
    audit = tables.audit.c
    conditions = [audit[name] == value for name, value in which.items()]
    return list(kills.read(w, select(tables.audit).where(*conditions).order_by(audit.number)))


# Spellings and searches


async def test_address_case_does_not_matter(w: World) -> None:
    customer = w.sandbox.stripe.ledger.get("customer", subscriber(w, "Zoe Lag")["customer"])
    w.sandbox.stripe.search.lag = 3600

    answer = await ask(w, "ZOE.LAG@Scully-Mail.com")

    assert "Zoe Lag" in read(answer)
    assert "You typed *ZOE.LAG@Scully-Mail.com*; the address on file is written zoe.lag@" in read(answer)
    assert recorded(w, whom=customer["id"], action="portal_link")[-1]["outcome"] == "found 1"
    w.sandbox.stripe.search.lag = 2


async def test_a_domain_is_found_in_its_other_spelling(w: World) -> None:
    customer = subscriber(w, "Ida Idn")["customer"]
    account = w.sandbox.stripe
    account.update_email(account.ledger.get("customer", customer), "ida@xn--mller-kva.de")

    answer = await ask(w, "Ida@müller.de.")

    assert "You typed *Ida@müller.de*; the address on file is written ida@xn--mller-kva.de" in read(answer)
    assert recorded(w, whom=customer, action="portal_link")[-1]["outcome"] == "found 1"


@pytest.mark.parametrize("typed", ["dana@acme-mail.com", "sven@holm-mail.com", "lone@jensen-mail.com"])
async def test_without_search_one_is_confirmed(w: World, typed: str) -> None:
    w.sandbox.stripe.search.available = False

    answer = await ask(w, typed)

    assert "I could not check other spellings of the address: there may be a second customer" in read(answer)
    assert set(buttons(answer)) == {"confirm_spelling", "open_in_stripe"}
    await press(w, answer, "confirm_spelling", "Found: an active" if "dana" in typed else "No active subscription")


async def test_without_search_none_is_uncertain(w: World) -> None:
    w.sandbox.stripe.search.available = False

    several, nobody = await ask(w, "sam@petrov-mail.com"), await ask(w, "who.knows@nowhere-mail.com")

    assert "2 customers match" in read(several)
    assert "other spellings were not checked" in read(several)
    assert "Stripe's search didn't answer, so other spellings weren't checked" in read(nobody)


async def test_quotes_do_not_break_the_search(w: World) -> None:
    answer = await ask(w, 'o"brien\\@acme-mail.com', raw=True)
    quoted = await ask(w, "o'brien@acme-mail.com", raw=True)

    assert texts.NO_ADDRESS in read(answer)
    assert "There's no customer with that address at Stripe" in read(quoted)


# Several customers


async def two_of_one_address(w: World, name: str) -> Message:
    """Make two customers with one address, one of whom has left, and return the question which is meant."""
    live, gone = subscriber(w, name), subscriber(w, name)
    w.sandbox.stripe.cancel_now(gone)
    answer = await ask(w, f"{name.lower().replace(' ', '.')}@scully-mail.com")
    assert buttons(answer)["pick_customer"][0].split()[1] == live["customer"]
    return answer


async def test_only_who_is_active_can_be_picked(w: World) -> None:
    answer = await two_of_one_address(w, "Paula Pick")

    assert "Pro · canceled · since" in read(answer)
    assert len(buttons(answer)["pick_customer"]) == 1
    await press(w, answer, "pick_customer", "Found: an active customer", "Paula Pick")
    assert recorded(w, action="pick")[-1]["outcome"] == "done"


async def test_forged_pick_finds_nobody(w: World) -> None:
    answer = await two_of_one_address(w, "Frida Forged")
    button = next(block["accessory"] for block in answer.blocks if block.get("accessory"))
    button["value"] = f"{button['value'].split()[0]} cus_SeedDana"

    await press(w, answer, "pick_customer", texts.BUTTON_EXPIRED)


async def test_pick_of_inactive_is_refused(w: World) -> None:
    answer = await two_of_one_address(w, "Lena Left")
    for each in w.sandbox.stripe.ledger.all("customer", email="lena.left@scully-mail.com"):
        for subscription in w.sandbox.stripe.live_subscriptions(each):
            w.sandbox.stripe.cancel_now(subscription)

    await press(w, answer, "pick_customer", "No active subscription, so no link was made")


async def test_colleagues_cannot_use_my_buttons(w: World) -> None:
    slack, answer = w.sandbox.slack, await ask(w, "dana@acme-mail.com")
    [value] = buttons(answer)["show_link"]
    forged = {"type": "button", "action_id": "show_link", "block_id": "b", "value": value}
    told = payloads.block_actions(slack, slack.person("manager"), answer, forged)

    await slack.deliveries.interact("interactive", told)

    await w.until(lambda: texts.BUTTON_EXPIRED in read(answer))
    assert not recorded(w, who="U0MANAGER1", action="show_link")


async def test_picked_subscription_is_opened(w: World) -> None:
    answer = await ask(w, "yara@haddad-mail.com cancel")
    first, second = buttons(answer)["pick_subscription"]

    await press(w, answer, "pick_subscription", "for the page to cancel", value=second)
    await press(w, answer, "show_link", "This link is for them only")

    [link] = [each for each in kills.read(w, select(tables.links)) if each["customer_id"] == "cus_SeedYara"]
    assert link["subscription_id"] == second.split()[2] != first.split()[2]


async def test_many_subscriptions_are_counted_and_told_apart(w: World) -> None:
    stripe, first = w.sandbox.stripe, subscriber(w, "Hugo Hosting")
    customer = stripe.ledger.get("customer", first["customer"])
    for number in range(22):
        site = stripe.subscribe(customer, stripe.ledger.get("price", "price_SeedProEur"))
        site |= {"description": f"site-{number}.example"} if number % 2 else {"metadata": {"site": f"*{number}*"}}

    picker = await ask(w, "hugo.hosting@scully-mail.com cancel")
    plain = await ask(w, "hugo.hosting@scully-mail.com")

    for answer in (picker, plain):
        assert "15 of 23 are listed. Use the `sub_…` id instead." in read(answer)
    assert len(buttons(picker)["pick_subscription"]) == 15
    rows = [block["text"]["text"] for block in picker.blocks if block.get("accessory")]
    assert len({re.sub(r"`….{6}`", "", row) for row in rows}) == 15
    assert "site-21.example" in rows[0]
    assert "site: *20*" in rows[1]
    assert f"`…{first['id'][-6:]}`" not in read(picker)
    assert "for the page to cancel" in read(await ask(w, f"{first['id']} cancel"))


async def test_many_customers_are_counted_the_live_ones_first(w: World) -> None:
    account = w.sandbox.stripe
    for _ in range(16):
        account.create_customer(name="Max Many", email="max.many@scully-mail.com")
    live = subscriber(w, "Max Many")

    answer = await ask(w, "max.many@scully-mail.com")

    assert "17 customers match" in read(answer)
    assert "15 of 17 are listed. Use the `cus_…` id instead." in read(answer)
    [only] = buttons(answer)["pick_customer"]
    assert only.split()[1] == live["customer"]


async def test_ended_subscription_asks_again(w: World) -> None:
    answer = await ask(w, "sub_SeedTessa cancel")

    assert "They have several subscriptions, and that page is about one" in read(answer)
    [only] = buttons(answer)["pick_subscription"]
    assert only.split()[2] == "sub_SeedTessa2"


async def test_disallowed_page_names_its_setting(w: World) -> None:
    answer = await ask(w, "dana@acme-mail.com pause")

    assert "Stripe's setting for it is `features.subscription_pause.enabled`" in read(answer)
    assert not buttons(answer)


# Fresh addresses


async def test_new_address_email_needs_a_manager(w: World) -> None:
    for_support = await ask(w, "mona@berg-mail.com")
    assert "Only a manager can have the link emailed" in read(for_support)
    assert "email_link" not in buttons(for_support)

    for_manager = await ask(w, "mona@berg-mail.com", who="manager")
    assert "Their address on file changed" in read(for_manager)
    await press(w, for_manager, "email_link", "on its way to mona@berg-mail.com", who="manager")
    await w.sandbox.mailbox.wait_for(lambda: w.sandbox.mailbox.to("mona@berg-mail.com"))


async def test_changed_address_is_noticed(w: World) -> None:
    customer = w.sandbox.stripe.ledger.get("customer", subscriber(w, "Nadia Now")["customer"])
    answer = await ask(w, "nadia.now@scully-mail.com")
    w.sandbox.stripe.update_email(customer, "somebody.else@scully-mail.com")

    await press(w, answer, "email_link", "Only a manager can do this")

    assert recorded(w, action="mail_to_changed_address", whom=customer["id"])[-1]["outcome"] == "denied"
    assert not w.sandbox.mailbox.to("somebody.else@scully-mail.com")


# Other ways to ask, and what cannot be read


async def asked_by_menu(w: World, message: Message) -> str:
    """Use the shortcut, send the form as it opens, and return what the modal says then."""
    slack = w.sandbox.slack
    slack.reload("agent")
    await slack.shortcut("agent", message, "portal_link")
    form = await modal_of(slack, "agent")
    await slack.submit("agent", form)
    await w.until(lambda: not form.content.get("submit") and texts.STILL_LOOKING not in seen(form))
    return seen(form)


async def test_shortcut_works_in_threads(w: World) -> None:
    slack = w.sandbox.slack
    message = await slack.say("manager", "support", "Can you help dana@acme-mail.com with her card?")
    reply = await slack.say("manager", "support", "sven@holm-mail.com has the same", thread=message)
    assert "Dana Reyes" in await asked_by_menu(w, message)
    assert "No active subscription" in await asked_by_menu(w, reply)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", texts.USAGE),
        ("help", texts.USAGE),
        ("dana@acme-mail.com bob@lindqvist-mail.com", texts.TWO_CUSTOMERS),
        ("<mailto:eve@acme-mail.com|dana@acme-mail.com>", texts.MISLEADING_LABEL),
        ("x" * 10_000, texts.TOO_LONG),
        ("<!channel>", texts.MENTION),
        ("<@U0AGENT002>", texts.MENTION),
        ("cus_Unheardof00001", "There's no customer with that id at Stripe"),
        ("sub_Unheardof00001", "There's no subscription with that id at Stripe"),
        ("dana@acme-mail.com refund", 'I don\'t recognise "refund".'),
        ("dana@acme-mail.com card plan", texts.TWO_PURPOSES),
    ],
)
async def test_invalid_text_gets_one_sentence(w: World, typed: str, sentence: str) -> None:
    answer = await ask(w, typed, raw=True)

    assert sentence in read(answer)
    for markup in ("<!channel", "<@U0AGENT002", "eve@", "xxxx"):
        assert markup not in read(answer)
    assert not buttons(answer)


# What is recorded


async def test_lookups_are_logged_without_address(w: World) -> None:
    await ask(w, "fay@laurent-mail.com #4711")
    await ask(w, "nobody.there@nowhere-mail.com")
    await ask(w, "nobody.there@nowhere-mail.com")
    await ask(w, "fay@laurent-mail.com", who="nobody")

    found, *unknown = recorded(w, action="portal_link", who="U0AGENT001")[-3:]
    assert (found["whom"], found["outcome"], found["note"]) == ("cus_SeedFay", "found 1", "4711")
    assert unknown[0]["whom"] == unknown[1]["whom"]
    assert unknown[0]["outcome"] == "found 0"
    denied = recorded(w, who="U0NOBODY01")[-1]
    assert (denied["action"], denied["outcome"], denied["note"]) == ("portal_link", "denied", "no_role")
    assert "@" not in str(recorded(w))


async def test_links_and_emails_are_logged(w: World) -> None:
    answer = await ask(w, "rhea@costa-mail.com card #12")
    await press(w, answer, "show_link", "This link is for them only")
    await press(w, answer, "revoke_link", "The link was revoked")

    shown, revoked = recorded(w, whom="cus_SeedRhea")[-2:]
    assert (shown["action"], shown["outcome"]) == ("show_link", "shown")
    assert shown["note"].endswith(" 12")
    assert (revoked["action"], revoked["outcome"]) == ("revoke_own", "done")


# A Stripe that says no, and a slow one


async def test_missing_read_permission_is_named(w: World) -> None:
    w.sandbox.stripe.access.permissions.discard("rak_subscription_read")
    try:
        refused = read(await ask(w, "dana@acme-mail.com"))
    finally:
        w.sandbox.stripe.access.permissions.add("rak_subscription_read")

    assert "Stripe doesn't let me do this" in refused
    assert "rak_subscription_read" in refused


async def test_failures_show_a_logged_reference(w: World) -> None:
    for action, page in (("show_link", ""), ("email_link", ""), ("pick_subscription", "cancel")):
        answer = await ask(w, f"yara@haddad-mail.com {page}")
        w.sandbox.faults.add("stripe", "/v1/customers/*", "status", status=500, times=None)
        value = buttons(answer)[action][0]
        said = await press(w, answer, action, "I can't reach Stripe right now, so nothing was done", value=value)
        w.sandbox.faults.clear()
        [reference] = re.findall(r"\(Reference (\w+)\)", said.splitlines()[0])
        assert reference in w.log.read_text()


async def test_fast_stripe_needs_no_notice(w: World) -> None:
    w.sandbox.faults.add("stripe", "/v1/customers", "slow", seconds=0.5, times=None)
    for _ in range(20):  # till one is answered as quickly as a machine with nothing else to do answers all
        before, began = len(w.sandbox.slack.ephemerals("agent")), time.monotonic()
        await ask(w, "dana@acme-mail.com")
        if time.monotonic() - began < REPLY_DEADLINE.wait.total_seconds():
            break

    assert len(w.sandbox.slack.ephemerals("agent")) == before + 1


async def test_slow_stripe_is_announced(w: World) -> None:
    held = w.sandbox.faults.add("stripe", "/v1/customers", "hold", times=None)
    slack = w.sandbox.slack
    slack.reload("agent")

    told = await slack.command("agent", "support", "/portal-link", "dana@acme-mail.com")
    await w.until(lambda: slack.ephemerals("agent"), patience=4)

    assert told.took_ms < 1000
    assert [each.text for each in slack.ephemerals("agent")] == [texts.STILL_LOOKING]
    held.release()
    await w.until(lambda: len(slack.ephemerals("agent")) == 2)
    assert "Dana Reyes" in read(slack.ephemerals("agent")[1])


async def test_silent_stripe_times_out_at_15s(w: World) -> None:
    w.sandbox.faults.add("stripe", "/v1/customers*", "hold", times=None)

    async with asyncio.timeout(15):
        answer = await ask(w, "dana@acme-mail.com")

    assert read(answer).startswith((texts.LOOKUP_TIMED_OUT, "I can't reach Stripe right now"))
