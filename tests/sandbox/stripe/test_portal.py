"""The portal: what the API opens, and what a customer can click there."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest
import stripe

from sandbox.seed import CUSTOMERS
from sandbox.server import Sandbox
from sandbox.stripe.account import Account
from sandbox.stripe.ledger import Json

DANA = CUSTOMERS["dana"].id
DANAS = CUSTOMERS["dana"].subscription_id()


@pytest.fixture
async def browser(sandbox: Sandbox) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=sandbox.url, follow_redirects=True, trust_env=False) as client:
        yield client


def _subscription(account: Account, handle: str) -> Json:
    return account.ledger.get("subscription", CUSTOMERS[handle].subscription_id())


async def _open(client: stripe.StripeClient, **asked: Any) -> stripe.billing_portal.Session:
    params: Any = {"customer": DANA, **asked}
    return await client.v1.billing_portal.sessions.create_async(params)


@pytest.mark.parametrize("handle", ["sven", "lone", "quin"])
async def test_nobody_is_refused_for_having_no_live_subscription(reader: stripe.StripeClient, handle: str) -> None:
    """Stripe: Create a portal session; entitlement is the caller's matter."""
    session = await reader.v1.billing_portal.sessions.create_async({"customer": CUSTOMERS[handle].id})
    assert session.url


async def test_a_session_shows_what_was_asked(reader: stripe.StripeClient) -> None:
    flow: Any = {
        "type": "subscription_cancel",
        "subscription_cancel": {"subscription": DANAS},
        "after_completion": {"type": "redirect", "redirect": {"return_url": "https://northwind-mail.com/back"}},
    }
    session = await _open(
        reader, flow_data=flow, return_url="https://northwind-mail.com/", after_expiration={"type": "customer_login"}
    )
    assert session.flow is not None
    assert session.flow.subscription_cancel is not None
    assert session.flow.subscription_cancel.subscription == DANAS
    assert session.after_expiration is not None
    assert session.after_expiration.type == "customer_login"
    assert session.return_url == "https://northwind-mail.com/"


@pytest.mark.parametrize(
    ("flow", "handle", "words"),
    [
        ("subscription_pause", "dana", "subscription pause feature in your portal configuration is disabled"),
        ("subscription_cancel", "sven", "has ended"),
        ("subscription_cancel", "walt", "already set to be canceled"),
    ],
)
async def test_a_flow_that_leads_nowhere_is_refused(
    reader: stripe.StripeClient, flow: str, handle: str, words: str
) -> None:
    asked: Any = {"type": flow, flow: {"subscription": CUSTOMERS[handle].subscription_id()}}
    with pytest.raises(stripe.InvalidRequestError, match=words):
        await reader.v1.billing_portal.sessions.create_async({"customer": CUSTOMERS[handle].id, "flow_data": asked})


async def test_somebody_elses_subscription_is_missing(reader: stripe.StripeClient) -> None:
    bobs = CUSTOMERS["bob"].subscription_id()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await _open(reader, flow_data={"type": "subscription_cancel", "subscription_cancel": {"subscription": bobs}})
    assert refused.value.code == "resource_missing"


async def test_a_customer_cancels_and_says_why_in_two_steps(account: Account, browser: httpx2.AsyncClient) -> None:
    """Stripe: Cancellation page, the survey comes after the cancellation."""
    dana = _subscription(account, "dana")
    home = await browser.get(account.portal.open_as(DANA))
    (cancel,) = re.findall(rf'href="([^"]*/cancel/{DANAS})"', home.text)
    assert "Cancel plan" in (await browser.get(cancel)).text
    assert dana["cancel_at"] is None
    survey = await browser.post(cancel)
    assert dana["cancel_at"] is not None
    assert dana["cancellation_details"]["feedback"] is None
    assert "Why did you cancel?" in survey.text
    home = await browser.post(str(survey.url), data={"reason": "other", "comment": "We <b>moved</b>"})
    assert dana["cancellation_details"]["comment"] == "We <b>moved</b>"
    assert "Your plan ends on" in home.text
    (renew,) = re.findall(rf'action="([^"]*/renew/{DANAS})"', home.text)
    assert "Your plan renews on" in (await browser.post(renew)).text
    assert dana["cancel_at"] is None


async def test_a_comment_belongs_to_other_only_and_a_skipped_survey_says_nothing(
    account: Account, browser: httpx2.AsyncClient
) -> None:
    url = account.portal.open_as(DANA)
    dana = _subscription(account, "dana")
    answers = []
    await browser.post(f"{url}/cancel/{DANAS}")
    for answer in ({"skip": "yes"}, {"reason": "unused"}):
        await browser.post(f"{url}/survey/{DANAS}", data={**answer, "comment": "unheard"})
        answers.append(tuple(dana["cancellation_details"][key] for key in ("feedback", "comment")))
    assert answers == [(None, None), ("unused", None)]


async def test_a_custom_reason_is_offered_and_taken(account: Account, browser: httpx2.AsyncClient) -> None:
    option = account.portal.add_reason("We sold the company")
    url = account.portal.open_as(DANA)
    survey = await browser.post(f"{url}/cancel/{DANAS}")
    assert "We sold the company" in survey.text
    await browser.post(str(survey.url), data={"reason": option["id"]})
    assert _subscription(account, "dana")["cancellation_details"]["feedback_option"] == option["id"]


async def test_a_deep_link_opens_its_flow_and_goes_where_it_says(
    client: stripe.StripeClient, account: Account, browser: httpx2.AsyncClient, sandbox: Sandbox
) -> None:
    """Stripe: Portal deep links, `after_completion`."""
    back = f"{sandbox.url}/nowhere"
    session = await _open(
        client,
        flow_data={
            "type": "payment_method_update",
            "after_completion": {"type": "redirect", "redirect": {"return_url": back}},
        },
    )
    page = await browser.get(session.url)
    assert "Card number" in page.text
    wrong = await browser.post(str(page.url), data={"number": "42"})
    assert "incomplete" in wrong.text
    done = await browser.post(str(page.url), data={"number": "4000 0000 0000 0341"}, follow_redirects=False)
    assert (done.status_code, done.headers["location"]) == (303, back)
    customer = account.ledger.get("customer", DANA)
    card = account.ledger.get("payment_method", customer["invoice_settings"]["default_payment_method"])
    assert (card["card"]["last4"], account.cards.declines[card["id"]]) == ("0341", "generic_decline")


async def test_a_hosted_confirmation_says_what_was_asked(
    client: stripe.StripeClient, browser: httpx2.AsyncClient
) -> None:
    session = await _open(
        client,
        flow_data={
            "type": "customer_update",
            "after_completion": {
                "type": "hosted_confirmation",
                "hosted_confirmation": {"custom_message": "See you soon"},
            },
        },
    )
    page = await browser.get(session.url)
    done = await browser.post(str(page.url), data={"email": "dana@elsewhere-mail.com"})
    assert "See you soon" in done.text


async def test_plans_are_switched_and_paused_where_it_is_allowed(account: Account, browser: httpx2.AsyncClient) -> None:
    url, dana = account.portal.open_as(DANA), _subscription(account, "dana")
    assert (await browser.get(f"{url}/pause/{DANAS}")).status_code == 404
    account.portal.configuration["features"]["subscription_pause"]["enabled"] = True
    plans = await browser.get(f"{url}/plan/{DANAS}")
    assert "Starter" in plans.text
    await browser.post(f"{url}/plan/{DANAS}", data={"price": "price_SeedStarterEur"})
    assert dana["items"]["data"][0]["price"]["id"] == "price_SeedStarterEur"
    await browser.post(f"{url}/pause/{DANAS}")
    assert dana["status"] == "paused"


async def test_a_link_not_opened_in_time_is_dead(sandbox: Sandbox, browser: httpx2.AsyncClient) -> None:
    """Stripe: The portal session object, sessions are short-lived."""
    url = sandbox.stripe.portal.open_as(DANA)
    sandbox.clock.advance(timedelta(minutes=5, seconds=1))
    gone = await browser.get(url)
    assert (gone.status_code, "has expired" in gone.text) == (410, True)
    assert (await browser.get(f"{sandbox.stripe.portal.base_url}/guessed")).status_code == 410


async def test_an_opened_session_lives_on_while_it_is_used(sandbox: Sandbox, browser: httpx2.AsyncClient) -> None:
    url = sandbox.stripe.portal.open_as(DANA)
    for _ in range(3):
        assert (await browser.get(url)).status_code == 200
        sandbox.clock.advance(timedelta(minutes=50))
    sandbox.clock.advance(timedelta(minutes=11))
    assert (await browser.get(url)).status_code == 410


async def test_an_expired_session_may_be_replaced_by_logging_in(
    sandbox: Sandbox, client: stripe.StripeClient, browser: httpx2.AsyncClient
) -> None:
    """Stripe: Session recovery for expired customer portal sessions."""
    session = await _open(client, after_expiration={"type": "customer_login"})
    sandbox.clock.advance(timedelta(minutes=6))
    asked = await browser.get(session.url)
    assert "which e-mail address" in asked.text
    wrong = await browser.post(session.url, data={"email": "bob@lindqvist-mail.com"})
    assert wrong.status_code == 410
    fresh = await browser.post(session.url, data={"email": "dana@acme-mail.com"})
    assert (fresh.status_code, "Billing overview" in fresh.text) == (200, True)


async def test_names_are_text_on_every_page(account: Account, browser: httpx2.AsyncClient) -> None:
    home = await browser.get(account.portal.open_as(CUSTOMERS["bobby"].id))
    assert "<b>Bobby</b>" not in home.text
    assert "&lt;b&gt;Bobby&lt;/b&gt;" in home.text


async def test_a_session_shows_nobody_elses_subscription(account: Account, browser: httpx2.AsyncClient) -> None:
    url = account.portal.open_as(DANA)
    answer = await browser.post(f"{url}/cancel/{CUSTOMERS['bob'].subscription_id()}")
    assert answer.status_code == 404
    assert _subscription(account, "bob")["cancel_at"] is None
