"""Webhook endpoints as the API makes them: each has a version of its own, and wants what it wants."""

import stripe

from sandbox.server import Sandbox
from sandbox.stripe.ledger import API_VERSION, Json
from sandbox.stripe.webhooks import rendered

SHOP = "https://shop.acme.com/hooks"


async def test_an_endpoint_may_have_an_old_version_or_none(staff: stripe.StripeClient) -> None:
    made = await staff.v1.webhook_endpoints.create_async(
        {"url": SHOP, "enabled_events": ["*"], "api_version": "2020-08-27", "description": "The shop"}
    )
    without = await staff.v1.webhook_endpoints.create_async({"url": SHOP, "enabled_events": ["invoice.paid"]})

    listed = (await staff.v1.webhook_endpoints.list_async()).data
    assert {each.id: each.api_version for each in listed} == {made.id: "2020-08-27", without.id: None}
    assert (made.secret or "").startswith("whsec_")
    assert "secret" not in listed[0].to_dict()


async def test_an_endpoint_is_disabled_and_deleted(sandbox: Sandbox, staff: stripe.StripeClient) -> None:
    made = await staff.v1.webhook_endpoints.create_async({"url": SHOP, "enabled_events": ["customer.updated"]})
    webhooks = sandbox.stripe.webhooks
    webhooks.mode = "held"
    customer = sandbox.stripe.create_customer(email="dana@acme-mail.com")
    assert webhooks.held[-1]["pending_webhooks"] == 0, "another type"
    sandbox.stripe.update_email(customer, "dana.r@acme-mail.com")
    assert webhooks.held[-1]["pending_webhooks"] == 1

    disabled = await staff.v1.webhook_endpoints.update_async(made.id, {"disabled": True})
    sandbox.stripe.update_email(customer, "dana@acme-mail.com")

    assert disabled.status == "disabled"
    assert webhooks.held[-1]["pending_webhooks"] == 0
    assert (await staff.v1.webhook_endpoints.delete_async(made.id)).deleted


def test_an_older_version_has_the_period_on_the_subscription() -> None:
    item = {"id": "si_1", "current_period_start": 1, "current_period_end": 2}
    event: Json = {"data": {"object": {"object": "subscription", "items": {"data": [item]}}}, "type": "t"}

    assert rendered(event, None) == event | {"api_version": API_VERSION}
    older = rendered(event, "2020-08-27")
    assert older["api_version"] == "2020-08-27"
    assert older["data"]["object"]["current_period_end"] == 2
    assert older["data"]["object"]["items"]["data"] == [{"id": "si_1"}]
    assert item["current_period_end"] == 2
