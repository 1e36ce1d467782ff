"""What Stripe would refuse is stopped before the email; refused on the page, it fails where staff see it."""

from collections.abc import Callable

import pytest

from domain.winback.offer import Restart
from flows.winback.offers.answers import PageClosed
from sandbox.stripe.ledger import Json
from tests.flows.winback.offers.presses import nothing_was_sent, page, posts
from tests.flows.winback.offers.winback import Winback


async def test_refused_before_preparing_is_not_sent(winback: Winback) -> None:
    subscription, case = await winback.left()
    offer = await winback.approved(case)

    winback.account.delete_customer(winback.account.ledger.get("customer", subscription["customer"]))
    await winback.work()

    stopped = await winback.offer(offer)
    assert stopped.state == "stopped"
    assert winback.post.emails == []


async def test_refused_before_sending_is_not_sent(winback: Winback) -> None:
    _, case = await winback.leaving()
    offer = await winback.approved(case)
    await winback.work("stripe")
    winback.sandbox.faults.add("stripe", "/v1/invoices/create_preview", "status", status=400, times=1)

    await winback.work()

    await nothing_was_sent(winback, offer, "stopped", "stripe_refuses")
    assert (await winback.proposal(offer)).state == "stopped"


async def test_refused_on_the_page_fails_visibly(winback: Winback) -> None:
    _, case = await winback.left()
    offer = await winback.sent(case, Restart())
    asked = posts(winback)
    winback.sandbox.faults.add("stripe", "/v1/invoices/create_preview", "status", status=400, times=1)

    looked = await winback.offers.acceptance.look(winback.token(offer), now=winback.now())

    assert looked == PageClosed(why="impossible")
    assert (await winback.offer(offer)).state == "failed"
    await winback.work()
    [alert] = winback.wall.alerts
    assert "can't be kept" in alert
    assert "Nothing was charged and nothing changed" in alert
    assert asked == []
    again = await winback.offers.acceptance.look(winback.token(offer), now=winback.now())
    assert again == PageClosed(why="impossible")


@pytest.mark.parametrize("status", [429, 503])
async def test_an_outage_on_the_page_fails_nothing(winback: Winback, status: int) -> None:
    _, case = await winback.left()
    offer = await winback.sent(case, Restart())
    winback.sandbox.faults.add("stripe", "/v1/invoices/create_preview", "status", status=status, times=1)

    await winback.offers.acceptance.look(winback.token(offer), now=winback.now())

    assert (await winback.offer(offer)).state == "sent"
    assert (await page(winback, offer)).first is not None


def archived_price(winback: Winback, subscription: Json) -> None:
    subscription["items"]["data"][0]["price"]["active"] = False


def archived_product(winback: Winback, subscription: Json) -> None:
    product = subscription["items"]["data"][0]["price"]["product"]
    winback.account.ledger.get("product", product)["active"] = False


def invoiced(winback: Winback, subscription: Json) -> None:
    subscription |= {"collection_method": "send_invoice", "days_until_due": 30}


def another_currency(winback: Winback, subscription: Json) -> None:
    winback.account.ledger.get("customer", subscription["customer"])["currency"] = "usd"


def no_quantity(winback: Winback, subscription: Json) -> None:
    subscription["items"]["data"][0]["quantity"] = 0


def scheduled(winback: Winback, subscription: Json) -> None:
    subscription["schedule"] = "sub_sched_1"


Spoil = Callable[[Winback, Json], None]
LATE: list[tuple[Spoil, bool, str]] = [
    (archived_price, True, "price_archived"),
    (archived_product, True, "price_archived"),
    (invoiced, True, "pays_by_invoice"),
    (another_currency, True, "pinned_currency"),
    (no_quantity, True, "quantity_zero"),
    (scheduled, False, "schedule"),
]


@pytest.mark.parametrize(("spoil", "ended", "why"), LATE)
async def test_found_after_the_approval(winback: Winback, spoil: Spoil, ended: bool, why: str) -> None:
    subscription, case = await (winback.left() if ended else winback.leaving())
    offer = await winback.approved(case, Restart())

    spoil(winback, subscription)
    await winback.work()

    await nothing_was_sent(winback, offer, "stopped", why)
    proposal = await winback.proposal(offer)
    assert (proposal.state, proposal.why) == ("stopped", why)


@pytest.mark.parametrize(("spoil", "ended", "why"), LATE)
async def test_found_before_the_email(winback: Winback, spoil: Spoil, ended: bool, why: str) -> None:
    subscription, case = await (winback.left() if ended else winback.leaving())
    offer = await winback.approved(case, Restart())
    await winback.work("stripe")

    spoil(winback, subscription)
    await winback.work()

    await nothing_was_sent(winback, offer, "stopped", why)


@pytest.mark.parametrize(("spoil", "ended", "why"), LATE)
async def test_found_on_the_page(winback: Winback, spoil: Spoil, ended: bool, why: str) -> None:
    subscription, case = await (winback.left() if ended else winback.leaving())
    offer = await winback.sent(case, Restart())
    agreed = (await page(winback, offer)).agreed
    asked = posts(winback)

    spoil(winback, subscription)
    pressed = await winback.offers.acceptance.accept(winback.token(offer), agreed=agreed, now=winback.now())

    assert pressed == PageClosed(why="impossible")
    failed = await winback.offer(offer)
    assert (failed.state, failed.why, failed.reserved) == ("failed", why, ())
    await winback.work()
    assert len(winback.wall.alerts) == 1
    assert asked == []
