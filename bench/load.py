"""Signed webhooks over a fixed number of connections, each sending the next as soon as the last is answered."""

import asyncio
import hashlib
import hmac
import json
import time
from itertools import count
from typing import Any
from uuid import uuid4

SIZE = 6_000  # bytes
_numbers = count()
_RUN = uuid4().hex


def event_template() -> tuple[bytes, bytes]:
    """Make a `customer.subscription.updated` of SIZE bytes; the event's id goes between the two parts."""
    item = {
        "id": "si_bench",
        "object": "subscription_item",
        "price": {"id": "price_bench", "object": "price", "currency": "eur", "unit_amount": 4900, "type": "recurring"},
        "quantity": 1,
        "current_period_start": 1_793_000_000,
        "current_period_end": 1_795_600_000,
    }
    subscription: dict[str, Any] = {
        "id": "sub_bench",
        "object": "subscription",
        "customer": "cus_bench",
        "status": "active",
        "created": 1_780_000_000,
        "cancel_at": None,
        "cancel_at_period_end": True,
        "canceled_at": 1_793_100_000,
        "cancellation_details": {"reason": "cancellation_requested", "feedback": "unused", "comment": None},
        "items": {"object": "list", "data": [item], "has_more": False, "url": "/v1/subscription_items"},
        "metadata": {},
    }
    event = {
        "id": "@",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": 1_793_100_000,
        "livemode": False,
        "type": "customer.subscription.updated",
        "data": {"object": subscription, "previous_attributes": {"cancel_at_period_end": False, "canceled_at": None}},
        "request": {"id": "req_bench", "idempotency_key": None},
    }
    missing = SIZE - len(json.dumps(event)) - len(f"evt_{_RUN}_00000000")
    subscription["metadata"] = {f"key_{number:02}": "x" * 100 for number in range(missing // 115)}
    before, _, after = json.dumps(event).partition('"@"')
    return f'{before}"'.encode(), f'"{after}'.encode()


class Sender(asyncio.Protocol):
    """One connection. `latencies` holds the seconds of each answer from `measured_from` on."""

    def __init__(self, secret: str, parts: tuple[bytes, bytes], *, measured_from: float, until: float) -> None:
        self._secret = secret.encode()
        self._parts = parts
        self._measured_from = measured_from
        self._until = until
        self._sent_at = 0.0
        self._answer = b""
        self.latencies: list[float] = []
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, end, body = self._answer.partition(b"\r\n\r\n")
        if not end or len(body) < int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]):
            return
        if not head.startswith(b"HTTP/1.1 200"):
            self.over.set_exception(AssertionError(f"answered {head.splitlines()[0]!r}: {body!r}"))
            self._transport.close()
            return
        now = time.perf_counter()
        if self._sent_at >= self._measured_from:
            self.latencies.append(now - self._sent_at)
        if now >= self._until:
            self._transport.close()
            self.over.set_result(None)
        else:
            self._send()

    def connection_lost(self, fault: Exception | None) -> None:
        if not self.over.done():
            self.over.set_exception(fault or ConnectionError("the server hung up"))

    def _send(self) -> None:
        self._answer = b""
        body = f"evt_{_RUN}_{next(_numbers):08}".encode().join(self._parts)
        signed_at = int(time.time())
        signature = hmac.new(self._secret, b"%d." % signed_at + body, hashlib.sha256).hexdigest()
        self._sent_at = time.perf_counter()
        self._transport.write(
            b"POST /stripe/webhook HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\nStripe-Signature: t=%d,v1=%s\r\n\r\n"
            % (len(body), signed_at, signature.encode())
            + body
        )


async def send(host: str, port: int, *, secret: str, connections: int, warm_up: float, seconds: float) -> list[float]:
    """Send for a while; return the seconds that each answer took, those of the warm-up left out."""
    parts = event_template()
    start = time.perf_counter() + warm_up
    loop = asyncio.get_running_loop()
    senders = [
        (
            await loop.create_connection(
                lambda: Sender(secret, parts, measured_from=start, until=start + seconds), host, port
            )
        )[1]
        for _ in range(connections)
    ]
    await asyncio.gather(*(sender.over for sender in senders))
    return [latency for sender in senders for latency in sender.latencies]
