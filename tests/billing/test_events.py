"""Walking events back to a moment: those that concern us, newest first, page by page, each once."""

from datetime import datetime, timedelta

import pytest

from billing.stripe_billing import StripeBilling
from billing.webhook import StripeWebhooks
from flows.failures import Unavailable
from flows.ports import StripeEvent
from sandbox.server import Sandbox
from sandbox.stripe.account import Account

NOTICES = StripeWebhooks(secrets=[])


async def walk(billing: StripeBilling, moment: datetime) -> list[tuple[StripeEvent, ...]]:
    return [page async for page in billing.events_back_to(moment)]


async def test_pages_come_newest_first_and_whole(billing: StripeBilling, account: Account, sandbox: Sandbox) -> None:
    sandbox.clock.advance(timedelta(minutes=1))
    since = sandbox.clock.now().replace(microsecond=0)
    customer = account.create_customer(email="a0@acme-mail.com")  # customer.created concerns nobody
    for number in range(1, 231):
        account.update_email(customer, f"a{number}@acme-mail.com")
    pages = await walk(billing, since)
    assert [len(page) for page in pages] == [100, 100, 30]
    webhooks = [stripe_event for page in pages for stripe_event in page]
    changes = [NOTICES.address_change(stripe_event) for stripe_event in webhooks]
    assert [change.after for change in changes if change] == [
        f"a{number}@acme-mail.com" for number in range(230, 0, -1)
    ]
    assert {stripe_event.subject for stripe_event in webhooks} == {customer["id"]}
    assert {stripe_event.type for stripe_event in webhooks} == {"customer.updated"}


async def test_a_walk_ends_at_its_moment(billing: StripeBilling, account: Account, sandbox: Sandbox) -> None:
    customer = account.create_customer(email="b@acme-mail.com")
    account.update_email(customer, "before@acme-mail.com")
    sandbox.clock.advance(timedelta(minutes=1))
    moment = sandbox.clock.now()
    sandbox.clock.advance(timedelta(minutes=1))
    account.update_email(customer, "after@acme-mail.com")
    ((stripe_event,),) = await walk(billing, moment)
    assert stripe_event.created_at >= moment


async def test_nothing_new_is_no_page(billing: StripeBilling, sandbox: Sandbox) -> None:
    assert await walk(billing, sandbox.clock.now() + timedelta(minutes=5)) == []


async def test_polled_and_delivered_events_are_equal(
    billing: StripeBilling, account: Account, sandbox: Sandbox
) -> None:
    sandbox.clock.advance(timedelta(minutes=1))
    since = sandbox.clock.now().replace(microsecond=0)
    customer = account.create_customer(email="c@acme-mail.com")
    account.cards.attach(customer)
    price = account.catalog.add_price(account.catalog.add_product("Pro"), 4900, "eur")
    account.portal_cancel(account.subscribe(customer, price), "unused")
    walked = {stripe_event.id: stripe_event for page in await walk(billing, since) for stripe_event in page}
    delivered = [event for event in account.events if event["id"] in walked]
    assert len(delivered) == len(walked) >= 3
    for event in delivered:
        stripe_event = walked[event["id"]]
        assert (stripe_event.type, int(stripe_event.created_at.timestamp())) == (event["type"], event["created"])
        assert (NOTICES.observation(stripe_event) is None) is (event["data"]["object"]["object"] != "subscription")
    reasons = [
        seen.cancellation.feedback for stripe_event in walked.values() if (seen := NOTICES.observation(stripe_event))
    ]
    assert reasons[0] == "unused"


async def test_a_walk_cut_short_says_so(billing: StripeBilling, account: Account, sandbox: Sandbox) -> None:
    since = sandbox.clock.now().replace(microsecond=0)
    customer = account.create_customer(email="d@acme-mail.com")
    for number in range(101):
        account.update_email(customer, f"d{number}@acme-mail.com")
    pages = billing.events_back_to(since)
    assert len(await anext(pages)) == 100
    sandbox.faults.add("stripe", "/v1/events", "status", times=None, status=500)
    with pytest.raises(Unavailable):
        await anext(pages)
