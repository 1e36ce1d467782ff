"""What reports take: `stats 12m`, `leak 12m` and the App Home of a manager, with few cases and with a million.

`SIZES=1000,1000000` and `DATABASES=sqlite` choose.
"""

import asyncio
import os
import secrets
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bench.databases import postgres_urls, sqlite_urls
from bench.reports_filler import NOW, count, fill
from bot.assembly.adapters import connected
from bot.assembly.context import build_context, build_directory, build_poster
from bot.assembly.flows import Flows
from bot.listeners.home import HomeTab
from bot.settings.settings import Settings
from bot.views.winback.digest import digest_message
from bot.views.winback.reports import loss_message, stats_message
from domain.ids import StaffId
from domain.permissions import Role
from domain.results.digest import Digest
from flows.health import health_of
from flows.ports import Clock, NotStaff, Staff
from flows.winback.policy.active_policy import ActivePolicy
from flows.winback.results.answers import LossReport, Stats
from flows.winback.results.period import Period

SIZES = [int(size) for size in os.environ.get("SIZES", "1000,100000,1000000").split(",")]
DATABASES = os.environ.get("DATABASES", "sqlite,postgresql").split(",")
ROUNDS = int(os.environ.get("ROUNDS", "5"))
YEAR = timedelta(days=365)
MONA = Staff(id=StaffId("U1"), team_id=None)
TICK = 0.001  # seconds


class OneManager:
    """A directory in which everybody is a manager."""

    async def roles(self, staff: Staff) -> frozenset[Role] | NotStaff:
        return frozenset({Role.MANAGER})

    async def members(self, role: Role) -> frozenset[StaffId]:
        return frozenset({MONA.id})

    async def name(self, staff_id: StaffId) -> str:
        return "Mona"


@dataclass(frozen=True)
class Figures:
    took: float  # milliseconds
    cpu: float  # milliseconds of it that this process computed, in all its threads
    blocked: float  # milliseconds, the longest time for which nothing else could run
    held: float  # milliseconds of CPU, the most that the loop's thread computed at a time
    memory: float  # MB beyond what was in use before


async def measure(report: Callable[[], Awaitable[Any]]) -> Figures:
    blocked, held, over = 0.0, 0.0, asyncio.Event()

    async def watch() -> None:
        nonlocal blocked, held
        while not over.is_set():
            began, computed = time.perf_counter(), time.thread_time()
            await asyncio.sleep(TICK)
            blocked = max(blocked, time.perf_counter() - began - TICK)
            held = max(held, time.thread_time() - computed)

    watching = asyncio.create_task(watch())
    await asyncio.sleep(10 * TICK)
    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak  # noqa: ASYNC240
    before, blocked, held = _memory("VmRSS"), 0.0, 0.0
    began, computed = time.perf_counter(), time.process_time()
    await report()
    took, cpu = time.perf_counter() - began, time.process_time() - computed
    over.set()
    await watching
    return Figures(
        took=took * 1e3,
        cpu=cpu * 1e3,
        blocked=blocked * 1e3,
        held=held * 1e3,
        memory=max(0.0, _memory("VmHWM") - before),
    )


def _memory(what: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(f"{what}:")).split()[1]) / 1024


async def reports(url: str, stack: AsyncExitStack) -> dict[str, Callable[[], Awaitable[Any]]]:
    """Return each report, as it is asked for and worded."""
    settings = Settings(
        slack_bot_token="xoxb-bench",
        slack_app_token="xapp-bench",
        stripe_api_key="rk_test_bench",
        database_url=url,
        secret_key=secrets.token_hex(32),
        cancellations_channel="C0CANCEL01",
        approvals_channel="C0APPROVE1",
    )
    clock: Clock = lambda: NOW  # noqa: E731
    adapters = await stack.enter_async_context(connected(settings, clock=clock, wall=clock))
    context = build_context(adapters, poster=build_poster(adapters, None), directory=build_directory(adapters, None))
    context = replace(context, directory=OneManager())
    policies = ActivePolicy(adapters.store, adapters.policy.policy, read=lambda: adapters.policy.policy)
    flows = Flows(context, policies)
    tab = HomeTab(
        client=AsyncWebClient(),
        directory=context.directory,
        approvals=flows.approvals,
        corrections=flows.corrections,
        link_delivery=flows.link_delivery,
        pause_control=flows.pause_control,
        policies=policies,
        report=flows.report,
        health=lambda: health_of(adapters.store, now=NOW),
        clock=clock,
    )

    async def stats() -> None:
        found = await flows.report.stats(requester=MONA, period=Period.last(YEAR, now=NOW), now=NOW)
        assert isinstance(found, Stats), found
        assert not found.uncounted
        assert stats_message(found, span="The last 12 months")

    async def leak() -> None:
        found = await flows.report.losses(requester=MONA, period=Period.last(YEAR, now=NOW), now=NOW)
        assert isinstance(found, LossReport), found
        assert loss_message(found, span="The last 12 months")

    async def digest() -> None:
        found = await flows.digests.show(requester=MONA, now=NOW)
        assert isinstance(found, Digest), found
        assert digest_message(found, zone=flows.digests.zone, style=None)

    async def home() -> None:
        view = await tab._view(MONA, None)  # noqa: SLF001  # what is published
        assert "Waiting for a decision" in str(view)

    return {"stats 12m": stats, "leak 12m": leak, "digest": digest, "App Home of a manager": home}


def line(what: str, rounds: Sequence[Figures]) -> str:
    def told(name: str) -> str:
        values = [float(getattr(each, name)) for each in rounds]
        return f"{statistics.median(values):7.1f} ({min(values):.1f}–{max(values):.1f})"

    took = f"{told('took')} ms, {told('cpu')} of CPU"
    return f"    {what:22} {took}   loop blocked {told('blocked')} ms, {told('held')} of CPU   {told('memory')} MB"


async def of_size(name: str, url: str, size: int) -> None:
    await asyncio.to_thread(fill, url, size)
    speed = await count(url, size)
    print(f"  {name}, {size:,} cases (counted at {speed:,.0f} a second)")
    async with AsyncExitStack() as stack:
        for what, report in (await reports(url, stack)).items():
            await report()  # the first compiles the statements
            print(line(what, [await measure(report) for _ in range(ROUNDS)]), flush=True)


async def main() -> None:
    print(f"Reports: medians of {ROUNDS} (and the range)")
    for name, urls in (("SQLite", sqlite_urls), ("PostgreSQL", postgres_urls)):
        if name.lower() in DATABASES:
            with urls() as fresh:
                for size in SIZES:
                    await of_size(name, next(fresh), size)
