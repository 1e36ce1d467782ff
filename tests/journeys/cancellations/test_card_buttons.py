"""The buttons of a card, pressed by the people they are for and by those they are not for."""

import asyncio
import copy
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from sandbox.slack import payloads
from sandbox.slack.messages import Message
from sandbox.slack.views import View
from sandbox.stripe.ledger import Json
from storage import tables
from tests.bot.seen import answer_to, modal_of
from tests.journeys.card_reader import head, nothing_more, seen
from tests.journeys.faults.kills import read
from tests.journeys.subscriber import seeded
from tests.journeys.world import World, world

STRIPE, TALK, HAND_BACK = "Open in Stripe", "I'll talk to them", "Hand back"
ASKED_FOR, NEVER_CONTACT = "Asked for…", "Never contact…"
CONTACT_AGAIN = "Contact again…"


@pytest.fixture(scope="module")
async def w(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with world(tmp_path_factory.mktemp("buttons"), settings={"REASON_WAIT": "0s"}) as w:
        yield w


@pytest.fixture(autouse=True)
def reloaded(w: World) -> None:
    """Begin with no modal open, as people do who have reloaded Slack."""
    for who in ("agent", "agent2"):
        w.sandbox.slack.reload(who)


async def card_of(w: World, handle: str) -> tuple[Json, Message]:
    """Return a seeded customer's cancelled subscription, and its card once everything is on it."""
    subscription = seeded(w.sandbox, handle)
    w.sandbox.stripe.portal_cancel(subscription, "missing_features")
    return subscription, await w.card_of(subscription, "paid so far", "features missing")


async def choose(w: World, who: str, card: Message, entry: str) -> Message:
    """Choose an entry of the card's menu, and read the private answer."""
    return await answer_to(w.sandbox.slack, who, lambda: w.sandbox.slack.choose(who, card, "card_more", entry))


async def open_form(w: World, who: str, card: Message, entry: str) -> View:
    told = await w.sandbox.slack.choose(who, card, "card_more", entry)
    assert told.acknowledged
    return await modal_of(w.sandbox.slack, who)


async def submit(w: World, who: str, card: Message, entry: str, values: dict[str, str]) -> None:
    form = await open_form(w, who, card, entry)
    assert (await w.sandbox.slack.submit(who, form, dict(values))).acknowledged


def menu(card: Message) -> list[str]:
    [actions] = [block for block in card.blocks if block["type"] == "actions"]
    return [option["text"]["text"] for option in actions["elements"][-1]["options"]]


async def test_take_over_and_hand_back(w: World) -> None:
    dana, card = await card_of(w, "dana")

    assert "It's yours: the card now says that you're talking to them." in seen(await choose(w, "agent", card, TALK))
    card = await w.card_of(dana, "<@U0AGENT001> is talking to them")
    assert menu(card) == [STRIPE, HAND_BACK, ASKED_FOR, NEVER_CONTACT]

    assert "Handed back" in seen(await choose(w, "manager", card, HAND_BACK))
    await w.until(lambda: "talking to them" not in head(card))
    assert menu(card) == [STRIPE, TALK, ASKED_FOR, NEVER_CONTACT]


async def test_one_of_two_owners_wins(w: World) -> None:
    bob, card = await card_of(w, "bob")

    answers = await asyncio.gather(choose(w, "agent", card, TALK), choose(w, "agent2", card, TALK))

    await w.card_of(bob, " is talking to them")
    owner, other = ("U0AGENT001", "U0AGENT002") if "<@U0AGENT001>" in head(card) else ("U0AGENT002", "U0AGENT001")
    assert f"<@{other}>" not in head(card)
    assert sorted("It's yours" in seen(answer) for answer in answers) == [False, True]
    assert f"<@{owner}> is already talking to them." in "".join(map(seen, answers))


async def test_a_double_click_takes_a_case_once(w: World) -> None:
    carol, card = await card_of(w, "carol")

    told = [w.sandbox.slack.choose("agent", card, "card_more", TALK) for _ in range(2)]
    await asyncio.gather(*told)

    await w.card_of(carol, "<@U0AGENT001> is talking to them")
    await nothing_more(w)
    case = select(tables.cases.c.id).where(tables.cases.c.subscription_id == carol["id"]).scalar_subquery()
    rows = read(w, select(tables.audit).where(tables.audit.c.action == "talk"))
    [case_id] = [str(row["id"]) for row in read(w, select(case.label("id")))]
    assert [(row["who"], row["outcome"]) for row in rows if row["whom"] == case_id] == [("U0AGENT001", "done")]


async def test_portal_link_is_private(w: World) -> None:
    _, card = await card_of(w, "erin")

    answer = await answer_to(w.sandbox.slack, "agent", lambda: w.sandbox.slack.click("agent", card, "card_portal_link"))

    assert "Erin Fischer" in seen(answer)
    assert "erin@fischer-mail.com" in seen(answer)
    assert answer.only_for == "U0AGENT001"


async def test_open_in_stripe_is_acknowledged(w: World) -> None:
    fay, card = await card_of(w, "fay")
    told = await w.sandbox.slack.choose("agent", card, "card_more", STRIPE)

    [actions] = [block for block in card.blocks if block["type"] == "actions"]
    assert (
        actions["elements"][-1]["options"][0]["url"] == f"https://dashboard.stripe.com/test/subscriptions/{fay['id']}"
    )
    assert told.acknowledged
    assert not told.seen


async def test_feature_request_is_noted_once(w: World) -> None:
    hana, card = await card_of(w, "hana")

    await submit(w, "agent", card, ASKED_FOR, {"feature": "Single sign-on <!here>"})
    card = await w.card_of(hana, "Asked for: Single sign-on <!here>")
    await submit(w, "manager", card, ASKED_FOR, {"feature": "single SIGN-ON <!here>"})

    assert "The card already says so." in seen(await modal_of(w.sandbox.slack, "manager"))
    await submit(w, "agent", card, ASKED_FOR, {"feature": "An export"})
    card = await w.card_of(hana, "An export")
    assert seen(card).count("ingle sign-on") == 1


async def test_never_contact_shows_on_all_cards(w: World) -> None:
    first, card = await card_of(w, "yara")
    w.sandbox.stripe.portal_cancel(second := seeded(w.sandbox, "yara", 2), "unused")
    other = await w.card_of(second, "paid so far")

    form = await open_form(w, "agent", card, NEVER_CONTACT)
    assert "This person will never get an offer again" in seen(form)
    await w.sandbox.slack.close("agent", form)
    await nothing_more(w)
    assert "Never contact:" not in seen(card)

    await submit(w, "agent", card, NEVER_CONTACT, {})

    for subscription, shown in ((first, card), (second, other)):
        await w.card_of(subscription, "Never contact: no offer will be made to them.")
        assert menu(shown) == [STRIPE, TALK, ASKED_FOR, CONTACT_AGAIN]


async def test_second_never_contact_changes_nothing(w: World) -> None:
    ivan, card = await card_of(w, "ivan")
    forms = [await open_form(w, who, card, NEVER_CONTACT) for who in ("agent", "agent2")]

    for who, form in zip(("agent", "agent2"), forms, strict=True):
        await w.sandbox.slack.submit(who, form)

    await w.card_of(ivan, "Never contact: ")
    assert "they won't be contacted again" in seen(await modal_of(w.sandbox.slack, "agent"))
    assert "They already won't be contacted" in seen(await modal_of(w.sandbox.slack, "agent2"))


@pytest.mark.parametrize(("who", "handle"), [("nobody", "gus"), ("admin", "olga"), ("guest", "rhea")])
async def test_denied_click_names_whom_to_ask(w: World, who: str, handle: str) -> None:
    slack = w.sandbox.slack
    _, card = await card_of(w, handle)
    before = copy.deepcopy(card.blocks)
    denied = "Guests of this workspace can't do this." if who == "guest" else "Only a support agent or a manager"

    assert denied in seen(await choose(w, who, card, TALK))
    assert denied in seen(await answer_to(slack, who, lambda: slack.click(who, card, "card_portal_link")))
    for entry, values in ((ASKED_FOR, {"feature": "Single sign-on"}), (NEVER_CONTACT, {})):
        await submit(w, who, card, entry, values)
        assert denied in seen(await modal_of(slack, who))
        slack.reload(who)

    await nothing_more(w)
    assert card.blocks == before
    assert "Ask <@U0" in seen(await choose(w, who, card, TALK)) or who == "guest"


async def test_outsiders_click_changes_nothing(w: World) -> None:
    kai, card = await card_of(w, "kai")
    before = copy.deepcopy(card.blocks)
    slack = w.sandbox.slack
    mine = await slack.choose("agent", card, "card_more", STRIPE)  # any click, to take its shape from
    [option] = [
        each
        for block in card.blocks
        if block["type"] == "actions"
        for each in block["elements"][-1]["options"]
        if each["text"]["text"] == TALK
    ]
    block_id = mine.payload["actions"][0]["block_id"]
    action = {"type": "overflow", "action_id": "card_more", "block_id": block_id, "selected_option": option}
    forged = payloads.block_actions(slack, slack.person("outsider"), card, action)

    answer = await answer_to(slack, "outsider", lambda: slack.deliveries.interact("interactive", forged))

    assert "Only members of this company can do this" in seen(answer)
    await nothing_more(w)
    assert card.blocks == before
    assert [
        (row["who"], row["outcome"]) for row in read(w, select(tables.audit).where(tables.audit.c.who == "U0OUTSIDE1"))
    ] == [("U0OUTSIDE1", "denied")]
    assert kai["status"] == "active"
