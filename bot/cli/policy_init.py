"""`winback policy init`: ask what differs from company to company, and write a policy file to begin with."""

import json
import re
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from bot.policy import built_in
from bot.policy.codes import country_fault
from bot.settings.settings import DEFAULT_POLICY

_COUNTRY = re.compile(r"[A-Z]{2}")
_KEY = re.compile(r"[A-Za-z0-9_.-]{1,40}")  # Stripe: "Metadata", a key has 40 characters at most


def init(
    file: Path = typer.Argument(DEFAULT_POLICY, help="The file to write."),  # noqa: B008  # as typer has it
) -> None:
    """Ask what a policy must know of a company, and write one.

    A file that exists is left alone.
    """
    if file.exists():
        typer.echo(
            f"{file} exists, so nothing was written. Name another file: `winback policy init other.toml`.", err=True
        )
        raise typer.Exit(2)
    key = typer.prompt("Metadata key at Stripe that holds a customer's consent", "marketing_consent", value_proc=_key)
    countries = typer.prompt(
        "Countries that need no consent, like US,NZ; none if you aren't sure", "", value_proc=_countries
    )
    zone = typer.prompt("Your time zone, for sending hours and digests", "UTC", value_proc=_zone)
    try:
        with file.open("x", encoding="utf-8") as new:
            new.write(policy_text(key=key, countries=countries))
    except OSError as fault:
        typer.echo(f"{file} can't be written: {fault.strerror}. Name another file.", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{file} is written. Check it with `winback policy check {file}`.")
    typer.echo(f"Set TIMEZONE={zone} and, unless it is winback.toml where the bot runs, POLICY_FILE={file}.")


def policy_text(*, key: str, countries: list[str]) -> str:
    """Return the built-in policy with another consent key and the countries that need no consent."""
    text, keys = re.subn(r'(?m)^key = "marketing_consent"', f"key = {json.dumps(key)}", built_in())
    text, lists = re.subn(r"(?m)^not_needed = \[\]", f"not_needed = {json.dumps(countries)}", text)
    if (keys, lists) != (1, 1):
        raise RuntimeError("the built-in policy has another form")
    return text


def _key(value: str) -> str:
    if not _KEY.fullmatch(value.strip()):
        raise typer.BadParameter("A key has letters, digits, _ . or -, and 40 characters at most.")
    return value.strip()


def _countries(value: str) -> list[str]:
    found = [each.strip().upper() for each in value.split(",") if each.strip()]
    wrong = [each for each in found if not _COUNTRY.fullmatch(each)]
    if wrong:
        raise typer.BadParameter(f"Write countries by their two letters, like US,NZ; not {', '.join(wrong)}.")
    if faults := [fault for each in found if (fault := country_fault(each))]:
        raise typer.BadParameter("; ".join(faults))
    return found


def _zone(value: str) -> str:
    try:
        return ZoneInfo(value.strip()).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise typer.BadParameter("That isn't a time zone of the IANA database. Write it like Europe/Berlin.") from None
