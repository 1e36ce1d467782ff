"""The work that follows an acknowledgement: done once, awaited at the end, its errors reported to the requester."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar

import structlog
from slack_bolt.lazy_listener.async_internals import to_runnable_function
from slack_bolt.lazy_listener.async_runner import AsyncLazyListenerRunner
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.slack.client import sdk_logger
from bot.slack.reply import Respond
from bot.views import texts
from bot.views.blocks import message
from bot.views.button_values import UnreadableValue
from flows.failures import CALL_FAILURES, OutsideFailure
from flows.ports import Clock
from flows.ports.store import Store

REPLAY_WINDOW = timedelta(minutes=10)
"""A signature is valid for five minutes before and after its time stamp."""

Reported = TypeVar("Reported")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ReplayGuard:
    """Recognises a repeated request by the id that Slack gives to each."""

    store: Store
    wall: Clock

    async def first(self, body: dict[str, Any]) -> bool:
        """Remember a request and return whether it is new; raises Unavailable when the database is away."""
        async with self.store.begin() as unit:
            first = await unit.checkpoints.first_sight(request_id(body), at=self.wall(), keep=REPLAY_WINDOW)
            await unit.commit()
        return first


def request_id(body: dict[str, Any]) -> str:
    """Return what Slack never gives twice: an event's id, a trigger, or else the person and the time of the click."""
    if unique := body.get("event_id") or body.get("trigger_id"):
        return f"slack:{unique}"
    at = body.get("action_ts") or body["actions"][0]["action_ts"]
    return f"slack:{body['user']['id']}:{at}"


class BackgroundWork(AsyncLazyListenerRunner):
    """Runs Bolt's lazy functions in a TaskGroup: Bolt keeps no hold of its own tasks, so a stop would cut them off."""

    def __init__(self, tasks: asyncio.TaskGroup, replay_guard: ReplayGuard) -> None:
        self.logger = sdk_logger()
        self._tasks = tasks
        self._replay_guard = replay_guard

    def start(self, function: Callable[..., Awaitable[None]], request: AsyncBoltRequest) -> None:
        """Run a listener's work unless its request is a repeat; Bolt injects the arguments by name."""

        @wraps(function)
        async def run_once(**injected: Any) -> None:
            if await self._replay_guard.first(request.body):
                await function(**injected)

        @wraps(function)
        async def run(**injected: Any) -> None:
            await report_errors(run_once(**injected), request.context.get("respond"))

        self._tasks.create_task(to_runnable_function(internal_func=run, logger=self.logger, request=request))

    def finish(self, work: Awaitable[None], respond: Respond) -> None:
        """Finish work that a listener began and has acknowledged since."""
        self._tasks.create_task(report_errors(work, respond))


async def report_errors(work: Awaitable[None], respond: Respond | None) -> None:
    """Await the work; log what it raises, and show the requester a sentence with the log's reference."""
    reference = new_reference()
    try:
        await work
    except CALL_FAILURES as failure:
        log.warning("work_failed", reference=reference, why=failure.why)
        answer = texts.unavailable_message(reference)
    except UnreadableValue:
        log.warning("unreadable_value", reference=reference)
        answer = message(texts.UNREADABLE_VALUE)
    except Exception:
        log.exception("work_crashed", reference=reference)
        answer = texts.unexpected_error_message(reference)
    else:
        return
    if respond is not None:
        await respond(answer)


def new_reference() -> str:
    """Return a short name by which a person and the log mean the same failure."""
    return secrets.token_hex(4)


def log_failure(answer: Reported) -> Reported:
    """Return an answer unchanged; one that reports a failure is logged with the reference that it shows."""
    if isinstance(answer, OutsideFailure):
        log.warning("failure_reported", reference=answer.reference, what=answer.what, why=answer.why)
    return answer
