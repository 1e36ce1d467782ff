"""The page's first payment is the invoice that is then paid, whatever tax there is and whatever else was owed."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from domain.winback.offer import FreeMonths, Offer, Restart, SwitchPlan
from domain.winback.terms import OfferTerms
from tests.flows.winback.offers.flows import TWENTY
from tests.flows.winback.offers.presses import accept, page
from tests.flows.winback.offers.winback import Winback


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
