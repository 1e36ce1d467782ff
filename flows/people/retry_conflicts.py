"""Every click is answered: tried anew where somebody else was faster, and in a sentence where it cannot be done."""

import contextlib
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from domain.ids import LookupId
from flows.failures import OUTWARD, Overtaken, Unavailable
from flows.portal_links.answers import Trouble
from flows.portal_links.deliver import trouble

TRIES = 3
Answer = TypeVar("Answer")


async def insisting(work: Callable[[], Awaitable[Answer]]) -> Answer:
    """Do what was asked, anew where somebody else was faster; raises Unavailable where they are again and again."""
    for _ in range(TRIES):
        with contextlib.suppress(Overtaken):
            return await work()
    raise Unavailable("it kept changing while it was decided on")


async def answered(about: UUID, work: Callable[[], Awaitable[Answer]]) -> Answer | Trouble:
    """Do what was asked; a failure outside becomes an answer that is found again by what it is `about`."""
    try:
        return await insisting(work)
    except OUTWARD as fault:
        return trouble(fault, LookupId(about))
