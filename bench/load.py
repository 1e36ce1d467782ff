"""Signed webhooks over a fixed number of connections, each sending the next as soon as the last is answered."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import count, cycle
from typing import Any
from uuid import uuid4

_numbers = count()
_RUN = uuid4().hex

Template = tuple[bytes, bytes]
"""An event as JSON, before and after its id."""


def template_of(event: Mapping[str, Any]) -> Template:
    """Return an event as it is sent again and again, each time with an id of its own."""
    before, _, after = json.dumps(dict(event) | {"id": "@"}).partition('"@"')
    return f'{before}"'.encode(), f'"{after}'.encode()


class Sender(asyncio.Protocol):
    """One connection. `latencies` holds the seconds of each answer from `measured_from` on."""

    def __init__(self, secret: str, templates: Iterator[Template], *, measured_from: float, until: float) -> None:
        self._secret = secret.encode()
        self._templates = templates
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
        body = f"evt_{_RUN}_{next(_numbers):08}".encode().join(next(self._templates))
        signed_at = int(time.time())
        signature = hmac.new(self._secret, b"%d." % signed_at + body, hashlib.sha256).hexdigest()
        self._sent_at = time.perf_counter()
        self._transport.write(
            b"POST /stripe/webhook HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\nStripe-Signature: t=%d,v1=%s\r\n\r\n"
            % (len(body), signed_at, signature.encode())
            + body
        )


async def send(
    host: str,
    port: int,
    *,
    secret: str,
    templates: Sequence[Template],
    connections: int,
    warm_up: float,
    seconds: float,
) -> list[float]:
    """Send events like these in turn; return the seconds that each answer took, those of the warm-up left out."""
    each = cycle(templates)
    start = time.perf_counter() + warm_up
    loop = asyncio.get_running_loop()
    senders = [
        (
            await loop.create_connection(
                lambda: Sender(secret, each, measured_from=start, until=start + seconds), host, port
            )
        )[1]
        for _ in range(connections)
    ]
    await asyncio.gather(*(sender.over for sender in senders))
    return [latency for sender in senders for latency in sender.latencies]
