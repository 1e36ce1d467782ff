"""The door: keys, parameters, expansion, idempotency and the headers of every answer."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2
import pytest
import stripe

from sandbox.seed import CUSTOMERS
from sandbox.server import Sandbox
from sandbox.stripe.account import Account
from tests.sandbox.stripe.conftest import client_of

DANA = CUSTOMERS["dana"].id
DANAS = CUSTOMERS["dana"].subscription_id()


@pytest.fixture
async def raw(shared_sandbox: Sandbox) -> AsyncIterator[httpx2.AsyncClient]:
    headers = {"Authorization": f"Bearer {shared_sandbox.stripe.access.restricted_key}"}
    url = f"{shared_sandbox.stripe_api_url}/v1"
    async with httpx2.AsyncClient(base_url=url, headers=headers, trust_env=False) as client:
        yield client


async def test_a_wrong_key_is_refused_and_not_repeated(sandbox: Sandbox) -> None:
    """Stripe: Authentication."""
    with pytest.raises(stripe.AuthenticationError) as refused:
        async with client_of(sandbox, "rk_test_stolen_and_rotated") as client:
            await client.v1.customers.retrieve_async(DANA)
    assert refused.value.http_status == 401
    assert "stolen" not in str(refused.value)


async def test_a_revoked_key_is_refused(account: Account, client: stripe.StripeClient) -> None:
    account.access.revoked = True
    with pytest.raises(stripe.AuthenticationError):
        await client.v1.customers.retrieve_async(DANA)


async def test_a_missing_permission_is_named(account: Account, client: stripe.StripeClient) -> None:
    """Stripe: Restricted API keys."""
    account.access.permissions.remove("rak_customer_portal_write")
    with pytest.raises(stripe.PermissionError, match="rak_customer_portal_write") as refused:
        await client.v1.billing_portal.sessions.create_async({"customer": DANA})
    assert refused.value.http_status == 403


@pytest.mark.parametrize(
    ("sent", "code", "param"),
    [
        ("GET /customers?mail=a", "parameter_unknown", "mail"),
        ("GET /customers?created[since]=5", "parameter_unknown", "created[since]"),
        ("GET /customers?limit=ten", "parameter_invalid_integer", "limit"),
        ("GET /customers?limit=101", None, "limit"),
        ("GET /subscriptions?status=gone", None, "status"),
        ("GET /customers/search?limit=3", "parameter_missing", "query"),
        ("GET /customers?expand=data", None, "expand"),
        ("POST /billing_portal/sessions", "parameter_missing", "customer"),
        ("POST /billing_portal/sessions customer=", "parameter_invalid_empty", "customer"),
        ("POST /billing_portal/sessions customer=cus_1&mode=payment", "parameter_unknown", "mode"),
        ("POST /billing_portal/sessions customer=cus_1", "resource_missing", "customer"),
        ("POST /billing_portal/sessions customer=cus_1&flow_data[type]=buy", None, "flow_data[type]"),
        (f"POST /billing_portal/sessions customer={DANA}&flow_data[x]=1", "parameter_unknown", "flow_data[x]"),
        (f"POST /subscriptions/{DANAS} cancel_at_period_end=yes", None, "cancel_at_period_end"),
        (f"POST /subscriptions/{DANAS} a]b[=1", None, "a]b["),
        ("GET /invoices?subscription=", "parameter_invalid_empty", "subscription"),
    ],
)  # fmt: skip
async def test_parameters_are_read_strictly(raw: httpx2.AsyncClient, sent: str, code: str | None, param: str) -> None:
    """Stripe: Error codes."""
    method, target, *form = sent.split(" ")
    answer = await raw.request(method, target, content="".join(form))
    error = answer.json()["error"]
    assert (answer.status_code, error["type"]) == (400, "invalid_request_error")
    assert (error.get("code"), error.get("param")) == (code, param)


async def test_an_unknown_id_is_missing(reader: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="No such customer: 'cus_nobody'") as refused:
        await reader.v1.customers.retrieve_async("cus_nobody")
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


async def test_an_unknown_address_is_no_endpoint(raw: httpx2.AsyncClient) -> None:
    answer = await raw.get("/subscription_portal")
    assert (answer.status_code, "Unrecognized request URL" in answer.json()["error"]["message"]) == (404, True)


@pytest.mark.parametrize("path", ["email", "nothing", "data", "subscriptions.data.items.data.price"])
async def test_only_what_can_be_expanded_is_expanded(reader: stripe.StripeClient, path: str) -> None:
    """Stripe: Expanding responses, four levels at most."""
    with pytest.raises(stripe.InvalidRequestError):
        await reader.v1.customers.retrieve_async(DANA, {"expand": [path]})


async def test_tiers_come_on_expand_only(reader: stripe.StripeClient) -> None:
    """The SDK's Price: `tiers`, "this field is not included by default"."""
    ivan = CUSTOMERS["ivan"].subscription_id()
    plain = await reader.v1.subscriptions.retrieve_async(ivan)
    expanded = await reader.v1.subscriptions.retrieve_async(ivan, {"expand": ["items.data.price.tiers"]})
    assert "tiers" not in plain["items"].data[0].price
    assert len(expanded["items"].data[0].price.tiers or []) == 3


async def test_every_answer_has_a_request_id_and_the_sandboxs_date(
    shared_sandbox: Sandbox, raw: httpx2.AsyncClient
) -> None:
    before = shared_sandbox.clock.now()
    answer = await raw.get(f"/customers/{DANA}")
    assert answer.headers["request-id"].startswith("req_")
    assert answer.headers["stripe-version"] == "2026-10-28.endive"
    assert answer.headers.get_list("date") == [answer.headers["date"]]
    stamped = parsedate_to_datetime(answer.headers["date"])
    assert before - timedelta(seconds=1) < stamped <= shared_sandbox.clock.now()


async def _open(client: stripe.StripeClient, key: str, **more: Any) -> stripe.billing_portal.Session:
    asked: Any = {"customer": DANA, **more}
    return await client.v1.billing_portal.sessions.create_async(asked, {"idempotency_key": key})


async def test_a_repeated_key_is_told_the_same(client: stripe.StripeClient, account: Account) -> None:
    """Stripe: Idempotent requests."""
    first, second, other = [await _open(client, key) for key in ("one", "one", "two")]
    assert first.url == second.url != other.url
    assert second.last_response is not None
    assert second.last_response.headers["idempotent-replayed"] == "true"
    assert len(account.ledger.all("billing_portal.session")) == 2


async def test_a_key_belongs_to_its_parameters(client: stripe.StripeClient) -> None:
    await _open(client, "one")
    with pytest.raises(stripe.IdempotencyError):
        await _open(client, "one", return_url="https://northwind-mail.com/")


async def test_a_refusal_is_repeated_but_nothing_malformed(account: Account, client: stripe.StripeClient) -> None:
    """Stripe: Idempotent requests, the result is kept only if the endpoint has begun executing."""
    configuration = account.portal.configuration
    configuration["active"] = False
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError, match="inactive"):
            await _open(client, "refused")
        configuration["active"] = True
    with pytest.raises(stripe.InvalidRequestError):
        await _open(client, "malformed", locale="tlh")
    assert (await _open(client, "malformed")).customer == DANA


async def test_a_key_under_way_conflicts(account: Account, client: stripe.StripeClient) -> None:
    account.latency = timedelta(seconds=0.2)
    answers = await asyncio.gather(_open(client, "one"), _open(client, "one"), return_exceptions=True)
    (conflict,) = [each for each in answers if isinstance(each, stripe.APIError)]
    assert conflict.http_status == 409


async def test_a_key_is_forgotten_after_a_day(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    first = await _open(client, "one")
    sandbox.clock.advance(timedelta(hours=25))
    assert (await _open(client, "one")).url != first.url


async def test_discounts_given_replace_all(client: stripe.StripeClient) -> None:
    """Stripe: Update a subscription, `discounts`."""
    fay = CUSTOMERS["fay"].subscription_id()
    (running,) = (await client.v1.subscriptions.retrieve_async(fay)).discounts
    assert isinstance(running, str)
    kept = await client.v1.subscriptions.update_async(fay, {"discounts": [{"discount": running}, {"coupon": "SPRING"}]})
    assert (len(kept.discounts), kept.discounts[0]) == (2, running)
    replaced = await client.v1.subscriptions.update_async(fay, {"discounts": [{"coupon": "SPRING"}]})
    assert running not in replaced.discounts
    unchanged = await client.v1.subscriptions.update_async(fay, {"discounts": []})  # the SDK sends nothing
    assert len(unchanged.discounts) == 1
    cleared = await client.v1.subscriptions.update_async(fay, {"discounts": ""})
    assert cleared.discounts == []
    bobs = CUSTOMERS["bob"].subscription_id()
    with pytest.raises(stripe.InvalidRequestError, match="only applies to eur"):
        await client.v1.subscriptions.update_async(bobs, {"discounts": [{"coupon": "HELLO"}]})


async def test_a_plan_can_be_switched(client: stripe.StripeClient) -> None:
    item = (await client.v1.subscriptions.retrieve_async(DANAS))["items"].data[0].id
    switched = await client.v1.subscriptions.update_async(
        DANAS, {"items": [{"id": item, "price": "price_SeedStarterEur"}], "proration_behavior": "none"}
    )
    assert switched["items"].data[0].price.unit_amount == 900


async def test_a_subscription_and_its_customer_can_be_made(staff: stripe.StripeClient) -> None:
    new = await staff.v1.customers.create_async({"email": "new@new-mail.com", "name": "New"})
    subscription = await staff.v1.subscriptions.create_async(
        {"customer": new.id, "items": [{"price": "price_SeedProEur"}], "payment_behavior": "default_incomplete"}
    )
    assert (subscription.status, subscription.billing_mode.type) == ("incomplete", "flexible")


async def test_a_refund_shows_on_the_charge(reader: stripe.StripeClient) -> None:
    charges = await reader.v1.charges.list_async({"customer": CUSTOMERS["remy"].id})
    assert [each.amount_refunded for each in charges.data if each.amount_refunded] == [2000]
