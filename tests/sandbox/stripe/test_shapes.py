"""Everything the account can show is shown once, so that the recorder holds each object against the SDK's types."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from sandbox.seed import CUSTOMERS
from sandbox.server import Sandbox

Service = Callable[[stripe.StripeClient], Any]
LISTS: dict[str, tuple[Service, list[str]]] = {
    "customers": (lambda c: c.v1.customers, ["data.subscriptions", "data.sources", "data.tax_ids"]),
    "subscriptions": (lambda c: c.v1.subscriptions, ["data.discounts", "data.latest_invoice", "data.items.data.price"]),
    "products": (lambda c: c.v1.products, []),
    "prices": (lambda c: c.v1.prices, ["data.tiers", "data.product", "data.currency_options"]),
    "coupons": (lambda c: c.v1.coupons, ["data.applies_to", "data.currency_options"]),
    "promotion codes": (lambda c: c.v1.promotion_codes, ["data.promotion.coupon", "data.customer"]),
    "invoices": (lambda c: c.v1.invoices, ["data.payments", "data.customer", "data.total_discount_amounts.discount"]),
    "invoice payments": (lambda c: c.v1.invoice_payments, ["data.payment.payment_intent.latest_charge"]),
    "payment intents": (lambda c: c.v1.payment_intents, ["data.latest_charge"]),
    "charges": (lambda c: c.v1.charges, ["data.refunds", "data.payment_intent"]),
    "refunds": (lambda c: c.v1.refunds, ["data.charge"]),
    "events": (lambda c: c.v1.events, []),
    "portal configurations": (lambda c: c.v1.billing_portal.configurations, []),
    "feedback options": (lambda c: c.v1.billing.feedback_options, []),
    "webhook endpoints": (lambda c: c.v1.webhook_endpoints, []),
}


@pytest.fixture(scope="module")
async def everything(shared_sandbox: Sandbox) -> None:
    """Add what the seed does not have."""
    code = {"promotion": {"type": "coupon", "coupon": "SPRING"}, "customer": CUSTOMERS["dana"].id}
    shared_sandbox.stripe.promotion_codes.create(code)
    shared_sandbox.stripe.portal.add_reason("We sold the company")
    shared_sandbox.stripe.webhooks.add("http://127.0.0.1:9/", "whsec_nobody")


@pytest.mark.parametrize("name", LISTS)
async def test_every_page_of_a_list_and_each_of_its_objects_alone(
    name: str, reader: stripe.StripeClient, everything: None
) -> None:
    service, expand = LISTS[name]
    first = await service(reader).list_async({"limit": 100, "expand": expand} if expand else {"limit": 100})
    found = [each async for each in first.auto_paging_iter()]
    assert found
    alone = await service(reader).retrieve_async(found[-1].id)
    assert alone.id == found[-1].id


async def test_each_subscription_of_the_seed_with_all_that_is_expanded(reader: stripe.StripeClient) -> None:
    listed = await reader.v1.subscriptions.list_async({"status": "all", "limit": 100})
    for each in listed.data:
        whole = await reader.v1.subscriptions.retrieve_async(
            each.id,
            {
                "expand": [
                    "customer.invoice_settings.default_payment_method",
                    "discounts.source.coupon.applies_to",
                    "items.data.price.tiers",
                    "items.data.price.product",
                    "latest_invoice.payments.data.payment",
                ]
            },
        )
        assert whole.id == each.id


async def test_every_status_a_subscription_can_have_is_in_the_seed(reader: stripe.StripeClient) -> None:
    listed = await reader.v1.subscriptions.list_async({"status": "all", "limit": 100})
    assert {each.status for each in listed.data} == {
        "active", "canceled", "incomplete", "past_due", "paused", "trialing", "unpaid",
    }  # fmt: skip


async def test_a_payment_method_is_listed_by_its_customer(reader: stripe.StripeClient) -> None:
    dana = CUSTOMERS["dana"].id
    listed = await reader.v1.payment_methods.list_async({"customer": dana, "type": "card"})
    card = await reader.v1.payment_methods.retrieve_async(listed.data[0].id)
    assert (len(listed.data), card.customer) == (1, dana)


async def test_the_account_and_its_balance(reader: stripe.StripeClient) -> None:
    assert (await reader.v1.accounts.retrieve_current_async()).object == "account"
    assert (await reader.v1.balance.retrieve_async()).livemode is False
