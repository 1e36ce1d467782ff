"""Stripe's key fails, or Stripe is away: events wait, agents get a sentence, and all of it comes later."""

import pytest

from tests.journeys.faults.kills import answered, inbox, settled, stored
from tests.journeys.faults.troubles import cards_of, dead_effects, leaves, one_card, ready_again, unwell
from tests.journeys.world import World, said


@pytest.fixture(autouse=True)
async def mended(w: World) -> None:
    """Begin without the faults of the story before."""
    w.sandbox.faults.clear()
    await ready_again(w)


async def test_revoked_key_pauses_the_lane(w: World) -> None:
    stripe = w.sandbox.stripe
    stripe.access.revoked = True
    subscription = leaves(w, "Kurt Key")
    await unwell(w, "stripe lane")
    await stripe.webhooks.settled()
    assert answered(w) <= stored(w)
    assert {row["state"] for row in inbox(w, subscription)} & {"waiting", "running"}
    assert not cards_of(w, "Kurt Key")
    stripe.access.revoked = False
    await one_card(w, "Kurt Key")
    await ready_again(w)
    assert not dead_effects(w)


async def test_missing_permission_is_named(w: World) -> None:
    stripe = w.sandbox.stripe
    stripe.access.permissions.remove("rak_invoice_read")
    leaves(w, "Paula Permission")
    await w.until(lambda: cards_of(w, "Paula Permission"))
    assert "rak_invoice_read" in await unwell(w, "stripe lane")
    assert "paid so far" not in said(cards_of(w, "Paula Permission")[0])
    stripe.access.permissions.add("rak_invoice_read")
    await w.until(lambda: "paid so far" in said(cards_of(w, "Paula Permission")[0]))
    await one_card(w, "Paula Permission")
    await ready_again(w)
    assert not dead_effects(w)


async def test_fixed_key_is_noticed(w: World) -> None:
    stripe = w.sandbox.stripe
    stripe.access.revoked = True
    customer = w.customer("Sara Staying", email="sara@scully-mail.com")
    stripe.cards.attach(customer)
    stripe.subscribe(customer, stripe.ledger.get("price", "price_SeedProEur"))
    await unwell(w, "stripe lane")
    stripe.access.revoked = False
    await ready_again(w)
    await settled(w)
    assert not cards_of(w, "Sara Staying")


@pytest.mark.parametrize("how", ["status", "drop_before"])
async def test_stripe_outage_keeps_events(w: World, how: str) -> None:
    slack, faults = w.sandbox.slack, w.sandbox.faults
    name = f"Ada Away {how}"
    if how == "status":
        faults.add("stripe", "/v1/*", "status", status=503, times=None)
        faults.add("stripe", "/v1/*/*", "status", status=503, times=None)
    else:
        faults.add("stripe", "/v1/*", "drop_before", times=None)
        faults.add("stripe", "/v1/*/*", "drop_before", times=None)
    subscription = leaves(w, name)
    slack.reload("agent")
    await slack.command("agent", "support", "/portal-link", "dana@acme-mail.com")
    await slack.wait_for(lambda: "I can't reach Stripe right now" in "".join(map(said, slack.ephemerals("agent"))), 20)
    await w.sandbox.stripe.webhooks.settled()
    assert answered(w) <= stored(w)
    assert {row["state"] for row in inbox(w, subscription)} & {"waiting", "running"}
    assert not cards_of(w, name)
    faults.clear()
    await one_card(w, name, patience=60)
    assert not dead_effects(w)
