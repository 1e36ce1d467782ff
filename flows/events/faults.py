"""What happens to an event that can't be handled: it is tried again, finished, or set aside for a person."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from flows.cancellations.track_case import CaseTracker
from flows.effects import AlertSetAside
from flows.failures import CALL_FAILURES, Refused, Unavailable, Unclear, is_missing
from flows.outbox.dispatcher import MAX_DELAY, retry_delay
from flows.ports.context import Context
from flows.ports.store import InboxRow

GONE_AFTER = timedelta(minutes=10)
"""How long an object that Stripe does not know is asked for again: it may have been created just now."""
MOST_TRIES = 8
LONGEST = timedelta(minutes=30)
LONGEST_AWAY = timedelta(days=3)
"""How long an event waits for a service that is away; Stripe itself sends an event again for as long."""
FAULT_DELAYS = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=3))
"""The waits after a fault, and `MAX_DELAY` after that: many faulty events must not cost many calls."""

Outcome = Literal["later", "gone", "trusted", "set_aside"]


@dataclass(frozen=True, slots=True)
class EventFaults:
    """Decides what happens to an event, and records it in its row.

    While Stripe or the database is away, an event waits. An example of an event that fails by itself:

    1. At 10:00 it fails, is tried again after 10 s, a minute, three, and then every five minutes.
    2. The eighth try fails, or one after 10:30: it is set aside, with at most one alert an hour for each kind of fault.
    3. `winback effects list` shows it; `winback effects retry evt_…` starts it over.
    """

    context: Context
    tracker: CaseTracker

    async def record(self, row: InboxRow, fault: Exception, *, others_succeed: bool, now: datetime) -> Outcome:
        """Record a failed try. With `others_succeed`, other events have been handled meanwhile, so nothing is away."""
        failing_for = now - (row.failing_since or now)
        if is_missing(fault) and failing_for >= GONE_AFTER:
            return "trusted" if await self.tracker.trust(row.event, now=now) else "gone"
        if isinstance(fault, Unavailable | Unclear) or _is_credential(fault):
            own = others_succeed and not _is_credential(fault)
            if failing_for < (LONGEST if own else LONGEST_AWAY):
                await self._retry(row, fault, wait=retry_delay(row.attempts), now=now)
                return "later"
        if not is_missing(fault) and (row.attempts >= MOST_TRIES or failing_for >= LONGEST):
            await self._set_aside(row, fault, now=now)
            return "set_aside"
        tried = row.attempts - 1
        await self._retry(row, fault, wait=FAULT_DELAYS[tried] if tried < len(FAULT_DELAYS) else MAX_DELAY, now=now)
        return "later"

    async def _retry(self, row: InboxRow, fault: Exception, *, wait: timedelta, now: datetime) -> None:
        async with self.context.store.begin() as unit:
            at = self.context.wall() + wait
            await unit.inbox.retry(row.event.id, at=at, fault=describe(fault), failing_since=row.failing_since or now)
            if _is_credential(fault):
                await unit.outbox.pause("stripe", at=now, why=describe(fault))
            await unit.commit()

    async def _set_aside(self, row: InboxRow, fault: Exception, *, now: datetime) -> None:
        """Set an event aside, with one alert an hour for each kind of fault."""
        cause = fault.code if isinstance(fault, Refused) else type(fault).__name__
        async with self.context.store.begin() as unit:
            await unit.inbox.set_aside(row.event.id, fault=describe(fault))
            for to in self.context.settings.alarms:
                key = f"set_aside:{row.event.type}:{cause}:{now:%Y-%m-%dT%H}:{to}"
                await unit.outbox.add(AlertSetAside(row.event.id, to), key=key, due_at=now)
            await unit.commit()


def describe(fault: Exception) -> str:
    """Return a fault in words; one of our own program by its kind alone, as its text may hold a customer's data."""
    if isinstance(fault, CALL_FAILURES):
        return fault.why
    return f"a fault in the program ({type(fault).__name__}); see the log"


def _is_credential(fault: Exception) -> bool:
    return isinstance(fault, Refused) and fault.fault == "credential"
