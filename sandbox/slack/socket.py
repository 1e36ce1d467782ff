"""Socket Mode: the WebSocket connections the app has opened, and the envelopes that wait for an answer on them."""

import asyncio
import json
import secrets
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

MOST_CONNECTIONS = 10


class Sockets:
    """Up to ten connections of one app; each envelope goes to one of them, in turn."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._tickets: set[str] = set()
        self._open: list[WebSocket] = []
        self._waiting: dict[str, tuple[WebSocket, asyncio.Future[Any]]] = {}
        self._turn = 0

    @property
    def connections(self) -> int:
        return len(self._open)

    def ticket(self) -> str:
        """Return a single-use ticket for `apps.connections.open` to hand out."""
        ticket = secrets.token_urlsafe(18)
        self._tickets.add(ticket)
        return ticket

    async def serve(self, socket: WebSocket, *, app_id: str) -> None:
        """Serve one connection until either side ends it."""
        ticket = socket.query_params.get("ticket", "")
        if ticket not in self._tickets:
            await socket.close(code=1008)
            return
        self._tickets.discard(ticket)
        await socket.accept()
        if self.connections >= MOST_CONNECTIONS:
            await self._say_disconnect(socket, "too_many_websockets")
            await socket.close()
            return
        self._open.append(socket)
        self._changed()
        try:
            await socket.send_text(json.dumps(self._hello(app_id)))
            while True:
                self._answered(json.loads(await socket.receive_text()))
        except (WebSocketDisconnect, RuntimeError, ValueError):
            pass  # the app went away, or sent what is no JSON: Slack closes the connection
        finally:
            self._forget(socket)

    async def send(self, envelope: dict[str, Any]) -> Any:
        """Send an envelope and return the payload it was acknowledged with, None for a bare acknowledgement.

        Raises ConnectionError when no connection is open, or when the one it went to ends before the answer.
        """
        if not self._open:
            raise ConnectionError("the app has no Socket Mode connection")
        self._turn += 1
        socket = self._open[self._turn % len(self._open)]
        envelope_id = str(uuid4())
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = (socket, answer)
        try:
            await socket.send_text(json.dumps({"envelope_id": envelope_id} | envelope))
            return await answer
        except (WebSocketDisconnect, RuntimeError) as gone:
            raise ConnectionError("the connection ended") from gone
        finally:
            del self._waiting[envelope_id]

    async def refresh(self, reason: str = "refresh_requested") -> None:
        """Ask the app to reconnect, as Slack does every few hours; the old connections get nothing new."""
        for socket in list(self._open):
            self._open.remove(socket)
            await self._say_disconnect(socket, reason)

    async def close(self) -> None:
        """End every connection without a word."""
        for socket in list(self._open):
            if socket.application_state is WebSocketState.CONNECTED:
                await socket.close()

    def _answered(self, frame: dict[str, Any]) -> None:
        _, answer = self._waiting.get(frame.get("envelope_id", ""), (None, None))
        if answer and not answer.done():
            answer.set_result(frame.get("payload") or None)

    def _forget(self, socket: WebSocket) -> None:
        if socket in self._open:
            self._open.remove(socket)
            self._changed()
        for sent_to, answer in self._waiting.values():
            if sent_to is socket and not answer.done():
                answer.set_exception(ConnectionError("the connection ended"))

    def _hello(self, app_id: str) -> dict[str, Any]:
        return {
            "type": "hello",
            "num_connections": self.connections,
            "debug_info": {"host": "applink-sandbox", "build_number": 1, "approximate_connection_time": 18060},
            "connection_info": {"app_id": app_id},
        }

    async def _say_disconnect(self, socket: WebSocket, reason: str) -> None:
        told = {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-sandbox"}}
        await socket.send_text(json.dumps(told))
