"""What `winback demo` runs: a sandbox, and the unchanged bot beside it. Needs the extra `demo`."""

import asyncio
import signal
from pathlib import Path

import typer

from bot.policy import built_in
from bot.slack.manifest import manifest
from sandbox.bot_process import BotProcess, DiedEarly
from sandbox.bot_settings import BOT_PORT, environment_for
from sandbox.page.welcome import TO_TRY
from sandbox.server import Sandbox
from storage.database import migrate


async def run(directory: Path, port: int) -> None:
    """Run the demo until Ctrl-C, with its files in `directory` and its page on `port` or another free port."""
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    clock_file = directory / "clock"
    sandbox = Sandbox(clock_file=clock_file)
    await sandbox.start(port=port)
    try:
        environment = environment_for(sandbox, directory, manifest=manifest) | demo_policy(directory)
        await asyncio.to_thread(migrate.upgrade, environment["DATABASE_URL"])
        bot = BotProcess(environment=environment, clock_file=clock_file, log=directory / "bot.log")
        sandbox.faults.on_kill = bot.kill
        await bot.start()
        wanted = {port: sandbox.port, BOT_PORT: int(environment["PORT"]), BOT_PORT + 1: int(environment["ADMIN_PORT"])}
        for taken, instead in wanted.items():
            if taken != instead:
                typer.echo(f"Port {taken} is in use; using {instead} instead.")
        typer.echo(_welcome(sandbox.url, environment, log=directory / "bot.log"))
        watching = asyncio.create_task(_keep_alive(bot))
        await over.wait()
        watching.cancel()
        await bot.stop()
    finally:
        await sandbox.stop()


def _welcome(url: str, environment: dict[str, str], *, log: Path) -> str:
    things = "\n".join(f" {number}. {thing.title}. {thing.words}" for number, thing in enumerate(TO_TRY, start=1))
    return (
        f"The workspace page: {url}\n\nThings to try:\n{things}\n\n"
        f"The bot's log: {log}\nHealth: http://127.0.0.1:{environment['ADMIN_PORT']}/readyz\n"
        "Stop with Ctrl-C. Nothing is kept."
    )


async def _keep_alive(bot: BotProcess) -> None:
    """Restart the bot whenever it ends, as a service manager would."""
    while True:
        status = await bot.ended()
        typer.echo(f"The bot ended ({status}); restarting it.")
        try:
            await bot.start()
        except DiedEarly as died:
            typer.echo(f"It did not start:\n{died}")
            await asyncio.sleep(2)


def demo_policy(directory: Path) -> dict[str, str]:
    """Write a policy that lets emails leave soon to `directory`, and return the settings for it."""
    file = directory / "winback.toml"
    file.write_text(policy_without_hours(), encoding="utf-8")
    return {"POLICY_FILE": str(file), "TIMEZONE": "Europe/Berlin"}


def policy_without_hours() -> str:
    """Return the built-in policy without sending hours, and with a minute to hold an approved email."""
    policy = built_in()
    for there, here in (
        ('start = "09:00"', 'start = "00:00"'),
        ('end = "18:00"', 'end = "23:59"'),
        ('"thu", "fri"]', '"thu", "fri", "sat", "sun"]'),
        ('approval_hold = "5 minutes"', 'approval_hold = "1 minute"'),
    ):
        if policy.count(there) != 1:
            raise ValueError(f"the built-in policy has no {there} any more, or several")
        policy = policy.replace(there, here)
    return policy
