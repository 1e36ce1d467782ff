"""A subscriber cancels, in whatever way, and says why, or does not: one card, with what there is to say."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from sandbox.slack.messages import Message
from sandbox.stripe.ledger import Json
from tests.journeys.card_reader import head, nothing_more, on, owed, quoted, small_print
from tests.journeys.subscriber import Subscriber, joins, seeded
from tests.journeys.world import World, said, world
from wording.sanitize import plain


@pytest.fixture(scope="module")
async def w(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with world(tmp_path_factory.mktemp("asked_for")) as w:
        yield w


async def only_card(w: World, subscription: Json) -> Message:
    """Return the one card of a subscription, once nothing more is to come."""
    await nothing_more(w)
    [card] = w.cards_of(subscription)
    return card


async def test_portal_cancellation_gets_one_card(w: World) -> None:
    dana = seeded(w.sandbox, "dana")
    async with Subscriber(w.sandbox, dana) as subscriber:
        await subscriber.cancel()
        assert "Why did you cancel?" in subscriber.words
        await subscriber.answer("It’s too expensive")
        assert "Your plan ends on" in subscriber.words

    await w.card_of(dana, "paid so far")
    card = await only_card(w, dana)
    ends_on = on(w, dana["cancel_at"])
    assert card.text == f"A Pro customer cancelled: €49 a month, ends {ends_on}, too expensive"
    assert head(card).startswith("🔴 Dana Reyes cancelled Pro · €49 a month · too expensive · ends ")
    assert {"type": "date", "timestamp": dana["cancel_at"]}.items() <= card.blocks[0]["elements"][0]["elements"][
        -1
    ].items()
    *told, reference = small_print(card)
    assert told == ["d…a@a…l.com", "customer for 1 year 2 months", f"paid so far: €{owed(w, dana) // 100}"]
    assert reference.startswith("Ref ")


async def test_first_post_waits_for_the_reason(w: World) -> None:
    erin = seeded(w.sandbox, "erin")
    w.sandbox.stripe.request_cancellation(erin)
    await w.sandbox.stripe.webhooks.settled()
    assert not w.cards_of(erin)

    w.sandbox.stripe.answer_survey(erin, "too_complex")

    card = await w.card_of(erin, "too complex")
    posts = w.sandbox.slack.calls("chat.postMessage")
    [posted] = [call.arguments["text"] for call in posts if call.body.get("ts") == card.ts]
    ends_on = on(w, erin["cancel_at"])
    assert posted == f"A Team × 25 customer cancelled: $300 a month, ends {ends_on}, too complex"


async def test_skipped_survey_gives_no_reason(w: World) -> None:
    bob = seeded(w.sandbox, "bob")
    async with Subscriber(w.sandbox, bob) as subscriber:
        await subscriber.cancel()
        await subscriber.skip()
    card = await w.card_of(bob, "not given yet")
    ends_on = on(w, bob["cancel_at"])
    assert card.text == f"A Pro customer cancelled: $49 a month, ends {ends_on}, reason not given yet"

    w.pass_time(minutes=10)

    await w.card_of(bob, "no reason given")
    card = await only_card(w, bob)
    assert card.text == f"A Pro customer cancelled: $49 a month, ends {ends_on}, no reason given"


@pytest.mark.parametrize(("handle", "thinking"), [("fay", 0), ("quentin", 30)], ids=["at once", "half an hour"])
async def test_late_reason_updates_the_card(w: World, handle: str, thinking: int) -> None:
    subscription = seeded(w.sandbox, handle)
    async with Subscriber(w.sandbox, subscription) as subscriber:
        await subscriber.cancel()
        before = await w.card_of(subscription, "not given yet")
        w.pass_time(minutes=thinking)
        await w.card_of(subscription, "no reason given" if thinking else "not given yet")
        await subscriber.answer("I don’t use the service enough")

    await w.card_of(subscription, "doesn't use it enough")
    card = await only_card(w, subscription)
    assert card.ts == before.ts
    assert card.text.endswith(", doesn't use it enough")


@pytest.mark.parametrize(("handle", "flag"), [("carol", True), ("jana", False)], ids=["classic", "flexible"])
async def test_both_billing_modes_show_the_end(w: World, handle: str, flag: bool) -> None:  # pytest's
    subscription = seeded(w.sandbox, handle)
    async with Subscriber(w.sandbox, subscription) as subscriber:
        await subscriber.cancel()
        await subscriber.answer("Some features are missing")
    assert subscription["cancel_at_period_end"] is flag

    card = await w.card_of(subscription, "features missing")

    assert f"ends {on(w, subscription['cancel_at'])}" in card.text
    assert await only_card(w, subscription) is card


async def test_immediate_end_has_its_reason(w: World) -> None:
    olga = seeded(w.sandbox, "olga")
    settings = w.sandbox.stripe.portal.configuration["features"]["subscription_cancel"]
    settings["mode"] = "immediately"
    try:
        async with Subscriber(w.sandbox, olga) as subscriber:
            await subscriber.cancel()
            await subscriber.answer("Ease of use was less than expected")
    finally:
        settings["mode"] = "at_period_end"
    assert olga["status"] == "canceled"

    await w.card_of(olga, "too complex")

    card = await only_card(w, olga)
    assert card.text == f"A Pro customer cancelled: €49 a month, ended {on(w, olga['ended_at'])}, too complex"
    assert " · ends " not in head(card)


async def test_api_cancellation_with_a_comment(w: World) -> None:
    dave = seeded(w.sandbox, "dave")
    async with httpx2.AsyncClient(base_url=w.sandbox.stripe_api_url) as api:
        answer = await api.post(
            f"/v1/subscriptions/{dave['id']}",
            data={"cancel_at_period_end": "true", "cancellation_details[comment]": "Asked on the phone."},
            headers={"Authorization": f"Bearer {w.sandbox.stripe.access.secret_key}"},
        )
    assert answer.status_code == 200

    await w.card_of(dave, "only a comment")

    card = await only_card(w, dave)
    assert quoted(card) == "Asked on the phone."
    assert card.text == f"A Pro customer cancelled: €40.83 a month, ends {on(w, dave['cancel_at'])}, only a comment"


async def test_two_subscriptions_are_two_cases(w: World) -> None:
    first, second = seeded(w.sandbox, "yara"), seeded(w.sandbox, "yara", 2)
    async with Subscriber(w.sandbox, first) as subscriber:
        await subscriber.cancel()
        await subscriber.answer("It’s too expensive")
    await w.card_of(first, "too expensive")
    assert not w.cards_of(second)

    async with Subscriber(w.sandbox, second) as subscriber:
        await subscriber.cancel()
        await subscriber.answer("I’m switching to a different service")

    assert (await w.card_of(second, "switched to another")).text.endswith(", their second")
    assert " cancelled Pro · " in head(await only_card(w, first))
    assert " cancelled Starter · " in head(await only_card(w, second))


@pytest.mark.parametrize(
    ("handle", "worth", "paid"),
    [
        ("yuki", "¥6,900 a month", "¥34,500"),
        ("khalid", "KWD\N{NO-BREAK SPACE}14.500 a month", "KWD\N{NO-BREAK SPACE}72.500"),
        ("hana", "$49 a month plus usage", "$451"),
        ("rhea", "€36.75 a month", "€110.25"),
    ],
    ids=["no digits", "three digits", "usage", "a discount that runs"],
)
async def test_money_is_said_in_its_own_currency(w: World, handle: str, worth: str, paid: str) -> None:
    subscription = seeded(w.sandbox, handle)
    w.sandbox.stripe.portal_cancel(subscription, "unused")

    card = await w.card_of(subscription, "paid so far")

    assert f" · {worth} · " in head(card)
    assert f"paid so far: {paid}" in small_print(card)
    assert f": {worth}, ends " in card.text


async def test_refunds_do_not_count_as_paid(w: World) -> None:
    remy = seeded(w.sandbox, "remy")
    w.sandbox.stripe.portal_cancel(remy, "low_quality")

    card = await w.card_of(remy, "paid so far")

    assert "paid so far: $274" in small_print(card)  # six months, less $20
    assert owed(w, remy) == 27400


MARKUP = "<!channel> *all* <https://evil.example.com|click> & <@U0MANAGER1>"


@pytest.mark.parametrize(
    ("name", "written", "shown"),
    [
        ("Markup", MARKUP, MARKUP),
        ("Lengthy", "word " * 1000, "word " * 199 + "word…"),
        ("Turned", "\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe مرحبا", "gnp.exe مرحبا"),
        ("Emoji", "bye 👩‍👩‍👧 🇩🇪", "bye 👩‍👩‍👧 🇩🇪"),
    ],
    ids=["markup", "5,000 characters", "right to left", "emoji"],
)
async def test_customer_text_stays_plain(w: World, name: str, written: str, shown: str) -> None:
    subscription = joins(w.sandbox, name)
    async with Subscriber(w.sandbox, subscription) as subscriber:
        await subscriber.cancel()
        await subscriber.answer("Other reason", words=written)

    card = await w.card_of(subscription, "another reason")

    assert quoted(card) == shown
    assert written.split(maxsplit=1)[0] not in card.text
    assert len(quoted(card)) <= 1000


@pytest.mark.parametrize("handle", ["bobby", "layla", "lorenz", "sunny", "noah"])
async def test_names_stay_plain_text(w: World, handle: str) -> None:
    subscription = seeded(w.sandbox, handle)
    customer = w.sandbox.stripe.ledger.get("customer", subscription["customer"])
    w.sandbox.stripe.portal_cancel(subscription, "unused")

    card = await w.card_of(subscription, "doesn't use it enough")

    runs = card.blocks[0]["elements"][0]["elements"]
    name, _plan = (plain(run["text"]) for run in runs if run.get("style", {}).get("bold"))
    assert customer["name"].startswith(name.removesuffix("…"))
    assert name not in card.text


async def test_own_reason_keeps_its_words(w: World) -> None:
    w.sandbox.stripe.portal.add_reason("We were bought by another company")
    subscription = joins(w.sandbox, "Bought")
    async with Subscriber(w.sandbox, subscription) as subscriber:
        await subscriber.cancel()
        await subscriber.answer("We were bought by another company")

    card = await w.card_of(subscription, "We were bought by another company")

    assert card.text.endswith(", We were bought by another company")


async def test_cards_mask_addresses(w: World) -> None:
    wendy = seeded(w.sandbox, "wendy")
    w.sandbox.stripe.portal_cancel(wendy, "unused")
    await w.card_of(wendy, "paid so far")
    customers = w.sandbox.stripe.ledger.all("customer")

    shown = "".join(map(said, w.cards))

    assert "Wendy Sato" in shown
    assert not [each["email"] for each in customers if each["email"] and each["email"] in shown]
    notifications = "".join(card.text for card in w.cards)
    assert not [each["name"] for each in customers if each["name"] in notifications]
