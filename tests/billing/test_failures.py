"""Every way in which a call to Stripe fails becomes one of three, in a sentence without Stripe's own words."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from billing.stripe_billing import StripeBilling
from domain.billing.portal_access import Purpose
from domain.ids import CustomerId, SubscriptionId
from flows.failures import CALL_FAILURES, Refused, Unavailable, Unclear
from sandbox.server import Sandbox
from sandbox.stripe.account import Account

Ask = Callable[[StripeBilling, Account], Awaitable[Any]]
EMAIL = "failing@acme-mail.com"


async def read(billing: StripeBilling, account: Account) -> Any:
    """Ask a question that changes nothing."""
    return await billing.read_customer(_someone(account))


async def write(billing: StripeBilling, account: Account) -> Any:
    """Ask for the one thing that this room makes at Stripe."""
    return await billing.open_portal(
        customer_id=_someone(account),
        purpose=Purpose.HOME,
        subscription_id=None,
        return_url=None,
        idempotency_key=account.ledger.new_id("request"),
    )


def _someone(account: Account) -> CustomerId:
    found = account.ledger.all("customer", email=EMAIL) or [account.create_customer(email=EMAIL)]
    return CustomerId(found[0]["id"])


def gateway(url: str, *, key: str = "rk_test_x", timeout: timedelta = timedelta(seconds=5)) -> StripeBilling:
    return StripeBilling(
        calls_per_second=1000,
        api_key=key,
        url=url,
        configuration=None,
        event_types=[],
        timeout=timeout,
        clock=lambda: datetime.now(UTC),
    )


@pytest.fixture
async def hasty(sandbox: Sandbox) -> AsyncIterator[StripeBilling]:
    """A gateway that soon gives up waiting."""
    key = sandbox.stripe.access.restricted_key
    billing = gateway(sandbox.stripe_api_url, key=key, timeout=timedelta(seconds=0.3))
    yield billing
    await billing.close()


async def failure(ask: Ask, billing: StripeBilling, account: Account) -> Refused | Unavailable | Unclear:
    with pytest.raises(CALL_FAILURES) as raised:
        await ask(billing, account)
    assert isinstance(raised.value, CALL_FAILURES)
    assert raised.value.__suppress_context__, "Stripe's own error, which may hold a body, would be logged with it"
    assert EMAIL not in str(raised.value)
    return raised.value


@pytest.mark.parametrize("ask", [read, write])
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"kind": "status", "status": 500}, Unavailable),
        ({"kind": "status", "status": 503, "body": "upstream"}, Unavailable),
        ({"kind": "status", "status": 429, "body": "{}"}, Unavailable),
        ({"kind": "error", "status": 429, "type": "invalid_request_error", "code": "lock_timeout"}, Unavailable),
        ({"kind": "error", "status": 409, "type": "idempotency_error"}, Unavailable),
        ({"kind": "error", "status": 401, "type": "invalid_request_error"}, Refused),
        ({"kind": "error", "status": 400, "type": "invalid_request_error", "message": f"Bad {EMAIL}"}, Refused),
        ({"kind": "error", "status": 402, "type": "card_error", "code": "card_declined"}, Refused),
        ({"kind": "error", "status": 400, "type": "idempotency_error"}, Refused),
    ],
)
async def test_an_answer_that_is_a_failure_is_classified(
    ask: Ask, answer: dict[str, Any], expected: type, billing: StripeBilling, sandbox: Sandbox
) -> None:
    sandbox.faults.add("stripe", "/v1/*", times=None, **answer)
    assert type(await failure(ask, billing, sandbox.stripe)) is expected


LOST = [
    {"kind": "drop_before"},
    {"kind": "drop_after"},
    {"kind": "garbage"},
    {"kind": "drop_mid_body_before"},
    {"kind": "drop_mid_body_after"},
    {"kind": "drop_mid_body_before", "status": 503},
    {"kind": "drop_mid_body_after", "status": 500},
]
LATE = [
    {"kind": "hold"},
    {"kind": "stall_mid_body_before"},
    {"kind": "stall_mid_body_after"},
    {"kind": "stall_mid_body_before", "status": 500},
    {"kind": "stall_mid_body_after", "status": 503},
]


@pytest.mark.parametrize("reply", LOST)
@pytest.mark.parametrize(("ask", "expected"), [(read, Unavailable), (write, Unclear)])
async def test_lost_answer_to_a_write_is_unclear(
    ask: Ask, expected: type, reply: dict[str, Any], billing: StripeBilling, sandbox: Sandbox
) -> None:
    sandbox.faults.add("stripe", "/v1/*", times=None, **reply)
    assert type(await failure(ask, billing, sandbox.stripe)) is expected


@pytest.mark.parametrize("reply", LATE)
@pytest.mark.parametrize(("ask", "expected"), [(read, Unavailable), (write, Unclear)])
async def test_late_answer_to_a_write_is_unclear(
    ask: Ask, expected: type, reply: dict[str, Any], hasty: StripeBilling, sandbox: Sandbox
) -> None:
    sandbox.faults.add("stripe", "/v1/*", times=None, **reply)
    assert type(await failure(ask, hasty, sandbox.stripe)) is expected


@pytest.mark.parametrize("ask", [read, write])
async def test_a_reply_broken_off_is_asked_for_once(ask: Ask, billing: StripeBilling, sandbox: Sandbox) -> None:
    fault = sandbox.faults.add("stripe", "/v1/*", "drop_mid_body_after", times=None)
    await failure(ask, billing, sandbox.stripe)
    assert fault.hits == 1


async def test_connections_that_stalled_are_given_back(billing: StripeBilling, sandbox: Sandbox) -> None:
    """Else a hundred stalls, which is as many connections as there are, would leave none."""
    sandbox.faults.add("stripe", "/v1/*", "stall_mid_body_after", times=100)
    await asyncio.gather(*(failure(read, billing, sandbox.stripe) for _ in range(100)))
    assert (await read(billing, sandbox.stripe)).email == EMAIL


async def test_write_in_progress_is_unclear(billing: StripeBilling, sandbox: Sandbox) -> None:
    """Under another key it would be a second one."""
    busy = {"type": "idempotency_error", "code": "idempotency_key_in_use"}
    sandbox.faults.add("stripe", "/v1/*", "error", times=None, status=409, **busy)
    assert type(await failure(write, billing, sandbox.stripe)) is Unclear


async def test_lost_write_is_not_repeated(billing: StripeBilling, account: Account, sandbox: Sandbox) -> None:
    fault = sandbox.faults.add("stripe", "/v1/billing_portal/sessions", "drop_after", times=None)
    sessions = len(account.ledger.all("billing_portal.session"))
    await failure(write, billing, account)
    assert fault.hits == 1
    assert len(account.ledger.all("billing_portal.session")) == sessions + 1


async def test_a_read_is_repeated_once_and_then_answers(
    billing: StripeBilling, account: Account, sandbox: Sandbox
) -> None:
    fault = sandbox.faults.add("stripe", "/v1/customers/*", "drop_before", times=1)
    customer = await read(billing, account)
    assert customer.email == EMAIL
    assert fault.hits == 1


async def test_the_environments_proxy_is_used(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}")
        monkeypatch.setenv("no_proxy", "direct.invalid")
        for host in ("stripe.invalid", "direct.invalid"):
            billing = gateway(f"http://{host}")
            await failure(write, billing, account)
            await billing.close()
    assert [line.split()[1] for line in asked] == [b"http://stripe.invalid/v1/billing_portal/sessions"]


@pytest.mark.parametrize("ask", [read, write])
async def test_no_listener_is_unavailable(ask: Ask, account: Account) -> None:
    billing = gateway("http://127.0.0.1:1")
    found = await failure(ask, billing, account)
    await billing.close()
    assert type(found) is Unavailable
    assert "could not be reached" in found.why


async def test_too_many_requests_say_when_to_come_back(
    billing: StripeBilling, account: Account, sandbox: Sandbox
) -> None:
    sandbox.faults.add("stripe", "/v1/*", "error", times=None, status=429, retry_after=7)
    found = await failure(read, billing, account)
    assert isinstance(found, Unavailable)
    assert found.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize(("ask", "permission"), [(read, "rak_customer_read"), (write, "rak_customer_portal_write")])
async def test_a_missing_permission_is_named(
    ask: Ask, permission: str, billing: StripeBilling, account: Account
) -> None:
    account.access.permissions.remove(permission)
    try:
        found = await failure(ask, billing, account)
    finally:
        account.access.permissions.add(permission)
    assert isinstance(found, Refused)
    assert (found.fault, found.code) == ("credential", permission)
    assert permission in found.why


async def test_revoked_key_is_a_bad_credential(billing: StripeBilling, account: Account) -> None:
    account.access.revoked = True
    try:
        found = await failure(read, billing, account)
    finally:
        account.access.revoked = False
    assert isinstance(found, Refused)
    assert found.fault == "credential"
    assert "STRIPE_API_KEY" in found.why


async def test_an_unknown_id_is_refused_by_stripes_word(billing: StripeBilling) -> None:
    with pytest.raises(Refused) as refused:
        await billing.read_subscription(SubscriptionId("sub_nobody"))
    assert (refused.value.fault, refused.value.code) == ("request", "resource_missing")


async def test_unsaved_portal_is_recognised(billing: StripeBilling, account: Account, sandbox: Sandbox) -> None:
    """Stripe gives no code for it, only a link to the settings in its message."""
    message = (
        "… until you save your customer portal settings at https://dashboard.stripe.com/test/settings/billing/portal"
    )
    sandbox.faults.add(
        "stripe", "/v1/billing_portal/sessions", "error", status=400, type="invalid_request_error", message=message
    )
    found = await failure(write, billing, account)
    assert isinstance(found, Refused)
    assert found.code == "portal_not_saved"
    assert "PORTAL_CONFIGURATION" in found.why


async def test_reused_key_is_refused(billing: StripeBilling, account: Account) -> None:
    customer = _someone(account)

    async def open_portal(purpose: Purpose) -> str:
        return await billing.open_portal(
            customer_id=customer, purpose=purpose, subscription_id=None, return_url=None, idempotency_key="one-key"
        )

    first = await open_portal(Purpose.HOME)
    assert await open_portal(Purpose.HOME) == first
    with pytest.raises(Refused) as refused:
        await open_portal(Purpose.CARD)
    assert refused.value.code == "idempotency_error"


async def test_nothing_of_a_request_reaches_the_log(
    billing: StripeBilling, account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    _someone(account)
    caplog.set_level("DEBUG")
    await billing.find_customers(EMAIL)
    assert not [record for record in caplog.records if record.name.split(".")[0] in {"stripe", "aiohttp"}]
