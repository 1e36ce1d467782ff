"""Customers are found, and not found, the way Stripe does it."""

from datetime import timedelta

import pytest
import stripe

from sandbox.seed import CUSTOMERS
from sandbox.server import Sandbox
from sandbox.stripe.account import Account


async def _listed(client: stripe.StripeClient, email: str) -> set[str]:
    return {each.id for each in (await client.v1.customers.list_async({"email": email})).data}


async def _found(client: stripe.StripeClient, query: str) -> set[str]:
    return {each.id for each in (await client.v1.customers.search_async({"query": query})).data}


async def test_the_filter_by_email_is_case_sensitive(reader: stripe.StripeClient) -> None:
    """Stripe: List all customers, "a case-sensitive filter on the list based on the customer's email field"."""
    assert await _listed(reader, "maya@studio-mail.com") == {CUSTOMERS["maya"].id}
    assert await _listed(reader, "Maya@Studio-Mail.com") == {CUSTOMERS["mayacase"].id}
    assert await _listed(reader, "MAYA@STUDIO-MAIL.COM") == set()


async def test_several_customers_may_have_one_address(reader: stripe.StripeClient) -> None:
    assert await _listed(reader, "sam@petrov-mail.com") == {CUSTOMERS["sam"].id, CUSTOMERS["samtwo"].id}


async def test_search_by_email_does_not_care_for_case(reader: stripe.StripeClient) -> None:
    """Stripe: Search, exact match of a string field."""
    expected = {CUSTOMERS["maya"].id, CUSTOMERS["mayacase"].id}
    assert await _found(reader, 'email:"maya@STUDIO-mail.com"') == expected


@pytest.mark.parametrize(
    ("query", "handles"),
    [
        ('email~"malone-mail"', {"rex", "rosa", "rolf"}),
        ('name:"dana reyes"', {"dana"}),
        ('email~"malone" AND name~"rosa"', {"rosa"}),
        ('email~"malone" -name~"rosa"', {"rex", "rolf"}),
        ('name:"dana reyes" OR name:"bob lindqvist"', {"dana", "bob"}),
        ("email:null", {"noah"}),
        (r'name:"no \"such\" name"', set()),
    ],
)
async def test_search_reads_its_query_language(reader: stripe.StripeClient, query: str, handles: set[str]) -> None:
    """Stripe: Search query language."""
    assert await _found(reader, query) == {CUSTOMERS[handle].id for handle in handles}


@pytest.mark.parametrize(
    "query",
    ['email:"quote " inside"', "email", 'shoe:"42"', 'email:"a" OR name:"b" AND phone:"c"', 'email~"ab"', "email:'x"],
)
async def test_search_refuses_what_it_cannot_read(reader: stripe.StripeClient, query: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await _found(reader, query)
    assert refused.value.param == "query"


async def test_search_learns_late(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    """Stripe: Search, "don't use search for read-after-write flows"."""
    sandbox.stripe.search.lag = 60
    new = sandbox.stripe.create_customer(email="new@late-mail.com")
    assert await _found(client, 'email:"new@late-mail.com"') == set()
    assert await _listed(client, "new@late-mail.com") == {new["id"]}
    sandbox.clock.advance(timedelta(seconds=61))
    assert await _found(client, 'email:"new@late-mail.com"') == {new["id"]}


async def test_search_forgets_deleted_customers_and_old_addresses(
    account: Account, client: stripe.StripeClient
) -> None:
    mona = account.ledger.get("customer", CUSTOMERS["mona"].id)
    account.update_email(mona, "mona@newest-mail.com")
    account.delete_customer(account.ledger.get("customer", CUSTOMERS["bob"].id))
    account.search.catch_up()
    assert await _found(client, 'email:"mona@berg-mail.com" OR email~"lindqvist"') == set()


async def test_search_may_not_be_had(account: Account, client: stripe.StripeClient) -> None:
    """Stripe: Search is not available to merchants in India."""
    account.search.available = False
    with pytest.raises(stripe.InvalidRequestError, match="unavailable"):
        await _found(client, 'email:"dana@acme-mail.com"')


async def test_search_goes_by_pages(reader: stripe.StripeClient) -> None:
    """Stripe: Search, `page` and `next_page` instead of `starting_after`."""
    first = await reader.v1.customers.search_async({"query": 'email~"mail.com"', "limit": 20})
    everybody = [each.id async for each in first.auto_paging_iter()]
    assert len(first.data) == 20
    assert len(everybody) == len(set(everybody)) > 40


async def test_a_deleted_customer_is_a_stub(reader: stripe.StripeClient) -> None:
    """Stripe: Retrieve a customer, of a deleted one only a subset is returned, with `deleted`."""
    ugo = await reader.v1.customers.retrieve_async(CUSTOMERS["ugo"].id)
    assert ugo.to_dict() == {"id": CUSTOMERS["ugo"].id, "object": "customer", "deleted": True}
    assert await _listed(reader, "ugo@ferri-mail.com") == set()
    ended = await reader.v1.subscriptions.list_async({"customer": ugo.id, "status": "all"})
    assert [each.status for each in ended.data] == ["canceled"]


async def test_subscriptions_of_a_customer_come_on_expand_only_and_without_canceled_ones(
    client: stripe.StripeClient,
) -> None:
    """The SDK's Customer: `subscriptions` "is not included by default"."""
    tessa = CUSTOMERS["tessa"]
    plain = await client.v1.customers.retrieve_async(tessa.id)
    expanded = await client.v1.customers.retrieve_async(tessa.id, {"expand": ["subscriptions"]})
    assert "subscriptions" not in plain
    assert expanded.subscriptions is not None
    assert [each.id for each in expanded.subscriptions.data] == [tessa.subscription_id(2)]


async def test_an_update_is_told_with_the_old_address(staff: stripe.StripeClient) -> None:
    dana = CUSTOMERS["dana"].id
    await staff.v1.customers.update_async(dana, {"email": "dana@new-mail.com", "metadata": {"crm": "7"}})
    newest = (await staff.v1.events.list_async({"type": "customer.updated"})).data[0]
    assert newest.data.previous_attributes is not None
    assert newest.data.previous_attributes.to_dict() == {"email": "dana@acme-mail.com", "metadata": {"crm": None}}


async def test_deleting_ends_what_runs(account: Account, staff: stripe.StripeClient) -> None:
    """Stripe: Delete a customer, "also immediately cancels any active subscriptions on the customer"."""
    gone = await staff.v1.customers.delete_async(CUSTOMERS["yara"].id)
    assert gone.deleted is True
    subscriptions = account.ledger.all("subscription", customer=gone.id)
    assert [each["status"] for each in subscriptions] == ["canceled", "canceled"]


async def test_pages_walk_both_ways(reader: stripe.StripeClient) -> None:
    """Stripe: Pagination."""
    newest = await reader.v1.customers.list_async({"limit": 3})
    older = await reader.v1.customers.list_async({"limit": 3, "starting_after": newest.data[-1].id})
    back = await reader.v1.customers.list_async({"limit": 3, "ending_before": older.data[0].id})
    assert [each.id for each in back.data] == [each.id for each in newest.data]
    assert newest.has_more
    assert not back.has_more
    created = [each.created for each in (*newest.data, *older.data)]
    assert created == sorted(created, reverse=True)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await reader.v1.customers.list_async({"starting_after": "cus_nobody"})
    assert (refused.value.code, refused.value.param) == ("resource_missing", "starting_after")
