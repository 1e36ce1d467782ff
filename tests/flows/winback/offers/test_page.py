"""An offer's page shows what is paid when, or why there is nothing to accept."""

from datetime import timedelta

import pytest

from domain.winback.offer import FreeMonths, Pause, SwitchPlan
from domain.winback.proposal import OfferRow
from flows.cancellations.withdraw_offers import withdraw_open
from flows.portal_links.page_answers import LinkUnavailable
from flows.winback.offers.answers import Accepted, OfferChanged, OfferPage, PageClosed
from tests.flows.winback.offers.presses import accept, page, pending, posts
from tests.flows.winback.offers.winback import Winback
from wording.sanitize import mask_address


async def test_opening_shows_the_first_payment(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer = await winback.sent(case)
    before, asked = await winback.offer(offer), posts(winback)

    shown = await page(winback, offer)

    customer = winback.account.ledger.get("customer", subscription["customer"])
    assert (shown.masked_name, shown.masked_address) == ("D… S…", mask_address(customer["email"]))
    assert shown.first is not None
    assert (shown.first.due.minor, shown.first.discount.minor) == (3920, 980)
    assert int(shown.first.due_at.timestamp()) == subscription["items"]["data"][0]["current_period_end"]
    assert shown.card is not None
    assert (shown.plan, shown.new_plan, shown.terms.later.minor) == ("Pro", None, 4900)
    assert await winback.offer(offer) == before
    assert asked == []
    assert pending(subscription)


async def test_another_plan_starts_next_invoice(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer = await winback.sent(case, SwitchPlan(price_id=winback.lite["id"]))
    shown = await page(winback, offer)
    assert (shown.new_plan, shown.first and shown.first.due.minor) == ("Pro", 1900)

    await accept(winback, offer)

    assert subscription["items"]["data"][0]["price"]["id"] == winback.lite["id"]
    assert not pending(subscription)


async def test_free_months_show_nothing_to_pay(winback: Winback) -> None:
    _, case = await winback.leaving()
    await winback.limit(percent=100)
    offer = await winback.sent(case, FreeMonths(months=1))

    shown = await page(winback, offer)

    assert shown.first is not None
    assert shown.first.due.minor == 0
    assert isinstance(await accept(winback, offer), Accepted)


async def test_a_changed_preview_is_shown_again(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    winback.set_seats(subscription, 3)
    offer = await winback.sent(case)
    shown = await page(winback, offer)
    winback.set_seats(subscription, 2)

    answer = await winback.offers.acceptance.accept(winback.token(offer), agreed=shown.agreed, now=winback.now())

    assert isinstance(answer, OfferChanged)
    assert answer.page.first is not None
    assert answer.page.first.due.minor == 2 * 3920
    assert pending(subscription)
    assert (await winback.offer(offer)).state == "sent"
    again = await winback.offers.acceptance.accept(winback.token(offer), agreed=answer.page.agreed, now=winback.now())
    assert isinstance(again, Accepted)


@pytest.mark.parametrize("agreed", ["", "0" * 64, "é"])
async def test_accepting_unseen_shows_the_page(winback: Winback, agreed: str) -> None:
    subscription, case = await winback.leaving()
    offer = await winback.sent(case)

    answer = await winback.offers.acceptance.accept(winback.token(offer), agreed=agreed, now=winback.now())

    assert isinstance(answer, OfferChanged)
    assert pending(subscription)


async def test_a_page_can_be_agreed_all_day(winback: Winback) -> None:
    _, case = await winback.leaving()
    offer = await winback.sent(case, Pause(months=1))
    now = winback.now().replace(hour=1)

    first = await winback.offers.acceptance.look(winback.token(offer), now=now)
    later = await winback.offers.acceptance.look(winback.token(offer), now=now + timedelta(hours=20))

    assert isinstance(first, OfferPage)
    assert isinstance(later, OfferPage)
    assert first.agreed == later.agreed


@pytest.mark.parametrize("token", ["", "x" * 43, "🦊"])
async def test_a_tampered_link_opens_nothing(winback: Winback, token: str) -> None:
    await winback.sent((await winback.leaving())[1])

    assert await winback.offers.acceptance.look(token, now=winback.now()) == PageClosed(why="unknown")
    assert await winback.offers.acceptance.accept(token, agreed="", now=winback.now()) == PageClosed(why="unknown")


async def test_an_undo_token_opens_no_offer(winback: Winback) -> None:
    offer = await winback.sent((await winback.leaving())[1])

    looked = await winback.offers.acceptance.look(winback.token(offer, "undo"), now=winback.now())

    assert looked == PageClosed(why="unknown")


async def closed(winback: Winback, offer: OfferRow, agreed: str) -> str:
    """Return why an offer is closed; the page and its button must agree, and change nothing at Stripe."""
    asked = posts(winback)
    looked = await winback.offers.acceptance.look(winback.token(offer), now=winback.now())
    pressed = await winback.offers.acceptance.accept(winback.token(offer), agreed=agreed, now=winback.now())
    assert isinstance(looked, PageClosed), looked
    assert pressed == looked
    assert asked == []
    return looked.why


async def test_an_ended_offer_says_so(winback: Winback) -> None:
    offer = await winback.sent((await winback.leaving())[1])
    agreed = (await page(winback, offer)).agreed

    winback.sandbox.clock.advance(timedelta(days=15))
    assert await closed(winback, offer, agreed) == "expired"
    await winback.work()

    assert await closed(winback, offer, agreed) == "expired"


async def test_an_offer_ends_with_the_paid_period(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer = await winback.sent(case)
    agreed = (await page(winback, offer)).agreed

    winback.account.cancel_now(subscription)

    assert await closed(winback, offer, agreed) == "expired"


async def test_a_withdrawn_offer_says_so(winback: Winback) -> None:
    offer = await winback.sent((await winback.leaving())[1])
    agreed = (await page(winback, offer)).agreed
    async with winback.store.begin() as unit:
        await withdraw_open(unit, person_id=offer.person_id, why="suppressed", now=winback.now())
        await unit.commit()

    assert await closed(winback, offer, agreed) == "withdrawn"


async def test_a_returned_customer_is_told_so(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer = await winback.sent(case)
    agreed = (await page(winback, offer)).agreed

    winback.account.take_back(subscription)

    assert await closed(winback, offer, agreed) == "back"


async def test_a_deleted_customer_cannot_accept(winback: Winback) -> None:
    subscription, case = await winback.left()
    offer = await winback.sent(case)
    agreed = (await page(winback, offer)).agreed

    winback.account.delete_customer(winback.account.ledger.get("customer", subscription["customer"]))

    assert await closed(winback, offer, agreed) == "withdrawn"
    assert (await winback.offer(offer)).accepted_at is None
    assert not winback.account.ledger.all("checkout.session")


async def test_accepting_a_missing_price_ends_it(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer = await winback.sent(case, SwitchPlan(price_id=winback.lite["id"]))
    agreed = (await page(winback, offer)).agreed
    winback.lite["active"] = False

    assert await closed(winback, offer, agreed) == "impossible"

    failed = await winback.offer(offer)
    assert (failed.state, failed.why) == ("failed", "resource_missing")
    assert pending(subscription)


async def test_a_used_link_shows_what_was_accepted(winback: Winback) -> None:
    offer = await winback.sent((await winback.leaving())[1])
    agreed = (await page(winback, offer)).agreed
    await accept(winback, offer)

    looked = await winback.offers.acceptance.look(winback.token(offer), now=winback.now())
    pressed = await winback.offers.acceptance.accept(winback.token(offer), agreed=agreed, now=winback.now())

    assert isinstance(looked, Accepted)
    assert pressed == looked


async def test_a_stripe_outage_says_later(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer = await winback.sent(case)
    winback.sandbox.faults.add("stripe", f"/v1/subscriptions/{subscription['id']}", "status", status=503, times=None)

    assert isinstance(await winback.offers.acceptance.look(winback.token(offer), now=winback.now()), LinkUnavailable)
    assert isinstance(
        await winback.offers.acceptance.accept(winback.token(offer), agreed="", now=winback.now()), LinkUnavailable
    )
