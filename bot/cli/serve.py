"""`winback serve`: run the bot, or one of several processes of it."""

import asyncio
import os
import signal
import sys
import threading
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

import structlog
import typer
import uvloop

from bot.assembly import serve as assemble_and_serve
from bot.assembly.program import Only
from bot.cli.startup import CLOCK, LEASES, now, report_failures, settings
from bot.observability import logs
from bot.settings.settings import Settings

GONE_WITHIN = timedelta(seconds=9)
"""How long after a signal the process ends at the latest, whatever it waits for: service managers wait ten seconds."""

log = structlog.get_logger(__name__)

app = typer.Typer()


class Share(StrEnum):
    """What one of several processes does."""

    web = "web"
    worker = "worker"


@app.command()
def serve(
    only: Annotated[
        Share | None, typer.Option(help="Run one part, on PostgreSQL: what listens, or what works.")
    ] = None,
) -> None:
    """Run the bot until SIGTERM or SIGINT; what runs is finished first, ten seconds at most."""
    chosen = settings()
    with report_failures():
        logs.configure(level=chosen.log_level, style=chosen.log_format)
        uvloop.run(_until_signalled(chosen, only=only.value if only else None))


async def _until_signalled(chosen: Settings, *, only: Only | None) -> None:
    def ready(sentence: str) -> None:
        typer.echo(sentence)
        _warn(chosen)

    over = asyncio.Event()

    def stop() -> None:
        if not over.is_set():
            over.set()
            leave = threading.Timer(GONE_WITHIN.total_seconds(), _leave)
            leave.daemon = True
            leave.start()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    await assemble_and_serve(
        chosen, only=only, clock=CLOCK.get(), wall=now, leases=LEASES.get(), stopping=over, ready=ready
    )


def _leave() -> None:
    """End the process now: what it waits for may never answer. What it had begun is found by its leases."""
    log.warning("left_at_once", why="something that was asked before the stop does not answer")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _warn(chosen: Settings) -> None:
    """Log what works and isn't wise."""
    if os.geteuid() == 0:
        log.warning(
            "checked", what="user", found="The bot runs as root. Give it a user of its own, with no other rights."
        )
    if (chosen.public_url or "").startswith("https://") and not chosen.trusted_proxies:
        found = (
            "PUBLIC_URL is https, so there is a proxy in front, but TRUSTED_PROXIES is not set: the limits count all "
            "visitors as one. Set it to the proxy's address, for example TRUSTED_PROXIES=127.0.0.1"
        )
        log.warning("checked", what="proxy", found=found)
