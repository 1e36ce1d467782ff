"""A process that can die between any two steps, so that each such place can be tested."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from domain.ids import EventId
from flows.ports import OfferBilling
from storage.store import SqlStore


class Killed(BaseException):
    """The process died here."""


async def die() -> None:
    raise Killed


class Fate:
    """Lets something happen, once, at one of the places where a process may die, counted from 1."""

    def __init__(self) -> None:
        self._at: int | None = None
        self._what: Callable[[], Awaitable[None]] = die
        self.passed = 0

    def at(self, place: int, what: Callable[[], Awaitable[None]] = die) -> None:
        self._at, self._what, self.passed = place, what, 0

    def spare(self) -> None:
        self._at = None

    async def step(self) -> None:
        self.passed += 1
        if self.passed == self._at:
            self.spare()
            await self._what()


class MortalStore(SqlStore):
    """A store before and after each of whose writes the process may die."""

    fate: Fate

    @asynccontextmanager
    async def begin(self, *, cause: EventId | None = None) -> AsyncIterator[Any]:
        await self.fate.step()
        async with super().begin(cause=cause) as unit:
            yield unit
        await self.fate.step()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Any]:
        async with self.begin() as unit:
            yield unit


class Till:
    """The port `OfferBilling`, at which the process may die before and after each thing that is done at Stripe."""

    WRITES = frozenset({"coupon", "promotion_code", "accept", "put_back", "open_checkout", "expire_checkout"})

    def __init__(self, offer_billing: OfferBilling, fate: Fate) -> None:
        self._offer_billing = offer_billing
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        done = getattr(self._offer_billing, name)
        return self._mortal(done) if name in self.WRITES else done

    def _mortal(self, do: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def done(*args: Any, **named: Any) -> Any:
            await self._fate.step()
            answer = await do(*args, **named)
            await self._fate.step()
            return answer

        return done
