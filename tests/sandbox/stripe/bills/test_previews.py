"""A preview is the invoice that then comes, to the last minor unit."""

from typing import Any

import pytest
import stripe
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.seed import CUSTOMERS
from sandbox.stripe.errors import Refusal
from sandbox.stripe.ledger import DAY, Json
from tests.lanes import examples
from tests.sandbox.stripe.billed import Books, figures, item_id, renewal

TERMS = st.one_of(
    st.fixed_dictionaries({"percent_off": st.sampled_from([0.5, 12.5, 20.0, 33.3, 100.0])}),
    st.fixed_dictionaries({"amount_off": st.integers(1, 9000), "currency": st.just("eur")}),
)
DURATIONS = st.one_of(
    st.just({"duration": "once"}),
    st.just({"duration": "forever"}),
    st.fixed_dictionaries({"duration": st.just("repeating"), "duration_in_months": st.integers(1, 4)}),
)
COUPONS = st.lists(st.tuples(TERMS, DURATIONS).map(lambda both: both[0] | both[1]), max_size=3)
INTERVALS = st.sampled_from([("day", 10), ("week", 1), ("week", 2), ("month", 1), ("month", 3), ("year", 1)])
CHANGES = st.sampled_from(["nothing", "discounts", "cheaper", "quantity", "trial", "voided"])


@settings(max_examples=examples(120))
@given(
    day=st.dates().map(lambda day: f"2035-{day.month:02}-{min(day.day, 28):02}T14:05")
    | st.sampled_from(["2035-01-31", "2035-08-31", "2036-01-30"]),
    interval=INTERVALS,
    amount=st.integers(1, 20_000),
    quantity=st.integers(1, 7),
    taxes=st.lists(st.sampled_from([19.0, 7.0, 5.5]), max_size=2),
    coupons=COUPONS,
    more=COUPONS,
    change=CHANGES,
    proration=st.sampled_from(["none", "create_prorations"]),
    passed=st.floats(0, 0.95),
)
def test_the_preview_of_a_change_is_the_invoice_after_it(  # noqa: PLR0917  # all that may differ
    day: str,
    interval: tuple[str, int],
    amount: int,
    quantity: int,
    taxes: list[float],
    coupons: list[Json],
    more: list[Json],
    change: str,
    proration: str,
    passed: float,
) -> None:
    books = Books(day)
    every: Json = {"interval": interval[0], "interval_count": interval[1]}
    price, cheaper = books.price(amount, **every), books.price(amount // 2, product="Starter", **every)
    with books.today() as account:
        rates = [
            account.catalog.add_tax_rate(each, "DE", "VAT", identifier=f"txr_{index}")
            for index, each in enumerate(taxes)
        ]
        start = [account.coupons.create(dict(each)) for each in coupons]
        added = [account.coupons.create(dict(each)) for each in more]
    subscription = books.subscribe((price, quantity), (books.price(333, **every), 2), coupons=start, tax_rates=rates)
    books.wait(books.now + int((renewal(subscription) - books.now) * passed))
    possible: dict[str, Json] = {
        "nothing": {},
        "discounts": {"discounts": [{"coupon": each["id"]} for each in added]},
        "cheaper": {"items": [{"id": item_id(subscription), "price": cheaper["id"], "quantity": quantity}]},
        "quantity": {"items": [{"id": item_id(subscription), "quantity": quantity + 1}]},
        "trial": {"trial_end": books.now + 9 * DAY},
        "voided": {"pause_collection": {"behavior": "void", "resumes_at": renewal(subscription) - 1}},
    }
    asked = possible[change] | {"proration_behavior": proration}
    with books.today() as account:
        before = len(books.invoices(subscription))
        _, preview = account.previews.upcoming(subscription, asked)
        assert len(books.invoices(subscription)) == before
    books.update(subscription, **asked)
    for _ in range(4):
        if len(books.invoices(subscription)) == before:
            with books.today() as account:
                assert figures(account.previews.upcoming(subscription, {})[1]) == figures(preview)
            books.wait(renewal(subscription))
        assert figures(books.invoices(subscription)[before]) == figures(preview)
        before = len(books.invoices(subscription))
        with books.today() as account:
            _, preview = account.previews.upcoming(subscription, {})


@settings(max_examples=examples(100))
@given(coupons=COUPONS, amount=st.integers(1, 20_000), quantity=st.integers(1, 7), tax=st.sampled_from([(), (19.0,)]))
def test_the_preview_of_a_new_subscription_is_its_first_invoice(
    coupons: list[Json], amount: int, quantity: int, tax: tuple[float, ...]
) -> None:
    books = Books()
    price = books.price(amount)
    with books.today() as account:
        rates = [account.catalog.add_tax_rate(each, "DE", "VAT", identifier="txr_1") for each in tax]
        made = [account.coupons.create(dict(each)) for each in coupons]
        customer = account.create_customer(email="dana@acme-mail.com")
        account.cards.attach(customer)
        _, preview = account.previews.starting(
            customer, [(price, quantity)], discounts=[{"coupon": each["id"]} for each in made], tax_rates=rates
        )
        assert [each["times_redeemed"] for each in made] == [0] * len(made)
        started = account.subscribe(customer, (price, quantity), coupons=made, tax_rates=rates)
    assert figures(books.invoices(started)[0]) == figures(preview)
    assert started["status"] == "active"


@pytest.mark.parametrize(
    ("terms", "ends"),
    [({"cancel_at_period_end": True}, True), ({"cancel_at": "max_period_end"}, True), ({"cancel_at": None}, False)],
)
def test_what_ends_has_no_upcoming_invoice(terms: dict[str, Any], ends: bool) -> None:
    """Stripe: error code `invoice_upcoming_none`."""
    books = Books()
    subscription = books.subscribe(books.price())
    if not ends:
        books.update(subscription, cancel_at_period_end=True)
    with books.today() as account:
        if ends:
            with pytest.raises(Refusal, match="No upcoming invoices for customer") as refused:
                account.previews.upcoming(subscription, terms)
            assert (refused.value.status, refused.value.error["code"]) == (404, "invoice_upcoming_none")
        else:
            assert account.previews.upcoming(subscription, terms)[1]["total"] == 4900


async def test_the_shape_of_a_preview(reader: stripe.StripeClient) -> None:
    """Stripe: Create a preview invoice; the recorder holds it against the SDK's Invoice."""
    greta = CUSTOMERS["greta"]
    preview = await reader.v1.invoices.create_preview_async(
        {
            "customer": greta.id,
            "subscription": greta.subscription_id(),
            "discounts": [{"coupon": "SPRING"}],
            "expand": ["discounts.source.coupon", "total_discount_amounts.discount", "customer"],
        }
    )
    assert preview.id.startswith("upcoming_in_")
    assert (preview.status, preview.billing_reason, preview.number) == ("draft", "upcoming", None)
    assert (preview.subtotal, preview.total_excluding_tax) == (4900, 3675)
    assert [(tax.amount, tax.taxable_amount, tax.tax_behavior) for tax in preview.total_taxes or []] == [
        (698, 3675, "exclusive")
    ]
    assert (preview.total, preview.amount_due) == (4373, 4373)
    [discount] = preview.discounts
    assert isinstance(discount, stripe.Discount)
    assert isinstance(discount.source.coupon, stripe.Coupon)
    assert discount.source.coupon.id == "SPRING"
    assert (await reader.v1.coupons.retrieve_async("SPRING")).times_redeemed == 1


async def test_the_preview_of_a_start_by_the_api(reader: stripe.StripeClient) -> None:
    preview = await reader.v1.invoices.create_preview_async(
        {
            "customer": CUSTOMERS["sven"].id,
            "currency": "eur",
            "discounts": [{"coupon": "HELLO"}],
            "subscription_details": {
                "items": [{"price": "price_SeedProEur"}],
                "default_tax_rates": ["txr_SeedGermany"],
            },
        }
    )
    assert (preview.subtotal, preview.total) == (4900, 5236)
    [line] = preview.lines.data
    assert line.invoice == preview.id


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"customer": CUSTOMERS["dana"].id}, "You must provide at least one of: `subscription`"),
        ({"subscription": "sub_nobody"}, "No such subscription"),
        ({"subscription": CUSTOMERS["dana"].subscription_id(), "customer": CUSTOMERS["bob"].id}, "No such subscr"),
        ({"subscription": CUSTOMERS["dana"].subscription_id(), "currency": "usd"}, "currency of the subscription"),
        ({"subscription": CUSTOMERS["sven"].subscription_id()}, "No upcoming invoices"),
        ({"subscription": CUSTOMERS["quin"].subscription_id()}, "No upcoming invoices"),
        ({"subscription_details": {"items": [{"price": "price_SeedProEur"}]}}, "Missing required param: customer"),
        (
            {"customer": CUSTOMERS["dana"].id, "subscription_details": {"items": [{"quantity": 1}]}},
            r"Missing required param: subscription_details\[items\]\[0\]\[price\]",
        ),
        (
            {
                "customer": CUSTOMERS["dana"].id,
                "currency": "usd",
                "subscription_details": {"items": [{"price": "price_SeedProEur"}]},
            },
            "only supports `eur`",
        ),
        (
            {
                "customer": CUSTOMERS["dana"].id,
                "discounts": [{"coupon": "HELLO"}],
                "subscription_details": {"items": [{"price": "price_SeedProUsd"}]},
            },
            "only applies to eur",
        ),
    ],
)  # fmt: skip
async def test_previews_refused(reader: stripe.StripeClient, asked: Any, says: str) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=says):
        await reader.v1.invoices.create_preview_async(asked)


def test_a_preview_uses_no_discount_up() -> None:
    books = Books("2035-03-05")
    with books.today() as account:
        customer = account.create_customer(email="dana@acme-mail.com")
        account.discounts.give(customer, account.coupons.create({"duration": "once", "percent_off": 20.0}))
        _, invoice = account.previews.starting(customer, [(books.price(4900), 1)])
        assert invoice["total"] == 3920
        assert customer["discount"]["end"] is None
