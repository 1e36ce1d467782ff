"""Run all benches, or those that are named: `python -m bench intake`."""

import asyncio
import sys
from collections.abc import Awaitable, Callable

from bench import burst, claims, due, events, growth, intake, live, press, reports, start
from bench.table import TABLE

BENCHES: dict[str, Callable[[], Awaitable[None]]] = {
    "start": start.main,
    "intake": intake.main,
    "events": events.main,
    "claims": claims.main,
    "due": due.main,
    "reports": reports.main,
    "burst": burst.main,
    "press": press.main,
    "growth": growth.main,
    "running": live.main,
}


async def main(names: list[str]) -> None:
    for name in names or BENCHES:
        await BENCHES[name]()
    TABLE.print()


if __name__ == "__main__":
    unknown = set(sys.argv[1:]) - set(BENCHES)
    if unknown:
        sys.exit(f"no bench called {', '.join(sorted(unknown))}; there are: {', '.join(BENCHES)}")
    asyncio.run(main(sys.argv[1:]))
