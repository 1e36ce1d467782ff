"""Every click is answered: tried anew where somebody else was faster, and in a sentence where it cannot be done."""

import contextlib
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from flows.failures import CALL_FAILURES, OutsideFailure, Unavailable, VersionConflict, describe_failure

TRIES = 3
Result = TypeVar("Result")


async def retry_conflicts(work: Callable[[], Awaitable[Result]]) -> Result:
    """Do what was asked, anew where somebody else was faster; raises Unavailable where they are again and again."""
    for _ in range(TRIES):
        with contextlib.suppress(VersionConflict):
            return await work()
    raise Unavailable("it kept changing while it was decided on")


async def answer_failures(about: UUID, work: Callable[[], Awaitable[Result]]) -> Result | OutsideFailure:
    """Do what was asked; a failure outside becomes an answer that is found again by what it is `about`."""
    try:
        return await retry_conflicts(work)
    except CALL_FAILURES as fault:
        return describe_failure(fault, about)
