"""Health checks and metrics for operators."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from flows.failures import Unavailable
from flows.health import Check
from web.metrics import Metrics

Checks = Callable[[], Awaitable[Sequence[Check]]]
Backlogs = Callable[[], Awaitable[Mapping[str, int]]]
"""Rows that wait, by queue; raises `flows.failures.Unavailable` where the database cannot be asked."""


def routes(*, checks: Checks, status: Checks, backlogs: Backlogs, metrics: Metrics) -> list[Route]:
    """Make /healthz (200 while the process answers), /readyz (503 while it can't serve, with the reason), and two more.

    /statusz has everything that may need a person, always with 200; /metrics has that, too, and the figures.
    """

    async def healthz(request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(request: Request) -> Response:
        found = await checks()
        ready = all(check.ok for check in found)
        return JSONResponse({"ready": ready, "checks": _listed(found)}, 200 if ready else 503)

    async def statusz(request: Request) -> Response:
        found = await status()
        return JSONResponse({"well": all(check.ok for check in found), "checks": _listed(found)})

    async def figures(request: Request) -> Response:
        metrics.checks({check.name: check.ok for check in await status()})
        try:
            metrics.backlogs(await backlogs())
        except Unavailable:
            metrics.backlogs({})  # an old figure would look like a fresh one
        return Response(metrics.exposition(), media_type=CONTENT_TYPE_LATEST)

    return [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/statusz", statusz),
        Route("/metrics", figures),
    ]


def _listed(found: Sequence[Check]) -> list[dict[str, object]]:
    return [{"name": check.name, "ok": check.ok, "sentence": check.sentence} for check in found]
