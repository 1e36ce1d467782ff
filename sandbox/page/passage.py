"""The passage of time: what the sandbox's clock says, and moving it forward."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.page.frame import Frame

STEPS = {
    "1 minute": timedelta(minutes=1),
    "10 minutes": timedelta(minutes=10),
    "1 hour": timedelta(hours=1),
    "1 day": timedelta(days=1),
    "2 days": timedelta(days=2),
    "1 week": timedelta(weeks=1),
}


class Passage:
    """The clock's page."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._clock = frame.sandbox.clock

    def routes(self) -> list[Route]:
        return [Route("/as/{who}/clock", self.show), Route("/as/{who}/clock", self.move, methods=["POST"])]

    async def show(self, request: Request) -> Response:
        now = self._clock.now()
        return self._frame.draw(
            request,
            "clock.html",
            here="clock",
            now=now,
            ahead=_words(self._clock.offset),
            steps=list(STEPS),
            next_end=self._next_end(now),
        )

    async def move(self, request: Request) -> Response:
        """Move by a step, to a moment typed in UTC, or to just after the next end of a period."""
        form = await request.form()
        now = self._clock.now()
        notice = ""
        if step := STEPS.get(str(form.get("by", ""))):
            self._clock.advance(step)
        elif form.get("to_next_end"):
            if end := self._next_end(now):
                self._clock.move_to(max(now, end + timedelta(seconds=1)))
        else:
            notice = self._move_to(str(form.get("to", "")), now)
        self._frame.workspace.touch()
        return self._frame.back(request, "clock", notice=notice)

    def _move_to(self, typed: str, now: datetime) -> str:
        try:
            moment = datetime.fromisoformat(typed).replace(tzinfo=UTC)
        except ValueError:
            return "Give a day and a time, as in 2026-12-03 09:00."
        if moment < now:
            return "The clock only moves forward; that moment has passed."
        self._clock.move_to(moment)
        return ""

    def _next_end(self, now: datetime) -> datetime | None:
        ends = [
            datetime.fromtimestamp(item["current_period_end"], tz=UTC)
            for subscription in self._frame.sandbox.stripe.ledger.all("subscription")
            if subscription["status"] in {"active", "trialing", "past_due"}
            for item in subscription["items"]["data"]
        ]
        return min((end for end in ends if end > now), default=None)


def _words(offset: timedelta) -> str:
    if not offset:
        return "It is the real time."
    hours, rest = divmod(int(offset.total_seconds()), 3600)
    days, hours = divmod(hours, 24)
    parts = [(days, "day"), (hours, "hour"), (rest // 60, "minute")]
    told = [f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in parts if count]
    return f"It is {', '.join(told) or 'less than a minute'} ahead of the real time."
