"""The work that follows an acknowledgement: tasks that are waited for, done once, whose errors become a sentence."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
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
from flows.failures import CALL_FAILURES, OutsideFailure
from flows.ports import Clock
from flows.ports.store import Store

REPLAY_WINDOW = timedelta(minutes=10)
"""A signature is good for five minutes before and after its time stamp."""

Reported = TypeVar("Reported")

log = structlog.get_logger(__name__)


class ReplayGuard:
    """Recognises a request that was seen before, by the id that Slack gives to each."""

    def __init__(self, store: Store, wall: Clock) -> None:
        self._store = store
        self._wall = wall

    async def first(self, body: dict[str, Any]) -> bool:
        """Remember a request; False where it is a repeat. Raises Unavailable where the memory is away."""
        async with self._store.begin() as unit:
            first = await unit.checkpoints.first_sight(request_id(body), at=self._wall(), keep=REPLAY_WINDOW)
            await unit.commit()
        return first


def request_id(body: dict[str, Any]) -> str:
    """Name a request by what Slack never gives twice: an event's id, a trigger, else a person's click and its time."""
    if unique := body.get("event_id") or body.get("trigger_id"):
        return f"slack:{unique}"
    at = body.get("action_ts") or body["actions"][0]["action_ts"]
    return f"slack:{body['user']['id']}:{at}"


class BackgroundWork(AsyncLazyListenerRunner):
    """Bolt's runner of lazy functions, ours: Bolt keeps no hold of its own tasks, so a stop would cut them off.

    `tasks` belongs to whoever starts the program and is waited for at the end.
    """

    def __init__(self, tasks: asyncio.TaskGroup, replay_guard: ReplayGuard) -> None:
        self.logger = sdk_logger()
        self._tasks = tasks
        self._replay_guard = replay_guard

    def start(self, function: Callable[..., Awaitable[None]], request: AsyncBoltRequest) -> None:
        """Run a listener's work, if its request is no repeat; Bolt injects what the function names."""

        @wraps(function)
        async def answered(**injected: Any) -> None:
            await report_errors(self._first(function, request.body, injected), request.context.get("respond"))

        self._tasks.create_task(to_runnable_function(internal_func=answered, logger=self.logger, request=request))

    def go_on(self, work: Awaitable[None], respond: Respond) -> None:
        """Finish work that a listener has begun and acknowledged in the meantime."""
        self._tasks.create_task(report_errors(work, respond))

    async def _first(
        self, function: Callable[..., Awaitable[None]], body: dict[str, Any], injected: dict[str, Any]
    ) -> None:
        if await self._replay_guard.first(body):
            await function(**injected)


async def report_errors(work: Awaitable[None], respond: Respond | None) -> None:
    """Do the work; what it raises is logged with its traceback, and the asker gets a sentence with its reference."""
    try:
        await work
    except CALL_FAILURES as failure:
        reference = new_reference()
        log.warning("work_failed", reference=reference, why=failure.why)
        answer = texts.unavailable_message(reference)
    except Exception:
        reference = new_reference()
        log.exception("work_broke", reference=reference)
        answer = texts.unexpected_error_message(reference)
    else:
        return
    if respond is not None:
        await respond(answer)


def new_reference() -> str:
    """Make a short name under which a person and the log speak of the same failure."""
    return secrets.token_hex(4)


def log_failure(answer: Reported) -> Reported:
    """Return an answer as it is; one that reports a failure is logged with the reference that it shows."""
    if isinstance(answer, OutsideFailure):
        log.warning("failure_reported", reference=answer.reference, what=answer.what, why=answer.why)
    return answer
