"""Checkout's page, clicked through as a customer does."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import stripe

from sandbox.server import Sandbox
from sandbox.stripe.account import Account
from sandbox.stripe.ledger import Json
from tests.sandbox.stripe.test_checkout import PRO, SVEN, asked

FRIENDS = {"type": "coupon", "coupon": "FRIENDS"}
GOOD, BAD = "4242 4242 4242 4242", "4000 0000 0000 0002"


@pytest.fixture
async def browser(sandbox: Sandbox) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=sandbox.url, trust_env=False) as client:
        yield client


async def open_session(client: stripe.StripeClient, **more: Any) -> stripe.checkout.Session:
    return await client.v1.checkout.sessions.create_async(
        asked(cancel_url="https://northwind-mail.com/no", subscription_data={"metadata": {"offer": "7"}}, **more)
    )


def page_of(session: stripe.checkout.Session) -> str:
    assert session.url is not None
    return session.url


def bought(account: Account, customer: str = SVEN) -> list[Json]:
    return account.live_subscriptions(account.ledger.get("customer", customer))


async def test_a_customer_reads_what_is_due_and_subscribes_with_the_card_on_file(
    client: stripe.StripeClient, account: Account, browser: httpx2.AsyncClient
) -> None:
    session = await open_session(client, discounts=[{"coupon": "FRIENDS"}])
    shown = await browser.get(page_of(session))
    words = re.sub(r"<[^>]+>|\s+", " ", shown.text)
    for part in ("Subscribe to Pro.", "€49.00 per month", "−€9.80", "€39.20 due today", "on file"):
        assert part in re.sub(r" +", " ", words)
    assert 'href="https://northwind-mail.com/no"' in shown.text
    [card] = re.findall(r'name="card" value="(pm_\w+)"', shown.text)

    done = await browser.post(page_of(session), data={"card": card})

    assert done.status_code == 303
    assert done.headers["location"] == f"https://northwind-mail.com/back?session={session.id}"
    [subscription] = bought(account)
    assert subscription["status"] == "active"
    assert subscription["metadata"] == {"offer": "7"}
    assert subscription["default_payment_method"] == card
    [discount] = [account.ledger.get("discount", each) for each in subscription["discounts"]]
    assert (discount["source"]["coupon"], discount["checkout_session"]) == ("FRIENDS", session.id)
    whole = await client.v1.checkout.sessions.retrieve_async(session.id, {"expand": ["subscription", "invoice"]})
    assert (whole.status, whole.payment_status, whole.url) == ("complete", "paid", None)
    assert isinstance(whole.subscription, stripe.Subscription)
    assert isinstance(whole.invoice, stripe.Invoice)
    assert whole.subscription.latest_invoice == whole.invoice.id
    assert whole.subscription.id == subscription["id"]
    assert (whole.invoice.status, whole.invoice.amount_paid) == ("paid", session.amount_total)


async def test_tax_is_added_today_and_on_the_subscriptions_invoice(
    client: stripe.StripeClient, account: Account, browser: httpx2.AsyncClient
) -> None:
    account.catalog.add_tax_rate(19, "DE", "VAT", identifier="txr_De")
    data: Any = {"default_tax_rates": ["txr_De"], "description": "Welcome back"}
    session = await client.v1.checkout.sessions.create_async(
        asked(subscription_data=data, discounts=[{"coupon": "FRIENDS"}])
    )
    assert session.total_details is not None
    assert (session.total_details.amount_tax, session.amount_total) == (745, 4665)
    assert "€7.45" in (await browser.get(page_of(session))).text
    await browser.post(page_of(session), data={"card": "new", "number": GOOD})
    [subscription] = bought(account)
    invoice = account.ledger.get("invoice", subscription["latest_invoice"])
    assert (invoice["total"], invoice["amount_paid"], subscription["description"]) == (4665, 4665, "Welcome back")


async def test_the_events_of_a_completed_session(
    client: stripe.StripeClient, account: Account, browser: httpx2.AsyncClient
) -> None:
    session = await open_session(client)
    before = len(account.events)
    await browser.post(page_of(session), data={"card": "new", "number": GOOD})
    happened = account.events[before:]
    types = [event["type"] for event in happened]
    assert {"customer.subscription.created", "invoice.paid", "payment_method.attached"} <= set(types)
    assert types[-1] == "checkout.session.completed"
    told = happened[-1]["data"]["object"]
    assert (told["status"], told["client_reference_id"]) == ("complete", None)
    assert told["subscription"] == bought(account)[0]["id"]
    assert all(event["request"]["id"] for event in happened if event["type"] != "payment_method.attached")


async def test_a_new_card_becomes_the_subscriptions_and_not_the_customers(
    client: stripe.StripeClient, account: Account, browser: httpx2.AsyncClient
) -> None:
    customer = account.ledger.get("customer", SVEN)
    default = customer["invoice_settings"]["default_payment_method"]
    session = await open_session(client)
    await browser.post(page_of(session), data={"card": "new", "number": "5555 5555 5555 4444"})
    card = account.ledger.get("payment_method", bought(account)[0]["default_payment_method"])
    assert (card["card"]["last4"], card["customer"]) == ("4444", SVEN)
    assert customer["invoice_settings"]["default_payment_method"] == default != card["id"]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"card": "new", "number": BAD}, "Your card was declined. Try a different card."),
        ({"card": "new", "number": "4000 0000 0000 9995"}, "insufficient funds. Try a different card."),
        ({"card": "new", "number": "42"}, "Your card number is incomplete."),
        ({"card": "pm_of_somebody_else"}, "Choose how to pay."),
    ],
)
async def test_a_card_that_does_not_pay_leaves_the_session_open(
    client: stripe.StripeClient, account: Account, browser: httpx2.AsyncClient, form: dict[str, str], words: str
) -> None:
    session = await open_session(client)
    cards = len(account.ledger.all("payment_method", customer=SVEN))
    refused = await browser.post(page_of(session), data=form)
    assert (refused.status_code, words in refused.text) == (422, True)
    assert (await client.v1.checkout.sessions.retrieve_async(session.id)).status == "open"
    assert (bought(account), len(account.ledger.all("payment_method", customer=SVEN))) == ([], cards)

    assert (await browser.post(page_of(session), data={"card": "new", "number": GOOD})).status_code == 303
    assert len(bought(account)) == 1


async def test_a_card_on_file_that_its_bank_refuses_is_declined(
    client: stripe.StripeClient, account: Account, browser: httpx2.AsyncClient
) -> None:
    account.fail_payments(account.ledger.get("customer", SVEN), "expired_card")
    session = await open_session(client)
    [card] = account.ledger.all("payment_method", customer=SVEN)
    refused = await browser.post(page_of(session), data={"card": card["id"]})
    assert "Your card has expired. Try a different card." in refused.text


async def test_two_open_sessions_completed_give_two_subscriptions(
    client: stripe.StripeClient, account: Account, browser: httpx2.AsyncClient
) -> None:
    """Stripe's Checkout does not look for a subscription that runs already."""
    sessions = [await open_session(client) for _ in range(2)]
    for session in sessions:
        await browser.post(page_of(session), data={"card": "new", "number": GOOD})
    assert [each["status"] for each in bought(account)] == ["active", "active"]


async def test_a_session_is_completed_once(
    client: stripe.StripeClient, account: Account, browser: httpx2.AsyncClient
) -> None:
    session = await open_session(client)
    await browser.post(page_of(session), data={"card": "new", "number": GOOD})
    again = await browser.post(page_of(session), data={"card": "new", "number": GOOD})
    assert (again.status_code, "already completed" in again.text) == (410, True)
    assert len(bought(account)) == 1


async def test_an_expired_page_says_so_and_leads_back(client: stripe.StripeClient, browser: httpx2.AsyncClient) -> None:
    session = await open_session(client)
    await client.v1.checkout.sessions.expire_async(session.id)
    for answer in (await browser.get(page_of(session)), await browser.post(page_of(session), data={"card": "new"})):
        assert (answer.status_code, "This checkout has expired" in answer.text) == (410, True)
        assert 'href="https://northwind-mail.com/no"' in answer.text
    assert (await browser.get("/stripe/checkout/cs_test_guessed")).status_code == 404


async def test_nothing_due_needs_no_card_where_that_is_allowed(
    client: stripe.StripeClient, account: Account, browser: httpx2.AsyncClient
) -> None:
    account.catalog.add_coupon("FREE", percent_off=100, duration="repeating", duration_in_months=2)
    session = await open_session(client, discounts=[{"coupon": "FREE"}], payment_method_collection="if_required")
    assert session.amount_total == 0
    assert 'name="card"' not in (await browser.get(page_of(session))).text
    assert (await browser.post(page_of(session))).status_code == 303
    whole = await client.v1.checkout.sessions.retrieve_async(session.id)
    assert (whole.status, whole.payment_status) == ("complete", "no_payment_required")


async def test_a_discount_that_is_gone_by_then_is_said_and_nothing_is_bought(
    client: stripe.StripeClient, account: Account, browser: httpx2.AsyncClient
) -> None:
    coupon = account.catalog.add_coupon("ONCE", percent_off=10)
    session = await open_session(client, discounts=[{"coupon": "ONCE"}])
    coupon["valid"] = False
    refused = await browser.post(page_of(session), data={"card": "new", "number": GOOD})
    assert (refused.status_code, "Coupon expired: ONCE" in refused.text) == (422, True)
    assert bought(account) == []


async def test_a_promotion_code_is_used_up(
    client: stripe.StripeClient, account: Account, browser: httpx2.AsyncClient
) -> None:
    code = account.promotion_codes.create({"promotion": FRIENDS, "customer": SVEN, "max_redemptions": 1})
    session = await open_session(client, discounts=[{"promotion_code": code["id"]}])
    await browser.post(page_of(session), data={"card": "new", "number": GOOD})
    [discount] = [account.ledger.get("discount", each) for each in bought(account)[0]["discounts"]]
    assert (discount["promotion_code"], discount["source"]["coupon"]) == (code["id"], "FRIENDS")
    with pytest.raises(stripe.InvalidRequestError, match="not active"):
        await open_session(client, discounts=[{"promotion_code": code["id"]}])


async def test_a_code_can_be_typed_where_the_session_allows_it(
    client: stripe.StripeClient, account: Account, browser: httpx2.AsyncClient
) -> None:
    account.promotion_codes.create({"promotion": FRIENDS, "customer": SVEN, "code": "COME-BACK"})
    assert 'name="code"' not in (await browser.get(page_of(await open_session(client)))).text
    session = await open_session(client, allow_promotion_codes=True)
    wrong = await browser.post(page_of(session), data={"code": "COME"})
    assert (wrong.status_code, "This code is invalid." in wrong.text) == (422, True)
    right = await browser.post(page_of(session), data={"code": " come-back "})
    assert "€39.20" in right.text
    await browser.post(page_of(session), data={"card": "new", "number": GOOD})
    [discount] = [account.ledger.get("discount", each) for each in bought(account)[0]["discounts"]]
    assert discount["source"]["coupon"] == "FRIENDS"


async def test_names_are_text(client: stripe.StripeClient, browser: httpx2.AsyncClient, account: Account) -> None:
    account.ledger.get("product", account.ledger.get("price", PRO)["product"])["name"] = "<b>Pro</b>"
    account.ledger.get("customer", SVEN)["email"] = None
    account.ledger.get("customer", SVEN)["name"] = "<script>"
    shown = await browser.get(page_of(await open_session(client)))
    assert "<b>Pro" not in shown.text
    assert "<script>" not in shown.text
    assert "&lt;b&gt;Pro&lt;/b&gt;" in shown.text


async def test_the_account_page_leads_to_an_open_checkout(
    client: stripe.StripeClient, browser: httpx2.AsyncClient
) -> None:
    session = await open_session(client)
    customer = f"/as/agent/stripe/{SVEN}"
    assert f'href="{session.url}" target="_blank"' in (await browser.get(customer)).text
    await client.v1.checkout.sessions.expire_async(session.id)
    assert "Open checkouts" not in (await browser.get(customer)).text
