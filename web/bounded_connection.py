"""uvicorn's HTTP connection, which sets no limits to requests, with limits to their size and their time."""

import asyncio
from typing import Any

import httptools
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from web.connection_table import ConnectionTable

LARGEST_HEAD = 32_768  # bytes: the request line and all headers
MOST_HEADERS = 200
MOST_QUEUED = 8
"""Requests that a client may send before the first of them is answered."""
LARGEST_REST = 2_000_000
"""Bytes of a body that are read and dropped after the answer, so that the client gets to read it."""
KEPT_FOR = frozenset({"/stripe/webhook", "/slack/events"})
"""The paths that pages leave connections free for."""

_CLOSE = {"Connection": "close"}
_TOO_LARGE = PlainTextResponse("the headers are too large\n", 431, _CLOSE)
_FULL = PlainTextResponse("too many connections, please try again\n", 503, _CLOSE | {"Retry-After": "5"})


class BoundedConnection(HttpToolsProtocol):
    """A connection that the table admits or refuses, and that ends when a request is too large or too slow."""

    def __init__(self, *args: Any, connections: ConnectionTable, **options: Any) -> None:
        super().__init__(*args, **options)
        self.held = 0
        self._connections = connections
        self._served: ASGIApp = self.app
        self._reading = False  # a request that isn't whole
        self._in_head = False
        self._head = 0
        self._rest = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Take the connection in, or close it."""
        peer = transport.get_extra_info("peername")
        if self._connections.admit(self, str(peer[0]) if peer else "unknown"):
            super().connection_made(transport)
        else:
            self.transport = transport
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._connections.remove(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, no more at a time than a head may still have."""
        while data and not self.transport.is_closing():
            size = LARGEST_HEAD - self._head if self._in_head else LARGEST_HEAD
            self._read(data[:size])
            data = data[size:]

    def _read(self, piece: bytes) -> None:
        began_before = self._in_head or not self._reading
        if not self._reading:
            self._reading = True
            self._connections.wait(self)
        super().data_received(piece)
        if not self._reading or self.transport.is_closing():
            return
        if self._in_head:
            self._head += len(piece) if began_before else 0
            if self._head >= LARGEST_HEAD or len(self.headers) > MOST_HEADERS:
                self._say(431, "Request Header Fields Too Large")
                return
        if self.cycle is not None and self.cycle.response_complete and not self._in_head:
            self._rest += len(piece)
            if self._rest > LARGEST_REST:
                self.cut()
        else:
            self._connections.hold(self, len(piece))

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._in_head = True
        self._head = self._rest = 0
        if not self._reading:  # it came in one piece with the one before
            self._reading = True
            self._connections.wait(self)
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; what follows a body is of no use to us."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Pass a request on as soon as its head is there."""
        self._in_head = False
        if len(self.pipeline) >= MOST_QUEUED:
            raise httptools.HttpParserError("too many requests at once")
        if len(self.headers) > MOST_HEADERS:
            self.app = _TOO_LARGE
        elif self.url.partition(b"?")[0].decode("latin-1") in KEPT_FOR or self._connections.open_page(self):
            self.app = self._served
        else:
            self.app = _FULL
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """End the wait for a request."""
        self._reading = False
        self._connections.answer(self)
        super().on_message_complete()
        if self.cycle.response_complete:
            self._connections.rest(self)

    def on_response_complete(self) -> None:
        """Wait for the next request, or answer the next that is there."""
        super().on_response_complete()
        if not self._reading:
            (self._connections.rest if self.cycle.response_complete else self._connections.answer)(self)

    def shutdown(self) -> None:
        """End with the server: at once where there is no whole request to answer."""
        if self._reading:
            self._connections.end(self)
            self.transport.close()
        else:
            super().shutdown()

    def expire(self) -> None:
        """End a request that isn't whole in time, or an idle connection."""
        if self._reading and self._in_head:
            self._say(408, "Request Timeout")
        else:
            self._connections.end(self)
            self.transport.close()

    def cut(self) -> None:
        """End the connection at once."""
        self.transport.abort()

    def _say(self, status: int, phrase: str) -> None:
        head = f"HTTP/1.1 {status} {phrase}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        self.transport.write(head.encode())
        self._connections.end(self)
        self.transport.close()
