"""Every button gets an answer: retried if somebody else was faster, or an answer that says what failed."""

import contextlib
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from flows.failures import CALL_FAILURES, OutsideFailure, Unavailable, VersionConflict, describe_failure

TRIES = 3
Result = TypeVar("Result")


async def retry_conflicts(work: Callable[[], Awaitable[Result]]) -> Result:
    """Run something, again if somebody else was faster; raises Unavailable after three tries."""
    for _ in range(TRIES):
        with contextlib.suppress(VersionConflict):
            return await work()
    raise Unavailable("it kept changing meanwhile")


async def answer_failures(about: UUID, work: Callable[[], Awaitable[Result]]) -> Result | OutsideFailure:
    """Run something; a failed call becomes an answer with a reference to what it is `about`."""
    try:
        return await retry_conflicts(work)
    except CALL_FAILURES as fault:
        return describe_failure(fault, about)
