"""Every click is answered: tried anew where somebody else was faster, and in a sentence where it cannot be done."""

import contextlib
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from domain.ids import LookupId
from flows.failures import CALL_FAILURES, Unavailable, VersionConflict
from flows.portal_links.answers import OutsideFailure
from flows.portal_links.deliver import describe_failure

TRIES = 3
Answer = TypeVar("Answer")


async def retry_conflicts(work: Callable[[], Awaitable[Answer]]) -> Answer:
    """Do what was asked, anew where somebody else was faster; raises Unavailable where they are again and again."""
    for _ in range(TRIES):
        with contextlib.suppress(VersionConflict):
            return await work()
    raise Unavailable("it kept changing while it was decided on")


async def answered(about: UUID, work: Callable[[], Awaitable[Answer]]) -> Answer | OutsideFailure:
    """Do what was asked; a failure outside becomes an answer that is found again by what it is `about`."""
    try:
        return await retry_conflicts(work)
    except CALL_FAILURES as fault:
        return describe_failure(fault, LookupId(about))
