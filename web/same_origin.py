"""Changes come from our own pages: a press on another site's button is refused."""

from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send


class SameOrigin:
    """ASGI middleware for pages: refuses a POST whose `Sec-Fetch-Site` is present and not "same-origin".

    Every present browser sends it (Fetch Metadata, W3C); what sends none is no browser, and holds no cookie of ours.
    """

    def __init__(self, app: ASGIApp, *, refusal: Callable[[], Response]) -> None:
        self._app = app
        self._refusal = refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        site = Headers(scope=scope).get("sec-fetch-site", "same-origin")
        if scope["method"] == "POST" and site != "same-origin":
            await self._refusal()(scope, receive, send)
        else:
            await self._app(scope, receive, send)
