"""Who pays by invoice sees no card, and reads of the very invoice that Stripe then makes."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.winback.offer import DiscountOffer, FreeMonths, Offer, Pause, Restart, SwitchPlan
from tests.flows.winback.offers.flows import TWENTY
from tests.web.offers import OfferSite
from tests.web.page_reader import accepted, agreed, button, said

DUE = {"collection_method": "send_invoice", "days_until_due": 30}


def day(moment: datetime) -> str:
    """Write a day as the pages do: "30 Dec 2026"."""
    month = "Sept" if moment.month == 9 else f"{moment:%b}"
    return f"{moment.day} {month} {moment.year}"


def on_top(site: OfferSite) -> dict[str, Any]:
    rate = site.winback.account.catalog.add_tax_rate(19, "DE", "USt", identifier="txr_on_top", inclusive=False)
    return {"tax_rates": [rate]}


@pytest.mark.parametrize("taxed", [False, True])
@pytest.mark.parametrize(
    "offer",
    [
        TWENTY,
        DiscountOffer(percent=Decimal("12.5"), amount=None, invoices=1),
        FreeMonths(months=1),
        SwitchPlan(price_id=None),
        Pause(months=1),
        Restart(),
    ],
)
async def test_the_invoice_told_is_the_one_that_comes(offer_site: OfferSite, offer: Offer, taxed: bool) -> None:
    winback = offer_site.winback
    subscription, row = await offer_site.leaving(offer, **DUE, **(on_top(offer_site) if taxed else {}))
    async with offer_site.client() as client:
        page = await client.get(offer_site.path(row))
        done = await accepted(client, offer_site.path(row))
    await winback.work()
    before = len(winback.account.invoices.of(subscription))
    winback.sandbox.clock.advance(timedelta(days=95))

    made = [each for each in winback.account.invoices.of(subscription)[before:] if each["amount_due"]]
    came = next(each for each in made if each["status"] != "void")
    assert came["collection_method"] == "send_invoice"
    at, due = (datetime.fromtimestamp(came[name], UTC) for name in ("created", "due_date"))
    for told in (said(page), said(done)):
        assert "4242" not in told
        assert f"on {day(at)}, due {day(due)}." in told
        assert "You pay by invoice, so no card is charged; each invoice is due 30 days after its date." in told
    if offer == TWENTY and not taxed:
        assert came["amount_due"] == 3920
        assert f"You will get an invoice for €39.20 on {day(at)}, due {day(due)}." in said(page)
        assert button(page).startswith("Continue; you'll get an invoice for €39.20 on ")
    if offer == TWENTY and taxed:
        assert came["amount_due"] == 4665
        assert "You will get an invoice for €46.65 (tax included) on " in said(page)
    assert "and pay €" not in button(page)


async def test_an_earlier_open_invoice_is_told(offer_site: OfferSite) -> None:
    _, row = await offer_site.leaving(Restart(), **DUE)
    async with offer_site.client() as client:
        told = said(await client.get(offer_site.path(row)))
    assert "An earlier invoice is still open: €49, due " in told


async def test_a_change_to_paying_by_invoice_is_shown_before_it_is_agreed(offer_site: OfferSite) -> None:
    subscription, row = await offer_site.leaving(Restart())
    async with offer_site.client() as client:
        page = await client.get(offer_site.path(row))
        assert "Visa …4242" in said(page)
        subscription |= DUE
        assert "4242" not in said(await client.get(offer_site.path(row)))
        answer = await client.post(offer_site.path(row), data=agreed(page))
    assert answer.status_code == 409
    assert button(answer).startswith("Continue; you'll get an invoice for €49 on ")
