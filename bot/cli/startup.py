"""What every command needs: the settings, and a clean exit if something is wrong."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import typer
from pydantic import SecretStr, ValidationInfo, field_validator

from bot.assembly import Adapters, CannotStart, WrongSettings, connected
from bot.settings.errors import SettingsError
from bot.settings.settings import Settings
from flows.failures import CALL_FAILURES
from flows.ports import Clock
from jobs import worker
from jobs.worker import Leases
from mail.server import SmtpServer
from storage.database.engine import database

EXIT_FAILED, EXIT_USAGE = 1, 2

WorkResult = TypeVar("WorkResult")


def now() -> datetime:
    """Return the real time."""
    return datetime.now(UTC)


LEASES: ContextVar[Leases] = ContextVar("leases", default=worker.LEASES)
"""How long a process may be silent before others do its work: except in a sandbox, as long as its calls need."""
CLOCK: ContextVar[Clock] = ContextVar("clock", default=now)
"""Business time for this run of the command line: real time, except in a sandbox."""


class CheckedSettings(Settings):
    """The settings, with addresses checked by the rooms that use them."""

    @field_validator("database_url", "smtp_url")
    @classmethod
    def _can_be_read(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is not None:
            read = SmtpServer.parse if info.field_name == "smtp_url" else database
            read(value.get_secret_value())
        return value


def settings() -> Settings:
    """Return the settings; prints every fault at once and exits with code 2."""
    try:
        return CheckedSettings()
    except SettingsError as faulty:
        typer.echo("The settings cannot be used; nothing was started.", err=True)
        for fault in faulty.faults:
            typer.echo(f"- {fault}", err=True)
        raise typer.Exit(EXIT_USAGE) from None


@contextmanager
def report_failures() -> Iterator[None]:
    """Turn an expected failure into a sentence and an exit code."""
    try:
        yield
    except CannotStart as cannot:
        for fault in cannot.faults:
            typer.echo(fault, err=True)
        raise typer.Exit(EXIT_USAGE if isinstance(cannot, WrongSettings) else EXIT_FAILED) from None
    except CALL_FAILURES as fault:
        typer.echo(f"That did not work: {fault.why.rstrip('.')}. Nothing was changed.", err=True)
        raise typer.Exit(EXIT_FAILED) from None


def with_adapters(work: Callable[[Adapters], Awaitable[WorkResult]]) -> WorkResult:
    """Connect, do some work and close; for commands that may run beside a `serve`."""
    chosen = settings()

    async def connect_and_work() -> WorkResult:
        async with connected(chosen, clock=CLOCK.get(), wall=now) as adapters:
            return await work(adapters)

    with report_failures():
        return asyncio.run(connect_and_work())


_SPAN = re.compile(r"(\d{1,4})([dwmy])", re.ASCII)
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


def parse_duration(text: str) -> timedelta:
    """Parse "30d", "12w", "3m" or "1y"; raises BadParameter."""
    found = _SPAN.fullmatch(text.strip())
    if found is None or int(found[1]) == 0:
        raise typer.BadParameter(f"{text!r} isn't a duration; write it like 30d, 12w, 3m or 1y")
    return timedelta(days=int(found[1]) * _DAYS[found[2]])
