"""The bot's health: whether it can serve, what an operator may have to see to, and figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import get_args

from flows.effects import Lane
from flows.failures import Unavailable
from flows.ports.store import Store

ASKED = "readiness asked"
"""The checkpoint that is written to test whether the database takes writes."""
TRIED_AGAIN = "A running bot tries again by itself; if it stays like this, look at the network."
STALE = timedelta(minutes=10)
"""How long an event may wait before a person should know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What was checked, whether it is all right, what was found, and how to fix it (empty if all right).

    `needed`: the bot can't start while it is wrong. `away`: the service didn't answer, which says nothing about
    the settings; it keeps nobody from starting and is asked again.
    """

    name: str
    ok: bool
    sentence: str
    fix: str = ""
    needed: bool = True
    away: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Figures from the store; `paused` has the reason for each paused lane.

    `stale`: an event has waited for longer than `STALE`.
    """

    newest_event_at: datetime | None
    waiting_events: int
    stale: bool = False
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
            stale=await unit.inbox.is_stale(received_before=now - STALE),
            waiting_effects=counts.get("waiting", 0) + counts.get("running", 0),
            dead_effects=counts.get("dead", 0),
            set_aside_events=await unit.inbox.count_aside(),
            paused=await unit.outbox.paused(),
        )


async def readiness(store: Store, *, now: datetime) -> list[Check]:
    """Check that the database takes writes, without which nothing can be served."""
    try:
        async with store.begin() as unit:  # a full or locked database can still be read
            await unit.checkpoints.set(ASKED, now)
            await unit.commit()
    except Unavailable as fault:
        return [Check(name="database", ok=False, sentence=fault.why)]
    return [Check(name="database", ok=True, sentence="It takes writes.")]


async def status(store: Store, *, now: datetime) -> list[Check]:
    """Return what an operator may have to see to, as the database tells it."""
    try:
        health = await health_of(store, now=now)
    except Unavailable as fault:
        return [Check(name="database", ok=False, sentence=fault.why)]
    return [
        Check(name="database", ok=True, sentence="It answers."),
        Check(name="newest event", ok=True, sentence=_newest(health, now=now)),
        _waiting(health),
        *(_lane(lane, health.paused.get(lane)) for lane in get_args(Lane)),
        _kept("set-aside events", health.set_aside_events),
        _kept("dead effects", health.dead_effects),
    ]


def _newest(health: Health, *, now: datetime) -> str:
    if health.newest_event_at is None:
        return "None yet."
    return f"{health.newest_event_at.isoformat()}, {_minutes(now - health.newest_event_at)} ago."


def _waiting(health: Health) -> Check:
    told = f"{health.waiting_events}; " if health.waiting_events else ""
    waited = f"the oldest has waited for over {_minutes(STALE)}." if health.stale else "none has waited for long."
    sentence = f"{told}{waited}"
    return Check(name="waiting events", ok=not health.stale, sentence=f"{sentence[0].upper()}{sentence[1:]}")


def _lane(lane: Lane, why: str | None) -> Check:
    sentence = "It is at work." if why is None else f"Paused, nothing is lost: {why}"
    return Check(name=f"{lane} lane", ok=why is None, sentence=sentence)


def _kept(name: str, count: int) -> Check:
    sentence = f"{count}; see `winback effects list`." if count else "None."
    return Check(name=name, ok=not count, sentence=sentence, needed=False)


def _minutes(span: timedelta) -> str:
    return f"{max(int(span / timedelta(minutes=1)), 0)} min"
