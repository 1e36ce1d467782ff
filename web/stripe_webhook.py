"""`POST /stripe/webhook`: signed events are stored, then acknowledged; no more happens here, no body is logged."""

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from flows.events.receive import EventReceiver
from flows.failures import Unavailable
from flows.ports import Clock, InvalidEvent
from web.metrics import Metrics

log = structlog.get_logger(__name__)

_LARGEST = 1_000_000  # bytes; Stripe's events are far smaller

_STORED = PlainTextResponse("stored\n")
_REJECTED = PlainTextResponse("not accepted\n", 400)
_NOT_NOW = PlainTextResponse("not stored, please send it again\n", 503, {"Retry-After": "30"})


def route(event_receiver: EventReceiver, *, metrics: Metrics, clock: Clock, wall: Clock) -> Route:
    """Make the route: 200 once the event is committed, 400 for one that isn't ours, 413, 503 if it wasn't stored."""

    async def receive(request: Request) -> Response:
        body = await request.body()
        signature = request.headers.get("stripe-signature")
        try:
            stored = await event_receiver.receive(body, signature, now=clock(), wall=wall())
        except InvalidEvent as rejected:
            log.warning("webhook_refused", reason=rejected.reason)
            metrics.event("rejected")
            return _REJECTED
        except Unavailable as fault:
            log.warning("webhook_not_stored", why=fault.why)
            metrics.event("unavailable")
            return _NOT_NOW
        metrics.event("stored" if stored else "dropped")
        return _STORED

    return Route("/stripe/webhook", receive, methods=["POST"], max_body_size=_LARGEST)
