"""The outermost middleware: what no handler expected is logged here once, and every request is timed."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import structlog
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.metrics import Metrics

log = structlog.get_logger(__name__)

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class ErrorBoundary:
    """ASGI middleware. `apology` makes the answer to a request that failed, from the reference that was logged."""

    app: ASGIApp
    metrics: Metrics
    apology: Callable[[str], Response]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status = 0
        started_at = perf_counter()

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except ClientDisconnect:
            status = status or 499  # the caller went away before the request was whole; nobody reads an answer
        except Exception:
            reference = secrets.token_hex(4)
            log.exception("request_failed", reference=reference, route=_route(scope))
            if status:
                raise  # half an answer is out: only closing the connection tells the caller
            await self.apology(reference)(scope, receive, watch)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "other"
            seconds = perf_counter() - started_at
            self.metrics.request(method=method, path=_route(scope), status=status, seconds=seconds)


def _route(scope: Scope) -> str:
    """Return the route's template; the path itself may hold a token."""
    return getattr(scope.get("route"), "path", "none")
