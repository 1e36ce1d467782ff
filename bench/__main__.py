"""Run all benches, or those that are named: `python -m bench event_receiver`."""

import asyncio
import sys
from collections.abc import Awaitable, Callable

from bench import burst, claims, due, events, intake, live, reports, start

BENCHES: dict[str, Callable[[], Awaitable[None]]] = {
    "start": start.main,
    "intake": intake.main,
    "events": events.main,
    "claims": claims.main,
    "due": due.main,
    "reports": reports.main,
    "burst": burst.main,
    "running": live.main,
}


async def main(names: list[str]) -> None:
    for name in names or BENCHES:
        await BENCHES[name]()


if __name__ == "__main__":
    unknown = set(sys.argv[1:]) - set(BENCHES)
    if unknown:
        sys.exit(f"no bench called {', '.join(sorted(unknown))}; there are: {', '.join(BENCHES)}")
    asyncio.run(main(sys.argv[1:]))
