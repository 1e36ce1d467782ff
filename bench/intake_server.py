"""The bare server, on a database of its own: it says where it is, and serves till stdin ends."""

import asyncio
import hashlib
import hmac
import json
import resource
import sqlite3
import sys
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack

import psycopg
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.assembly.http_server import Listening, bind
from storage.queues.group_commit import GroupCommit
from web.connection_table import Bounds, ConnectionTable

Insert = Callable[[Sequence[tuple[str, str]]], Awaitable[Sequence[None]]]


async def bare(url: str, secret: str, stack: AsyncExitStack) -> Starlette:
    """Return the least that can acknowledge: the same check, the event's id, one insert by the driver itself."""
    insert = await (_bare_sqlite(url, stack) if url.startswith("sqlite") else _bare_postgres(url, stack))
    commits = GroupCommit(insert, most=200)

    async def receive(request: Request) -> Response:
        body = await request.body()
        at, _, signature = request.headers["stripe-signature"].partition(",v1=")
        right = hmac.new(secret.encode(), at.removeprefix("t=").encode() + b"." + body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(right, signature):
            return PlainTextResponse("no", 400)
        payload = body.decode()
        await commits.give((json.loads(payload)["id"], payload))
        return PlainTextResponse("ok")

    return Starlette(routes=[Route("/stripe/webhook", receive, methods=["POST"])])


async def _bare_sqlite(url: str, stack: AsyncExitStack) -> Insert:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)
    stack.callback(connection.close)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE event (id TEXT PRIMARY KEY, payload TEXT NOT NULL)")
    thread = stack.enter_context(ThreadPoolExecutor(1))

    def write(rows: Sequence[tuple[str, str]]) -> Sequence[None]:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT OR IGNORE INTO event VALUES (?, ?)", rows)
        connection.execute("COMMIT")
        return [None] * len(rows)

    async def insert(rows: Sequence[tuple[str, str]]) -> Sequence[None]:
        return await asyncio.get_running_loop().run_in_executor(thread, write, rows)

    return insert


async def _bare_postgres(url: str, stack: AsyncExitStack) -> Insert:
    connection = await psycopg.AsyncConnection.connect(url)
    stack.push_async_callback(connection.close)
    await connection.execute("CREATE TABLE event (id TEXT PRIMARY KEY, payload TEXT NOT NULL)")
    await connection.commit()

    async def insert(rows: Sequence[tuple[str, str]]) -> Sequence[None]:
        async with connection.cursor() as cursor:
            await cursor.executemany("INSERT INTO event VALUES (%s, %s) ON CONFLICT DO NOTHING", rows)
        await connection.commit()
        return [None] * len(rows)

    return insert


async def usage(_: Request) -> Response:
    """Return the process's CPU seconds so far and the most memory it ever held, in MB."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    per_mb = 1024 if sys.platform == "linux" else 1024 * 1024
    return JSONResponse({"cpu": used.ru_utime + used.ru_stime, "rss": used.ru_maxrss / per_mb})


async def serve(url: str, secret: str) -> None:
    async with AsyncExitStack() as stack:
        app = await bare(url, secret, stack)
        app.router.routes.append(Route("/usage", usage))
        async with asyncio.TaskGroup() as tasks:
            listening = Listening.on(bind("127.0.0.1", 0), app, tasks, connections=ConnectionTable(Bounds()))
            print(listening.url, flush=True)
            await asyncio.to_thread(sys.stdin.read)
            listening.stop()


if __name__ == "__main__":
    uvloop.run(serve(*sys.argv[1:3]))
