"""The recorder sees what it is there to see: one honest exchange, spoilt in one place at a time."""

import copy
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
import stripe

from sandbox.server import Sandbox
from sandbox.stripe.account import Exchange
from tests.honesty.recorder import Recorder
from tests.sandboxes import new_sandbox

Spoil = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
async def world() -> AsyncIterator[Sandbox]:
    sandbox = new_sandbox(seed=False)  # not shown to the run's own recorder: what is spoilt here is spoilt on purpose
    await sandbox.start()
    made = sandbox.stripe
    customer = made.create_customer(email="dana@acme-mail.com", country="DE")
    made.cards.attach(customer)
    price = made.catalog.add_price(made.catalog.add_product("Pro"), 4900, "eur")
    coupon = made.catalog.add_coupon("TENTH", percent_off=10, duration="forever")
    made.portal_cancel(made.subscribe(customer, price, coupons=[coupon], identifier="sub_1"), "too_expensive")
    yield sandbox
    await sandbox.stop()


async def exchange(world: Sandbox, ask: Callable[[stripe.StripeClient], Awaitable[object]]) -> Exchange:
    """Ask the sandbox something with the SDK and keep what went over the wire, refusals too."""
    seen: list[Exchange] = []
    observe = seen.append
    world.stripe.observers.append(observe)
    http = stripe.AIOHTTPClient()
    client = stripe.StripeClient(
        world.stripe.access.secret_key, base_addresses={"api": world.stripe_api_url}, http_client=http
    )
    with suppress(stripe.InvalidRequestError):
        await ask(client)
    await http.close_async()  # type: ignore[no-untyped-call]  # the SDK gives it no types
    world.stripe.observers.remove(observe)
    return seen[-1]


def problems(seen: Exchange) -> list[str]:
    recorder = Recorder()
    recorder.take(seen)
    return recorder.problems


@pytest.fixture(scope="module")
async def read(world: Sandbox) -> Exchange:
    expand = ["customer", "discounts.source.coupon", "latest_invoice.payments.data.payment"]
    return await exchange(world, lambda client: client.v1.subscriptions.retrieve_async("sub_1", {"expand": expand}))


@pytest.fixture(scope="module")
async def listed(world: Sandbox) -> Exchange:
    return await exchange(
        world, lambda client: client.v1.events.list_async({"types": ["customer.subscription.updated"], "limit": 1})
    )


def _set(*path: Any) -> Spoil:
    """Put the last of `path` under the names before it."""
    *names, name, value = path

    def spoil(body: dict[str, Any]) -> None:
        here: Any = body
        for each in names:
            here = here[each]
        here[name] = value

    return spoil


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (_set("colour", "red"), "body.colour: no such field of Subscription"),
        (_set("customer", "nickname", "D"), "body.customer.nickname: no such field of Customer"),
        (lambda body: body.pop("created"), "body.created: missing"),
        (_set("created", None), "body.created: None is not int"),
        (_set("created", "1790000000"), "body.created: '1790000000' is not int"),
        (_set("created", True), "body.created: True is not int"),
        (_set("status", "cancelled"), "body.status: 'cancelled' is none of"),
        (_set("cancellation_details", "feedback", "expensive"), "body.cancellation_details.feedback: 'expensive'"),
        (_set("items", {"object": "list", "data": []}), "body.items: a list with the fields ['data', 'object']"),
        (_set("items", "data", 0, "price", "unit_amount_decimal", 49.0), "unit_amount_decimal: 49.0 is not a string"),
        (_set("items", "data", 0, "price", "recurring", "interval", "monthly"), "recurring.interval: 'monthly'"),
        (_set("metadata", {"seats": 3}), "body.metadata.seats: 3 is not str"),
        (_set("discounts", 0, "source", "coupon", "percent_off", "10"), "percent_off: '10' is not float"),
        (_set("customer", {"id": "cus_1", "object": "customer", "deleted": True, "email": None}), "email: no such"),
        (_set("customer", 7), "body.customer: 7 is not str"),
    ],
)
def test_a_spoilt_answer_is_seen(read: Exchange, spoil: Spoil, expected: str) -> None:
    body = copy.deepcopy(read.body)
    assert problems(read) == []
    spoil(body)
    assert [problem for problem in problems(replace(read, body=body)) if expected in problem]


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (_set("data", 0, "data", "object", "object", "subscribtion"), "data.object: no object of Stripe's"),
        (_set("data", 0, "data", "object", "current_period_end", 1), "current_period_end: no such field"),
        (_set("data", 0, "data", "previous_attributes", "cancelled_at", None), "cancelled_at: no such field"),
        (_set("data", 0, "data", "previous_attributes", "cancel_at", "soon"), "previous_attributes.cancel_at"),
        (lambda body: body["data"][0]["data"].pop("previous_attributes"), "previous_attributes belong to updates"),
        (_set("data", 0, "type", "customer.subscription.cancelled"), "'customer.subscription.cancelled' is none of"),
    ],
)
def test_a_spoilt_event_is_seen(listed: Exchange, spoil: Spoil, expected: str) -> None:
    body = copy.deepcopy(listed.body)
    assert problems(listed) == []
    spoil(body)
    assert [problem for problem in problems(replace(listed, body=body)) if expected in problem]


def test_a_webhook_is_held_against_the_types_too(listed: Exchange) -> None:
    event = copy.deepcopy(listed.body["data"][0])
    delivered = Exchange("EVENT", event["type"], event["type"], {}, 200, event, {})
    assert problems(delivered) == []
    event["data"]["object"]["status"] = "gone"
    event["surprise"] = 1
    assert len(problems(delivered)) == 2


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"colour": "red"}, "no parameter colour"),
        ({"idempotency_key": "k"}, "no parameter idempotency_key"),
        ({"expand": "customer"}, "is not an array"),
        ({"expand": ["customer.invoice_settings.default_payment_method.customer.email"]}, "deeper than 4 levels"),
        ({"expand": ["customer.favourite"]}, "no such field"),
    ],
)
def test_wrong_parameters_are_seen(read: Exchange, params: dict[str, Any], expected: str) -> None:
    assert [problem for problem in problems(replace(read, params=params)) if expected in problem]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"limit": "ten"}, "params.limit: 'ten' is not int"),
        ({"delivery_success": "yes"}, "'yes' is not bool"),
        ({"created": {"since": "1"}}, "no parameter since"),
        ({"types": "customer.updated"}, "is not an array"),
    ],
)
def test_parameters_of_the_wrong_type_are_seen(listed: Exchange, params: dict[str, Any], expected: str) -> None:
    assert problems(replace(listed, params={"limit": "10", "delivery_success": "false", "created": {"gte": "1"}})) == []
    assert [problem for problem in problems(replace(listed, params=params)) if expected in problem]


async def test_required_parameters_and_closed_choices_are_seen(world: Sandbox) -> None:
    asked = await exchange(
        world,
        lambda client: client.v1.billing_portal.sessions.create_async(
            {"customer": world.stripe.ledger.all("customer")[0]["id"], "flow_data": {"type": "payment_method_update"}}
        ),
    )
    assert problems(asked) == []
    lacking = replace(asked, params={"flow_data": {"after_completion": {"type": "redirect", "redirect": {}}}})
    assert {problem.rpartition("params.")[2] for problem in problems(lacking)} == {
        "flow_data.type: missing",
        "flow_data.after_completion.redirect.return_url: missing",
    }
    wrong = replace(asked, params={"flow_data": {"type": "card_update"}})
    assert "'card_update' is none of" in problems(wrong)[0]


async def test_an_error_is_held_against_the_type_of_errors(world: Sandbox) -> None:
    refused = await exchange(world, lambda client: client.v1.subscriptions.retrieve_async("sub_nobody"))
    assert refused.status == 404
    assert problems(refused) == []
    assert problems(replace(refused, body={"error": {"message": "no", "reason": "?"}})) != []
    assert problems(replace(refused, body={"errors": []})) != []


async def test_texts_and_arrays_that_an_empty_text_unsets_are_honest(world: Sandbox) -> None:
    """The SDK types them `Literal['']|…`, which is no enumeration."""
    (running,) = world.stripe.ledger.get("subscription", "sub_1")["discounts"]
    asked = await exchange(
        world,
        lambda client: client.v1.subscriptions.update_async(
            "sub_1",
            {
                "cancel_at": "",
                "cancellation_details": {"comment": "Moved away"},
                "discounts": [{"discount": running}],
                "metadata": {"crm": "7"},
            },
        ),
    )
    assert asked.status == 200
    assert problems(asked) == []
    assert problems(replace(asked, params={"cancel_at": "1790000000"})) == []
    assert "'soon' is none of" in problems(replace(asked, params={"cancel_at": "soon"}))[0]


def test_a_call_that_the_sdk_does_not_have_is_seen(read: Exchange) -> None:
    assert problems(replace(read, route="/v1/subscribers/{id}")) == ["GET /v1/subscribers/{}: the SDK has no such call"]


def test_what_was_seen_is_counted_by_endpoint_and_object(read: Exchange) -> None:
    recorder = Recorder()
    recorder.take(read)
    recorder.take(read)
    assert recorder.called == {"GET /v1/subscriptions/{}": 2}
    assert recorder.seen["GET /v1/subscriptions/{}", "subscription"] == 2
    assert recorder.seen["GET /v1/subscriptions/{}", "coupon"] == 2
