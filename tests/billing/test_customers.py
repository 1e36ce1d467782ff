"""Finding customers by address, and reading one."""

import pytest

from billing.stripe_billing import StripeBilling
from domain.billing.subscription import Card
from domain.ids import CustomerId
from flows.failures import Refused, Unavailable
from sandbox.server import Sandbox
from sandbox.stripe.account import Account
from sandbox.stripe.ledger import Json


def add(account: Account, email: str) -> Json:
    customer = account.create_customer(email=email)
    account.search.catch_up()
    return customer


async def ids(billing: StripeBilling, address: str) -> set[str]:
    return {customer.id for customer in (await billing.find_customers(address)).customers}


async def test_list_finds_what_search_does_not_know_yet(billing: StripeBilling, account: Account) -> None:
    fresh = account.create_customer(email="Fresh@acme-mail.com")
    assert await ids(billing, "Fresh@acme-mail.com") == {fresh["id"]}


async def test_lower_case_is_listed_too(billing: StripeBilling, account: Account) -> None:
    fresh = account.create_customer(email="shouted@acme-mail.com")
    assert await ids(billing, "SHOUTED@acme-mail.com") == {fresh["id"]}


async def test_every_spelling_is_found(billing: StripeBilling, account: Account) -> None:
    """Stripe's list is case-sensitive, its search is not."""
    spelt = {add(account, each)["id"] for each in ("Dana@acme-mail.com", "dana@acme-mail.com", "DANA@Acme-Mail.com")}
    found = await billing.find_customers("dana@ACME-mail.com")
    assert {customer.id for customer in found.customers} == spelt
    assert len(found.customers) == 3
    assert found.search_answered


@pytest.mark.parametrize(
    ("at_stripe", "typed"),
    [
        ("dana@xn--mller-kva.de", "dana@müller.de"),
        ("info@bücher-nord.de", "info@xn--bcher-nord-9db.de"),
        ("anna@xn--strae-oqa.de", "anna@straße.de"),
        ("Dora@Xn--Mller-Kva.de", "DORA@MÜLLER.DE"),
        ("Ines@Bücher-Süd.de", "ines@xn--bcher-sd-65ag.de"),
    ],
)
async def test_a_domain_is_found_in_either_spelling(
    at_stripe: str, typed: str, billing: StripeBilling, account: Account
) -> None:
    customer = add(account, at_stripe)
    assert await ids(billing, typed) == {customer["id"]}


async def test_both_spellings_are_listed_before_search_knows_them(billing: StripeBilling, account: Account) -> None:
    one = account.create_customer(email="fresh@xn--mller-kva.de")
    other = account.create_customer(email="fresh@müller.de")
    assert await ids(billing, "Fresh@Müller.de") == {one["id"], other["id"]}


async def test_look_alike_domains_are_not_mixed_up(billing: StripeBilling, account: Account) -> None:
    sharp, plain = add(account, "info@straße.de"), add(account, "info@strasse.de")
    assert await ids(billing, "info@straße.de") == {sharp["id"]}
    assert await ids(billing, "info@strasse.de") == {plain["id"]}


async def test_more_than_one_page_of_one_address_is_read(billing: StripeBilling, account: Account) -> None:
    many = {account.create_customer(email="many@acme-mail.com")["id"] for _ in range(120)}
    account.search.catch_up()
    assert await ids(billing, "many@acme-mail.com") == many


@pytest.mark.parametrize("asked", ['x" OR email:"victim@acme-mail.com', 'back\\slash"@acme-mail.com', "\\", '"'])
async def test_quotes_stay_inside_the_query(asked: str, billing: StripeBilling, account: Account) -> None:
    add(account, "victim@acme-mail.com")
    found = await billing.find_customers(asked)
    assert found.customers == ()
    assert found.search_answered


async def test_stale_search_finds_no_old_address(billing: StripeBilling, account: Account) -> None:
    customer = add(account, "before@acme-mail.com")
    account.update_email(customer, "after@acme-mail.com")
    assert await ids(billing, "before@acme-mail.com") == set()
    assert await ids(billing, "after@acme-mail.com") == {customer["id"]}


async def test_deleted_customers_are_not_found(billing: StripeBilling, account: Account) -> None:
    gone, simulated = add(account, "gone@acme-mail.com"), add(account, "gone@acme-mail.com")
    simulated["test_clock"] = "clock_1"
    account.delete_customer(gone)
    assert await ids(billing, "gone@acme-mail.com") == set()


async def test_failed_search_is_reported(billing: StripeBilling, account: Account) -> None:
    customer = add(account, "unsearched@acme-mail.com")
    account.search.available = False
    try:
        found = await billing.find_customers("unsearched@acme-mail.com")
    finally:
        account.search.available = True
    assert [each.id for each in found.customers] == [customer["id"]]
    assert not found.search_answered


async def test_a_slow_search_is_no_reason_to_fail(billing: StripeBilling, account: Account, sandbox: Sandbox) -> None:
    customer = add(account, "slow@acme-mail.com")
    sandbox.faults.add("stripe", "/v1/customers/search", "hold", times=None)
    found = await billing.find_customers("slow@acme-mail.com")
    assert [each.id for each in found.customers] == [customer["id"]]
    assert not found.search_answered


async def test_without_the_list_there_is_no_answer(billing: StripeBilling, sandbox: Sandbox) -> None:
    sandbox.faults.add("stripe", "/v1/customers", "status", times=None, status=500)
    with pytest.raises(Unavailable):
        await billing.find_customers("dana@acme-mail.com")


async def test_a_customer_is_read_with_the_card_on_file(billing: StripeBilling, account: Account) -> None:
    made = account.create_customer(
        email="whole@acme-mail.com", name="Ida <b>", country="NO", preferred_locales=["nb", "en"]
    )
    account.cards.attach(made, last4="0007", brand="mastercard", exp_year=2033)
    customer = await billing.read_customer(CustomerId(made["id"]))
    assert (customer.name, customer.email, customer.country, customer.locale) == (
        "Ida <b>", "whole@acme-mail.com", "NO", "nb",
    )  # fmt: skip
    shown = customer.card
    assert shown == Card(
        brand="mastercard", last4="0007", exp_month=8, exp_year=2033, fingerprint=f"fp0007{made['id'][-10:]}"
    )
    assert customer.created_at is not None
    assert int(customer.created_at.timestamp()) == made["created"]
    assert not customer.livemode


async def test_a_deleted_customer_comes_back_as_such(billing: StripeBilling, account: Account) -> None:
    made = account.create_customer(email="deleted@acme-mail.com")
    account.delete_customer(made)
    customer = await billing.read_customer(CustomerId(made["id"]))
    assert customer.deleted
    assert customer.email is None


async def test_an_unknown_customer_is_refused(billing: StripeBilling) -> None:
    with pytest.raises(Refused) as refused:
        await billing.read_customer(CustomerId("cus_nobody"))
    assert refused.value.code == "resource_missing"


async def test_a_walk_too_long_has_no_answer(billing: StripeBilling, account: Account, sandbox: Sandbox) -> None:
    customer = add(account, "busy@acme-mail.com")
    since = sandbox.clock.now().replace(microsecond=0)
    for number in range(101):
        account.customers.update(customer, {"name": f"Name {number}"})
    with pytest.raises(Unavailable):
        await billing.address_changes(CustomerId(customer["id"]), since=since, most_pages=1)
    assert await billing.address_changes(CustomerId(customer["id"]), since=since, most_pages=2) == ()


async def test_address_changes_come_newest_first(billing: StripeBilling, account: Account, sandbox: Sandbox) -> None:
    customer, other = add(account, "one@acme-mail.com"), add(account, "other@acme-mail.com")
    since = sandbox.clock.now().replace(microsecond=0)
    account.update_email(customer, "two@acme-mail.com")
    account.update_email(other, "another@acme-mail.com")
    account.update_email(customer, "three@acme-mail.com")
    account.customers.update(customer, {"name": "Renamed"})
    changes = await billing.address_changes(CustomerId(customer["id"]), since=since, most_pages=10)
    assert [(change.before, change.after) for change in changes] == [
        ("two@acme-mail.com", "three@acme-mail.com"),
        ("one@acme-mail.com", "two@acme-mail.com"),
    ]


@pytest.mark.parametrize("newest", [True, False])
async def test_who_came_this_minute_is_found_if_asked_for(
    billing: StripeBilling, account: Account, *, newest: bool
) -> None:
    """Stripe's search lags: what is cheap may miss them, what an offer depends on may not."""
    address = "soon@acme-mail.com" if newest else "later@acme-mail.com"
    known, fresh = add(account, address), account.create_customer(email=address)
    found = await billing.live_subscriptions_by_address(address, newest=newest)
    assert set(found) == ({known["id"], fresh["id"]} if newest else {known["id"]})
