"""The bot's health: checks for readiness, and figures for operators."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flows.effects import Lane
from flows.failures import Unavailable
from flows.ports.store import Store

ASKED = "readiness asked"
"""The checkpoint that is written to test whether the database takes writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What was checked, whether it is all right, what was found, and how to fix it (empty if all right).

    `needed`: the bot can't start while it is wrong.
    """

    name: str
    ok: bool
    sentence: str
    fix: str = ""
    needed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Figures from the store; `paused` has the reason for each paused lane."""

    newest_event_at: datetime | None
    waiting_events: int
    waiting_effects: int
    dead_effects: int
    set_aside_events: int
    paused: Mapping[Lane, str]


async def health_of(store: Store, *, now: datetime) -> Health:
    """Read the figures; only what is due counts as waiting. Raises DatabaseUnavailable."""
    async with store.read() as unit:
        counts = await unit.outbox.counts(now=now)
        return Health(
            newest_event_at=await unit.inbox.newest(),
            waiting_events=await unit.inbox.backlog(),
            waiting_effects=counts.get("waiting", 0) + counts.get("running", 0),
            dead_effects=counts.get("dead", 0),
            set_aside_events=await unit.inbox.count_aside(),
            paused=await unit.outbox.paused(),
        )


async def status(store: Store, *, now: datetime) -> list[Check]:
    """Return what `readiness` checks, and what waits for a person: events set aside and dead effects."""
    checks = await readiness(store, now=now)
    try:
        health = await health_of(store, now=now)
    except Unavailable:
        return checks
    return [*checks, _kept("set-aside events", health.set_aside_events), _kept("dead effects", health.dead_effects)]


def _kept(name: str, count: int) -> Check:
    sentence = f"{count}; see `winback effects list`." if count else "None."
    return Check(name=name, ok=not count, sentence=sentence, needed=False)


async def readiness(store: Store, *, now: datetime) -> list[Check]:
    """Check that the database takes writes and that no lane is paused."""
    try:
        async with store.begin() as unit:  # a full or locked database can still be read
            await unit.checkpoints.set(ASKED, now)
            await unit.commit()
        health = await health_of(store, now=now)
    except Unavailable as fault:
        return [Check(name="database", ok=False, sentence=fault.why)]
    newest = health.newest_event_at.isoformat() if health.newest_event_at else "none yet"
    return [
        Check(name="database", ok=True, sentence=f"It answers; {health.waiting_events} events wait."),
        Check(name="newest event", ok=True, sentence=newest),
        *(
            Check(name=f"{lane} lane", ok=False, sentence=f"Paused, nothing is lost: {why}")
            for lane, why in health.paused.items()
        ),
    ]
