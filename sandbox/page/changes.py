"""A stream of server-sent events that tells open pages when to look again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from sandbox.world import World

TOGETHER = 0.05  # seconds: what changes within them is told once
PATIENCE = 20.0  # seconds of silence after which a browser that has gone is noticed


class Changes:
    """Tells of changes to the workspace, the Stripe account and the mailbox, until the sandbox closes."""

    def __init__(self, sandbox: World) -> None:
        self._sandbox = sandbox
        self._account = asyncio.Event()
        sandbox.stripe.ledger.on_event.append(self._on_event)

    async def stream(self, request: Request) -> Response:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._tell(), media_type="text/event-stream", headers=headers)

    async def _tell(self) -> AsyncIterator[str]:
        yield "retry: 1000\ndata: here\n\n"
        while not self._sandbox.closing.is_set():
            waiting = [
                asyncio.ensure_future(self._sandbox.slack.changed()),
                asyncio.ensure_future(self._sandbox.mailbox.changed()),
                asyncio.ensure_future(self._account.wait()),
                asyncio.ensure_future(self._sandbox.closing.wait()),
            ]
            try:
                changed, _ = await asyncio.wait(waiting, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for one in waiting:
                    one.cancel()
            if changed:
                await asyncio.sleep(TOGETHER)
            yield "data: changed\n\n" if changed else ": still here\n\n"

    def _on_event(self, event: object) -> None:
        changed, self._account = self._account, asyncio.Event()
        changed.set()
