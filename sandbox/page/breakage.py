"""Breaking things on purpose: faults on the wires to the bot, and the bot's own death."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, get_args

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.faults import Kind
from sandbox.page.frame import Frame
from sandbox.stripe.oddities import WebhookOddities

READY_MADE: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    "Slack is down": ("slack", "*", "status", {"status": 503}),
    "Slack asks for patience": ("slack", "chat.*", "status", {"status": 429, "retry_after": 30, "body": "ratelimited"}),
    "Slack takes a message and loses the reply": ("slack", "chat.postMessage", "drop_after", {}),
    "Stripe is down": ("stripe", "*", "status", {"status": 503}),
    "Stripe breaks off in the middle of a reply": ("stripe", "*", "drop_mid_body_after", {}),
    "Stripe knows a subscription no more": (
        "stripe",
        "/v1/subscriptions/{id}",
        "error",
        {"status": 404, "type": "invalid_request_error", "code": "resource_missing", "message": "No such subscription"},
    ),
    "Stripe is slow": ("stripe", "*", "slow", {"seconds": 4.0}),
    "The mail server is busy": ("smtp", "RCPT", "status", {"status": 451, "body": "4.3.0 Try again later"}),
    "The bot dies before its next message": ("slack", "chat.postMessage", "kill_before", {}),
    "The bot dies after its next message, before the reply": ("slack", "chat.postMessage", "kill_after", {}),
}
WORDS = {
    "status": "answers with an error status",
    "error": "refuses in the interface's own words",
    "garbage": "sends half of the reply",
    "slow": "answers late",
    "hold": "does not answer until the fault is taken away",
    "drop_before": "closes the connection at once",
    "drop_after": "does it, then closes the connection before the reply",
    "drop_mid_body_before": "does nothing, begins a reply and closes the connection in its middle",
    "drop_mid_body_after": "does it, then closes the connection in the middle of the reply",
    "stall_mid_body_before": "does nothing, begins a reply and never ends it",
    "stall_mid_body_after": "does it, then stops in the middle of the reply with the connection open",
    "kill_before": "kills the bot when its request arrives",
    "kill_after": "does it, then kills the bot before the reply",
    "kill_replied": "kills the bot right after the reply",
    "kill_within": "kills the bot within 50 ms",
}


class Breakage:
    """The faults' page."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._faults = frame.sandbox.faults
        odd = WebhookOddities(frame.sandbox.stripe.ledger, frame.sandbox.stripe.webhooks)
        self._odd: dict[str, Callable[[], Awaitable[None]]] = {
            "Stripe holds its webhooks back": odd.hold,
            "Webhooks held back arrive": odd.release,
            "Webhooks held back arrive, the newest first": odd.release_reversed,
            "Webhooks held back arrive, each twice": odd.release_twice,
            "Webhooks of another account arrive": odd.foreign,
        }

    def routes(self) -> list[Route]:
        return [Route("/as/{who}/faults", self.show), Route("/as/{who}/faults", self.change, methods=["POST"])]

    async def show(self, request: Request) -> Response:
        return self._frame.draw(
            request,
            "faults.html",
            here="faults",
            set_now=self._faults.all,
            ready_made=[*READY_MADE, *self._odd],
            words=WORDS,
            charts_allowed=self._frame.workspace.charts_allowed,
        )

    async def change(self, request: Request) -> Response:
        """Add a fault, clear all, kill the bot, or take charts from the workspace.

        A fault that does not end by itself stays until it is cleared.
        """
        form = await request.form()
        notice = ""
        if form.get("kill"):
            self._faults.on_kill()
            notice = "The bot has been killed."
        elif form.get("clear"):
            self._faults.clear()
        elif odd := self._odd.get(str(form.get("ready", ""))):
            await odd()
        elif charts := form.get("charts"):
            self._frame.workspace.charts_allowed = charts == "allowed"
        elif ready := READY_MADE.get(str(form.get("ready", ""))):
            side, path, kind, detail = ready
            self._add(side, path, kind, times=_times(kind, str(form.get("times", ""))), detail=detail)
        else:
            notice = self._add_own({name: str(value) for name, value in form.items()})
        self._frame.workspace.touch()
        return self._frame.back(request, "faults", notice=notice)

    def _add_own(self, form: dict[str, str]) -> str:
        kind = form.get("kind", "")
        if kind not in get_args(Kind) or form.get("side") not in {"slack", "stripe", "smtp"} or not form.get("path"):
            return "Say whose answers, at which path, and what is to happen."
        number = form.get("number", "")
        if kind in {"status", "slow"} and not number.replace(".", "", 1).isdigit():
            return "Give the status, as in 503, or the seconds, as in 4."
        detail: dict[str, Any] = {}
        if kind == "status":
            detail["status"] = int(float(number))
        elif "mid_body" in kind and number.isdigit():
            detail["status"] = int(number)
        elif kind == "slow":
            detail["seconds"] = float(number)
        elif kind == "error":
            detail["error" if form["side"] == "slack" else "code"] = form.get("name") or "internal_error"
        self._add(form["side"], form["path"], kind, times=_times(kind, form.get("times", "")), detail=detail)
        return ""

    def _add(self, side: Any, path: str, kind: Any, *, times: int | None, detail: dict[str, Any]) -> None:
        self._faults.add(side, path, kind, times=times, **detail)


def _times(kind: str, typed: str) -> int | None:
    """Read how often; nothing typed means once for what kills or drops, and until cleared for the rest."""
    if typed.isdigit() and int(typed):
        return int(typed)
    return 1 if kind.startswith(("kill", "drop")) else None
