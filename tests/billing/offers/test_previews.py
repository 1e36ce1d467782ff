"""What an offer's first invoice will be, in Stripe's own words: the invoice that then really comes is the same."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.ids import SubscriptionId
from domain.money import Money
from domain.winback.offer import ExtendTrial, SwitchPlan
from domain.winback.terms import OfferTerms
from flows.failures import Refused
from flows.ports import InvoicePreview
from sandbox.server import Sandbox
from sandbox.stripe.ledger import Json
from tests.billing.offers.terms import coupon, discounted, terms
from tests.billing.shop import Shop

TWENTY = discounted(coupon("20"))


def vat(shop: Shop) -> Json:
    rates = shop.account.ledger.all("tax_rate")
    return rates[0] if rates else shop.account.catalog.add_tax_rate(19, "DE", "USt", identifier="txr_de")


async def preview(shop: Shop, offer: OfferTerms, made: Json) -> InvoicePreview:
    if offer.coupon is not None:
        await shop.billing.coupon(offer.coupon, idempotency_key=f"coupon:{offer.coupon.id}")
    return await shop.billing.preview(SubscriptionId(made["id"]), offer)


def issued(invoice: Json) -> InvoicePreview:
    """Return of an issued invoice what a preview says of a future one."""

    def money(minor: int) -> Money:
        return Money(minor, invoice["currency"])

    tax = sum(each["amount"] for each in invoice["total_taxes"])
    return InvoicePreview(
        due=money(invoice["amount_due"]),
        due_at=datetime.fromtimestamp(invoice["created"], UTC),
        subtotal=money(invoice["subtotal"]),
        discount=money(sum(each["amount"] for each in invoice["total_discount_amounts"])),
        before_tax=money(invoice["total"] - tax),
        tax=money(tax) if tax else None,
    )


@pytest.mark.parametrize("flexible", [True, False])
async def test_preview_of_discount_has_tax(flexible: bool, shop: Shop, sandbox: Sandbox) -> None:
    if "LOYAL" not in shop.account.ledger.objects["coupon"]:
        shop.account.catalog.add_coupon("LOYAL", percent_off=10, duration="forever")
    loyal = shop.account.ledger.get("coupon", "LOYAL")
    made = shop.leaving((shop.pro, 3), flexible=flexible, coupons=[loyal], tax_rates=[vat(shop)])
    end = (await shop.read(made)).period_end_at
    found = await preview(shop, TWENTY, made)
    assert found.subtotal == Money(3 * 4900, "eur")
    assert found.discount == Money(1470 + 2646, "eur")  # 10%, then 20% of what is left
    assert found.tax == Money(2011, "eur")  # 19% of 105.84
    assert found.due == Money(10584 + 2011, "eur")
    assert found.due_at == end
    assert made["cancel_at"] is not None
    assert shop.updates == []
    await shop.accept(TWENTY, made)
    sandbox.clock.advance(timedelta(days=32))
    assert issued(shop.account.invoices.of(made)[-1]) == found


async def test_a_lighter_plan_is_previewed_at_its_price(shop: Shop, sandbox: Sandbox) -> None:
    made = shop.leaving((shop.pro, 2))
    (lite,) = await shop.billing.price(shop.lite["id"])
    offer = terms(SwitchPlan(price_id=lite.id), price=lite)
    found = await preview(shop, offer, made)
    assert (found.due, found.discount, found.tax) == (Money(2 * 1900, "eur"), Money(0, "eur"), None)
    await shop.accept(offer, made)
    sandbox.clock.advance(timedelta(days=32))
    assert issued(shop.account.invoices.of(made)[-1]) == found


async def test_a_longer_trial_is_paid_for_at_its_new_end(shop: Shop, sandbox: Sandbox) -> None:
    made = shop.leaving(trial_end=shop.account.ledger.now + 5 * 86_400)
    end = (await shop.read(made)).trial_end_at
    assert end is not None
    offer = terms(ExtendTrial(days=14), phase="trialing", trial_ends_at=end + timedelta(days=14))
    found = await preview(shop, offer, made)
    assert (found.due, found.due_at) == (Money(4900, "eur"), offer.trial_ends_at)
    await shop.accept(offer, made)
    sandbox.clock.advance(timedelta(days=20))
    assert issued(shop.account.invoices.of(made)[-1]) == found


async def test_balance_counts_in_previews(shop: Shop) -> None:
    made = shop.leaving()
    shop.account.ledger.get("customer", made["customer"])["balance"] = -1000
    found = await preview(shop, terms(), made)
    assert (found.subtotal, found.due) == (Money(4900, "eur"), Money(3900, "eur"))


async def test_new_subscription_is_previewed_as_bought(shop: Shop) -> None:
    made = shop.left((shop.pro, 2), tax_rates=[vat(shop)])
    offer = discounted(coupon("20"), phase="ended", way="checkout")
    found = await preview(shop, offer, made)
    assert found.due == Money(9330, "eur")  # 98.00 less 20%, and 19% on that
    assert found.tax == Money(1490, "eur")
    customer = shop.account.ledger.get("customer", made["customer"])
    bought = shop.account.subscribe(
        customer, (shop.pro, 2), coupons=[shop.account.ledger.get("coupon", "winback-20pct-3m")], tax_rates=[vat(shop)]
    )
    real = issued(shop.account.invoices.of(bought)[0])
    assert (found.due, found.subtotal, found.discount, found.tax) == (
        real.due, real.subtotal, real.discount, real.tax
    )  # fmt: skip
    assert abs(real.due_at - found.due_at) < timedelta(minutes=1)


async def test_other_plan_is_previewed_at_its_price(shop: Shop) -> None:
    (lite,) = await shop.billing.price(shop.lite["id"])
    offer = terms(SwitchPlan(price_id=lite.id), price=lite, phase="ended", way="checkout")
    assert (await preview(shop, offer, shop.left((shop.pro, 2)))).due == Money(2 * 1900, "eur")


async def test_what_cannot_be_previewed_is_refused(shop: Shop) -> None:
    made = shop.left()
    with pytest.raises(Refused) as refused:
        await preview(shop, terms(), made)
    assert refused.value.fault == "request"
