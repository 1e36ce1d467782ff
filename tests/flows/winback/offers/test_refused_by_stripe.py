"""What Stripe would refuse is stopped before the email; refused on the page, it fails where staff see it."""

import pytest

from domain.winback.offer import Restart
from flows.winback.offers.answers import PageClosed
from tests.flows.winback.offers.presses import page, posts
from tests.flows.winback.offers.sent import nothing_was_sent
from tests.flows.winback.offers.winback import Winback


async def test_refused_before_preparing_is_not_sent(winback: Winback) -> None:
    subscription, case = await winback.left()
    offer = await winback.approved(case)

    winback.account.delete_customer(winback.account.ledger.get("customer", subscription["customer"]))
    await winback.work()

    stopped = await winback.offer(offer)
    assert stopped.state == "stopped"
    assert winback.post.letters == []


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
