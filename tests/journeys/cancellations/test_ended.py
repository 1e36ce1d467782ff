"""How a subscription ends when nobody presses *Cancel*, or long after: one card, or rightly none."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.stripe.ledger import DAY, Json
from tests.journeys.card_reader import head, nothing_more, on, seen, small_print
from tests.journeys.subscriber import Subscriber, joins, seeded
from tests.journeys.world import World, world


@pytest.fixture(scope="module")
async def w(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with world(tmp_path_factory.mktemp("ending")) as w:
        yield w


async def pass_on_to(w: World, moment: int) -> None:
    """Move the clock to just after a moment, given in Unix seconds, and have all that happened meanwhile delivered."""
    w.sandbox.clock.move_to(datetime.fromtimestamp(moment, UTC) + timedelta(minutes=5))
    await w.sandbox.stripe.webhooks.settled()


def now(w: World) -> int:
    return w.sandbox.stripe.ledger.now


async def asked_to_end(w: World, subscription: Json) -> None:
    async with Subscriber(w.sandbox, subscription) as subscriber:
        await subscriber.cancel()
        await subscriber.answer("Quality was less than expected")


async def test_scheduled_then_ended_is_one_case(w: World) -> None:
    subscription = joins(w.sandbox, "Hasty")
    await asked_to_end(w, subscription)
    scheduled = await w.card_of(subscription, " · ends ")
    w.pass_time(hours=3)

    w.sandbox.stripe.cancel_now(subscription)

    card = await w.card_of(subscription, " · ended ")
    await nothing_more(w)
    assert w.cards_of(subscription) == [scheduled]
    assert card.text == f"A Pro customer cancelled: €49 a month, ended {on(w, now(w))}, quality too low"
    assert not w.sandbox.slack.replies(card)


async def test_scheduled_end_with_the_period(w: World) -> None:
    subscription = joins(w.sandbox, "Patient")
    await asked_to_end(w, subscription)
    scheduled = await w.card_of(subscription, " · ends ")
    ends_at = subscription["cancel_at"]

    await pass_on_to(w, ends_at)

    card = await w.card_of(subscription, " · ended ")
    await nothing_more(w)
    assert w.cards_of(subscription) == [scheduled]
    [ended] = [run for run in card.blocks[0]["elements"][0]["elements"] if run["type"] == "date"]
    assert ended["timestamp"] == ends_at
    assert card.text.startswith("A Pro customer cancelled: €49 a month, ended ")


async def test_fixed_term_is_no_cancellation(w: World) -> None:
    planned = joins(w.sandbox, "Planned", cancel_at=now(w) + 9 * DAY)
    before = seeded(w.sandbox, "vera")  # since before the bot
    other = joins(w.sandbox, "Unplanned")
    w.sandbox.stripe.portal_cancel(other, "unused")

    await pass_on_to(w, max(planned["cancel_at"], before["cancel_at"]))

    await w.card_of(other)
    await nothing_more(w)
    assert planned["status"] == before["status"] == "canceled"
    assert not w.cards_of(planned)
    assert not w.cards_of(before)


async def test_fixed_term_cancelled_early_is_one(w: World) -> None:
    planned = joins(w.sandbox, "Impatient", cancel_at=now(w) + 90 * DAY)
    await nothing_more(w)
    w.pass_time(days=2)

    w.sandbox.stripe.cancel_now(planned)

    card = await w.card_of(planned, " · ended ")
    await nothing_more(w)
    assert w.cards_of(planned) == [card]
    assert small_print(card)[1] == "customer for 2 days"


async def test_trial_without_a_card_ends(w: World) -> None:
    trial = joins(w.sandbox, "Trying", has_card=False, trial_end=now(w) + 14 * DAY, without_card="cancel")

    await pass_on_to(w, trial["trial_end"])

    card = await w.card_of(trial, "trial ended with no card on file · Pro")
    await nothing_more(w)
    assert w.cards_of(trial) == [card]
    ended_on = on(w, trial["ended_at"])
    assert card.text == f"A Pro trial ended with no card on file: €0 now, would be €49 a month, ended {ended_on}"


async def test_trial_from_before_the_bot_ends(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with world(tmp_path_factory.mktemp("trial")) as w:
        moe = seeded(w.sandbox, "moe")
        await pass_on_to(w, moe["trial_end"] - 3 * DAY)  # Stripe says three days before that it will end
        assert not w.cards_of(moe)

        await pass_on_to(w, moe["trial_end"])

        await w.card_of(moe, "A Pro trial ended with no card on file")


DECLINES = {
    "expired_card": ("the card has expired", "Ask them to add another card."),
    "insufficient_funds": ("there is not enough money on the account", "It often works soon after payday"),
    "stolen_card": ("the card was reported stolen", "without naming the cause"),
}


async def test_failed_payments_say_why(w: World) -> None:
    failing = {code: joins(w.sandbox, code.partition("_")[0].capitalize()) for code in DECLINES}
    for code, subscription in failing.items():
        w.sandbox.stripe.fail_payments({"id": subscription["customer"]}, code)
    await pass_on_to(w, now(w) + 40 * DAY)
    await nothing_more(w)
    assert {subscription["status"] for subscription in failing.values()} == {"past_due"}
    assert not [card for subscription in failing.values() for card in w.cards_of(subscription)]

    await pass_on_to(w, now(w) + 30 * DAY)

    for code, (meaning, helps) in DECLINES.items():
        card = await w.card_of(failing[code], "What helps")
        assert f": payment failed for good · Pro · €49 a month · {meaning} · ended " in head(card)
        ended_on = on(w, failing[code]["ended_at"])
        said = f"A Pro customer was lost to a failed payment: €49 a month, ended {ended_on}, declined: {meaning}"
        assert card.text == said
        assert helps in seen(card)
        assert "paid so far: €49" in small_print(card)
    await nothing_more(w)
    assert [len(w.cards_of(subscription)) for subscription in failing.values()] == [1, 1, 1]


async def test_a_revoked_debit_is_no_mishap(w: World) -> None:
    subscription = joins(w.sandbox, "Revoked")
    customer = w.sandbox.stripe.ledger.get("customer", subscription["customer"])
    w.sandbox.stripe.cards.attach_sepa_debit(customer)
    w.sandbox.stripe.fail_payments(customer, "debit_not_authorized")

    await pass_on_to(w, now(w) + 70 * DAY)

    card = await w.card_of(subscription, "This was a decision, not a mishap")
    assert ": payments stopped · Pro · " in head(card)
    assert card.text.startswith("A Pro customer's payments were stopped: €49 a month")
    assert card.text.endswith("declined: the customer did not allow the direct debit, or revoked it")


async def test_a_dispute_ends_it(w: World) -> None:
    subscription = joins(w.sandbox, "Disputing")
    await nothing_more(w)

    w.sandbox.stripe.dispute(subscription)

    card = await w.card_of(subscription, " disputed a payment · Pro")
    await nothing_more(w)
    assert w.cards_of(subscription) == [card]
    ended_on = on(w, subscription["ended_at"])
    assert card.text == f"A Pro customer was lost to a disputed payment: €49 a month, ended {ended_on}"
