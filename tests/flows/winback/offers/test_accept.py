"""A customer accepts: what the page showed is done, once."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.winback.offer import ExtendTrial, FreeMonths, Offer, Restart, SwitchPlan
from domain.winback.terms import OfferTerms
from flows.cancellations.withdraw_offers import withdraw_open
from flows.effects import RedeemOffer
from flows.failures import Unclear
from flows.outbox.run_now import MAX_WAIT
from flows.winback.offers.answers import Accepted, InProgress, PageClosed, RedirectToStripe
from tests.flows.winback.offers.flows import TWENTY
from tests.flows.winback.offers.presses import accept, calls, coupons_of, page, pending, posts
from tests.flows.winback.offers.winback import Winback, interrupted


@pytest.mark.parametrize("classic", [False, True])
async def test_accepting_un_cancels_and_discounts(winback: Winback, *, classic: bool) -> None:
    subscription, case = await winback.leaving(flexible=not classic)
    offer = await winback.sent(case)
    asked = posts(winback)

    answer = await accept(winback, offer)

    now = winback.now()
    assert isinstance(answer, Accepted)
    assert answer.plan == "Pro"
    assert answer.undo_until is not None
    assert timedelta(hours=23) < answer.undo_until - now <= timedelta(hours=24)
    assert asked == ["/v1/subscriptions/{id}"]
    assert not pending(subscription)
    assert coupons_of(winback, subscription) == [offer.terms.coupon and offer.terms.coupon.id]
    taken = await winback.offer(offer)
    assert (taken.state, taken.redeemed_with, taken.promised and taken.promised.minor) == (
        "accepted",
        subscription["id"],
        3920,
    )
    assert await winback.record(offer) == [
        ("winback", "prepare_offer", "sending"),
        ("winback", "email_offer", "sent"),
        ("customer", "accept_offer", "accepting"),
        ("winback", "redeem_offer", "accepted"),
    ]


async def test_a_running_discount_is_kept(winback: Winback) -> None:
    coupon = winback.account.catalog.add_coupon(f"FRIEND-{winback.pro['id']}", percent_off=10, duration="forever")
    subscription, case = await winback.leaving(coupons=[coupon])
    offer = await winback.sent(case)

    await accept(winback, offer)

    assert coupons_of(winback, subscription) == [coupon["id"], offer.terms.coupon and offer.terms.coupon.id]


@pytest.mark.parametrize("offer", [TWENTY, ExtendTrial(days=14), Restart()], ids=["discount", "longer", "restart"])
async def test_accepting_un_cancels_a_trial_too(winback: Winback, offer: Offer) -> None:
    end = int((winback.now() + timedelta(days=10)).timestamp())
    subscription, case = await winback.leaving(trial_end=end)
    sent = await winback.sent(case, offer)

    assert isinstance(await accept(winback, sent), Accepted)

    assert not pending(subscription)
    longer = 14 * 86_400 if isinstance(offer, ExtendTrial) else 0
    assert subscription["trial_end"] == end + longer


async def test_a_failed_payment_leads_to_the_card_page(winback: Winback) -> None:
    _, case = await winback.leaving()
    offer = await winback.sent(case, Restart())
    async with winback.store.begin() as unit:
        told = replace(case.episode, cancellation=replace(case.episode.cancellation, kind="payment_failed"))
        await unit.cases.save(replace(case, episode=told))
        await unit.commit()

    answer = await accept(winback, offer)

    assert isinstance(answer, RedirectToStripe)
    assert "/portal/" in answer.url or "session" in answer.url
    assert (await winback.offer(offer)).state == "accepted"


async def test_accepting_proves_an_unclear_email(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer = await winback.approved(case)
    winback.post.after = Unclear("the mail server did not answer")
    await winback.work()
    winback.post.after = None

    assert isinstance(await accept(winback, offer), Accepted)

    assert not pending(subscription)
    assert (await winback.offer(offer)).email_state == "sent"


async def test_two_tabs_accept_once(shared_winback: Winback) -> None:
    winback = shared_winback
    subscription, case = await winback.leaving()
    offer = await winback.sent(case)
    agreed = (await page(winback, offer)).agreed
    asked = posts(winback)

    answers = await asyncio.gather(
        *(winback.offers.acceptance.accept(winback.token(offer), agreed=agreed, now=winback.now()) for _ in range(2))
    )

    assert {type(answer) for answer in answers} <= {Accepted, InProgress}
    assert any(isinstance(answer, Accepted) for answer in answers)
    assert asked == ["/v1/subscriptions/{id}"]
    assert len(subscription["discounts"]) == 1


async def test_a_second_tab_during_the_check_is_one(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer = await winback.sent(case)
    agreed = (await page(winback, offer)).agreed
    asked = posts(winback)

    async def accept_in_another_tab() -> None:
        assert isinstance(await accept(winback, offer), Accepted)

    answer = await interrupted(winback, accept_in_another_tab).accept(
        winback.token(offer), agreed=agreed, now=winback.now()
    )

    assert isinstance(answer, Accepted)
    assert asked == ["/v1/subscriptions/{id}"]
    assert len(subscription["discounts"]) == 1


async def test_a_withdrawn_offer_cannot_be_accepted(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer = await winback.sent(case)
    agreed = (await page(winback, offer)).agreed

    async def withdraw() -> None:
        async with winback.store.begin() as unit:
            await withdraw_open(unit, person_id=offer.person_id, why="suppressed", now=winback.now())
            await unit.commit()

    answer = await interrupted(winback, withdraw).accept(winback.token(offer), agreed=agreed, now=winback.now())

    assert answer == PageClosed(why="withdrawn")
    assert pending(subscription)


async def test_a_stripe_outage_loses_nothing(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer = await winback.sent(case)
    shown = await page(winback, offer)
    winback.sandbox.faults.add("stripe", f"/v1/subscriptions/{subscription['id']}", "status", method="POST", status=503)

    answer = await winback.offers.acceptance.accept(winback.token(offer), agreed=shown.agreed, now=winback.now())
    assert isinstance(answer, InProgress)
    assert isinstance(await winback.offers.acceptance.look(winback.token(offer), now=winback.now()), InProgress)
    winback.sandbox.clock.advance(timedelta(minutes=1))
    await winback.work()

    assert (await winback.offer(offer)).state == "accepted"
    assert coupons_of(winback, subscription) == [offer.terms.coupon and offer.terms.coupon.id]


@pytest.mark.parametrize("kind", ["drop_after", "garbage"])
async def test_an_unclear_acceptance_is_done_once(winback: Winback, kind: Any) -> None:
    subscription, case = await winback.leaving()
    offer = await winback.sent(case)
    shown = await page(winback, offer)
    winback.sandbox.faults.add("stripe", f"/v1/subscriptions/{subscription['id']}", kind, method="POST")

    await winback.offers.acceptance.accept(winback.token(offer), agreed=shown.agreed, now=winback.now())
    winback.sandbox.clock.advance(timedelta(minutes=1))
    await winback.work()

    assert (await winback.offer(offer)).state == "accepted"
    assert len(subscription["discounts"]) == 1


async def test_a_refused_offer_is_not_half_applied(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer = await winback.sent(case)
    shown = await page(winback, offer)
    path = f"/v1/subscriptions/{subscription['id']}"
    winback.sandbox.faults.add(
        "stripe", path, "error", method="POST", status=400, code="resource_missing", message="No."
    )

    answer = await winback.offers.acceptance.accept(winback.token(offer), agreed=shown.agreed, now=winback.now())

    assert answer == PageClosed(why="impossible")
    failed = await winback.offer(offer)
    assert (failed.state, failed.why) == ("failed", "resource_missing")
    assert pending(subscription)
    async with winback.store.read() as unit:
        row = await unit.outbox.by_key(f"apply:{offer.id}")
    assert row is not None
    assert (row.state, row.effect) == ("dead", RedeemOffer(offer.id))


async def test_a_slow_redemption_goes_on_alone(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer = await winback.sent(case)
    shown = await page(winback, offer)
    hurried = replace(
        winback.offers.acceptance,
        inline=replace(winback.offers.acceptance.inline, max_wait=timedelta(milliseconds=100)),
    )
    path = f"/v1/subscriptions/{subscription['id']}"
    held = winback.sandbox.faults.add("stripe", path, "hold", method="POST")

    answer = await hurried.accept(winback.token(offer), agreed=shown.agreed, now=winback.now())
    held.release()

    assert isinstance(answer, InProgress)
    winback.sandbox.clock.advance(MAX_WAIT)  # less than the lease, which was given back
    await winback.work()
    assert (await winback.offer(offer)).state == "accepted"
    assert len(subscription["discounts"]) == 1


async def test_a_dead_redemption_stays_dead(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer = await winback.sent(case)
    shown = await page(winback, offer)
    path, code = f"/v1/subscriptions/{subscription['id']}", "resource_missing"
    winback.sandbox.faults.add("stripe", path, "error", method="POST", status=400, code=code, message="No.")
    await winback.offers.acceptance.accept(winback.token(offer), agreed=shown.agreed, now=winback.now())
    async with winback.store.begin() as unit:
        row = await unit.outbox.by_key(f"apply:{offer.id}")
        assert row is not None
        assert await unit.outbox.retry(row.id)
        await unit.commit()
    winback.sandbox.clock.advance(MAX_WAIT)

    done = dict(await winback.work())

    assert done[RedeemOffer(offer.id)].what == "dead"
    assert subscription["cancel_at"] is not None


async def test_each_step_of_redeeming_reads_the_subscription_once(winback: Winback) -> None:
    _, case = await winback.leaving()
    offer = await winback.sent(case)
    shown = await page(winback, offer)
    asked = calls(winback)

    await winback.offers.acceptance.accept(winback.token(offer), agreed=shown.agreed, now=winback.now())

    about = [each for each in asked if each.endswith("/subscriptions/{id}")]
    reads = ["GET /v1/subscriptions/{id}"] * 4  # page, preview, what it costs now, update
    assert about == [*reads, "POST /v1/subscriptions/{id}"]


def taxed(winback: Winback, *, inclusive: bool) -> dict[str, Any]:
    """Return the terms of a subscription with 19% of tax, within its prices or on top of them."""
    name = f"txr_{'within' if inclusive else 'on_top'}"
    known = [each for each in winback.account.ledger.all("tax_rate") if each["id"] == name]
    catalog = winback.account.catalog
    rate = known[0] if known else catalog.add_tax_rate(19, "DE", "USt", identifier=name, inclusive=inclusive)
    return {"tax_rates": [rate]}


@pytest.mark.parametrize("kind", ["none", "on_top", "included"])
@pytest.mark.parametrize("offer", [TWENTY, FreeMonths(months=1), SwitchPlan(price_id=None), Restart()])
async def test_the_first_payment_is_the_invoice_that_is_paid(winback: Winback, offer: Offer, kind: str) -> None:
    details = {} if kind == "none" else taxed(winback, inclusive=kind == "included")
    subscription, case = await winback.leaving(**details)
    await winback.limit(percent=Decimal(100))
    sent = await winback.sent(case, offer)
    shown = await page(winback, sent)
    assert shown.first is not None
    terms: OfferTerms = shown.terms
    assert terms.tax == kind
    assert (shown.first.tax is None) == (kind != "on_top" or not shown.first.due.minor)

    await accept(winback, sent)
    before = len(winback.account.invoices.of(subscription))
    winback.sandbox.clock.move_to(datetime.fromtimestamp(int(shown.first.due_at.timestamp()) + 7200, UTC))

    [paid] = winback.account.invoices.of(subscription)[before:]
    assert (paid["amount_due"], paid["status"]) == (shown.first.due.minor, "paid")
    assert paid["created"] == int(shown.first.due_at.timestamp())
    if kind == "on_top":
        assert paid["total_excluding_tax"] == terms.invoices[0].after.minor
    else:
        assert paid["total"] == terms.invoices[0].after.minor
