"""`winback serve`: run the bot in one process."""

import asyncio
import signal

import typer
import uvloop

from bot.assembly import serve as assemble_and_serve
from bot.cli.startup import CLOCK, now, report_failures, settings
from bot.observability import logs
from bot.settings.settings import Settings
from flows.ports import Clock

app = typer.Typer()


@app.command()
def serve() -> None:
    """Run the bot until SIGTERM or SIGINT; what runs is finished first, ten seconds at most."""
    chosen = settings()
    with report_failures():
        logs.configure(level=chosen.log_level, style=chosen.log_format)
        uvloop.run(_until_signalled(chosen, clock=CLOCK.get()))


async def _until_signalled(chosen: Settings, *, clock: Clock) -> None:
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    await assemble_and_serve(chosen, clock=clock, wall=now, stopping=over, ready=typer.echo)
