"""Signed bytes become an event, or are refused with a reason that repeats none of them."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from stripe import WebhookSignature

from billing.webhook import StripeWebhooks
from flows.ports import InvalidEvent

SECRET, OLD_SECRET = "whsec_new", "whsec_old"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NOTICES = StripeWebhooks(secrets=[SECRET, OLD_SECRET])


def event(**changes: Any) -> dict[str, Any]:
    return {
        "id": "evt_1",
        "object": "event",
        "type": "customer.subscription.updated",
        "created": 1_790_000_000,
        "livemode": False,
        "data": {"object": {"id": "sub_1", "object": "subscription", "customer": "cus_1"}},
        **changes,
    }


ABOUT: dict[str, Any] = {"object": "subscription", "customer": "cus_1"}
MODES: list[Any] = [None, 0, "false"]
DATA: list[Any] = [None, [], {"object": None}, {"object": "sub_1"}, {}]
IDS: list[Any] = [7, None, ["evt_1"], "", "evt 1", "evt_\u0000", "evt_\ud800", "evt_\u202e", "evt_" + "1" * 252]
CREATED: list[Any] = [10**18, 10**12, 10**400, -1, 0, "1790000000", 1.79e9, None, True, float("nan")]
ODD: list[dict[str, Any]] = [
    {"object": "v2.core.event"},
    *({"id": odd} for odd in IDS),
    *({"created": odd} for odd in CREATED),
    *({"livemode": odd} for odd in MODES),
    *({"data": odd} for odd in DATA),
    *({"data": {"object": ABOUT | {"id": odd}}} for odd in ("sub_\u0000", "sub_\ud800", "sub_\u202e", "s" * 256)),
    {"type": 7},
    {"account": 7},
    {"context": {"id": "acct_1"}},
]
"""What a signed body may hold that no event of Stripe's does."""


def signature(body: bytes, *, secret: str = SECRET, at: datetime = NOW) -> str:
    return str(WebhookSignature.generate_signature_header(body.decode(), secret, int(at.timestamp())))


def verify(body: bytes, header: str | None) -> Any:
    return NOTICES.verify(body, header, wall=NOW)


def refusal(body: bytes, header: str | None) -> str:
    with pytest.raises(InvalidEvent) as refused:
        verify(body, header)
    return refused.value.reason


@pytest.mark.parametrize("secret", [SECRET, OLD_SECRET])
def test_either_secret_of_a_rotation_is_good(secret: str) -> None:
    body = json.dumps(event()).encode()
    stripe_event = verify(body, signature(body, secret=secret))
    assert (stripe_event.id, stripe_event.type, stripe_event.livemode, stripe_event.subject) == (
        "evt_1",
        "customer.subscription.updated",
        False,
        "sub_1",
    )
    assert stripe_event.created_at == datetime.fromtimestamp(1_790_000_000, UTC)
    assert stripe_event.payload == body.decode()


def test_any_of_several_signatures_is_good() -> None:
    body = json.dumps(event()).encode()
    time, good = signature(body).split(",")
    assert verify(body, f"{time},v1=00ff,{good},v0=1").id == "evt_1"


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (None, "no signature"),
        ("", "no signature"),
        ("nonsense", "malformed signature"),
        ("t=soon,v1=00", "malformed signature"),
        ("t=-1,v1=00", "malformed signature"),
        ("t=\u0661,v1=00", "malformed signature"),
        (f"t={int(NOW.timestamp())}", "wrong signature"),
        (f"t={int(NOW.timestamp())},v1=\u00e9", "wrong signature"),
    ],
)
def test_a_header_that_proves_nothing_is_refused(header: str | None, reason: str) -> None:
    assert refusal(json.dumps(event()).encode(), header) == reason


def test_a_changed_body_is_refused() -> None:
    body = json.dumps(event()).encode()
    assert refusal(body.replace(b"sub_1", b"sub_2"), signature(body)) == "wrong signature"


@pytest.mark.parametrize("off", [timedelta(seconds=-301), timedelta(seconds=301)])
def test_signature_of_another_time_is_refused(off: timedelta) -> None:
    body = json.dumps(event()).encode()
    assert refusal(body, signature(body, at=NOW + off)) == "signature too old or ahead of time"


@pytest.mark.parametrize("off", [timedelta(seconds=-300), timedelta(seconds=300)])
def test_five_minutes_are_tolerated_both_ways(off: timedelta) -> None:
    body = json.dumps(event()).encode()
    assert verify(body, signature(body, at=NOW + off)).id == "evt_1"


DEEP = b'{"id": "evt_1", "data": ' + b"[" * 400_000 + b"]" * 400_000 + b"}"
QUITE_DEEP = json.dumps(event()).encode()[:-1] + b', "padding": ' + b"[" * 100 + b"]" * 100 + b"}"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{'id': 1}", "not JSON that can be read"),
        (DEEP, "not JSON that can be read"),
        (QUITE_DEEP, "too deep to be an event of Stripe's"),
        (b"9" * 5000, "not JSON that can be read"),
        (b"[1]", "not an event of Stripe's"),
        (b"null", "not an event of Stripe's"),
        (b"{}", "not an event of Stripe's"),
        *((json.dumps(event(**odd)).encode(), "not an event of Stripe's") for odd in ODD),
        *(
            (json.dumps({key: value for key, value in event().items() if key != missing}).encode(), reason)
            for missing, reason in (("livemode", "not an event of Stripe's"), ("created", "not an event of Stripe's"))
        ),
    ],
)
def test_foreign_signed_bodies_are_refused(body: bytes, reason: str) -> None:
    assert refusal(body, signature(body)) == reason


def test_an_old_accounts_own_ids_are_taken() -> None:
    body = json.dumps(event(data={"object": {"id": "Dana & Söhne #7", "object": "customer"}})).encode()
    assert verify(body, signature(body)).subject == "Dana & Söhne #7"


@pytest.mark.parametrize(
    ("named", "accounts"),
    [
        ({}, set()),
        ({"account": None, "context": None}, set()),
        ({"account": "acct_2"}, {"acct_2"}),
        ({"context": "acct_2"}, {"acct_2"}),
        ({"context": "org_1/acct_2"}, {"acct_2"}),
        ({"account": "acct_2", "context": "acct_1"}, {"acct_1", "acct_2"}),
    ],
)
def test_an_event_names_its_accounts(named: dict[str, Any], accounts: set[str]) -> None:
    body = json.dumps(event(**named)).encode()
    assert verify(body, signature(body)).accounts == accounts


def test_a_body_that_is_not_utf_8_is_refused() -> None:
    body = b'{"id": "\xff"}'
    time = int(NOW.timestamp())
    digest = hmac.new(SECRET.encode(), b"%d." % time + body, hashlib.sha256).hexdigest()
    assert refusal(body, f"t={time},v1={digest}") == "not JSON that can be read"


@pytest.mark.parametrize(
    ("about", "subject"),
    [
        ({"id": "cus_1", "object": "customer"}, "cus_1"),
        ({"id": "in_1", "object": "invoice", "customer": "cus_1", "parent": None}, "cus_1"),
        (
            {
                "id": "in_1",
                "object": "invoice",
                "customer": "cus_1",
                "parent": {"subscription_details": {"subscription": "sub_1"}},
            },
            "sub_1",
        ),
        ({"id": "ch_1", "object": "charge", "customer": {"id": "cus_2"}}, "cus_2"),
        ({"id": "cs_1", "object": "checkout.session", "customer": "cus_1", "subscription": "sub_1"}, "sub_1"),
        ({"id": "cs_1", "object": "checkout.session", "customer": "cus_1", "subscription": None}, "cus_1"),
        ({"id": "prod_1", "object": "product"}, None),
    ],
)
def test_unknown_event_names_its_subject(about: Any, subject: str | None) -> None:
    body = json.dumps(event(type="something.new", data={"object": about})).encode()
    stripe_event = verify(body, signature(body))
    assert (stripe_event.type, stripe_event.subject) == ("something.new", subject)
    assert NOTICES.observation(stripe_event) is None
    assert NOTICES.address_change(stripe_event) is None
    assert NOTICES.completed_checkout(stripe_event) is None


def test_a_completed_checkout_names_its_session() -> None:
    session = {"id": "cs_1", "object": "checkout.session", "customer": "cus_1", "subscription": "sub_1"}
    body = json.dumps(event(type="checkout.session.completed", data={"object": session})).encode()
    assert NOTICES.completed_checkout(verify(body, signature(body))) == "cs_1"
