"""`winback portal`: compare Stripe's customer portal with the policy, and set it up from the policy's file."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Annotated

import typer

from bot.assembly import Adapters
from bot.cli.startup import EXIT_FAILED, with_adapters
from domain.billing.portal_access import PortalSetting
from flows.portal_links.portal_setup import PortalFault, PortalFaultKind, SettingChange, apply, changes, faults_of

app = typer.Typer(name="portal", no_args_is_help=True)

_WRONG: Mapping[PortalFaultKind, str] = {
    "cancel_off": "Customers cannot cancel there, so nobody is asked why they leave. Fix: cancel = true",
    "no_reasons": "Nobody is asked why they leave, so rules that go by a reason never match. Fix: reasons = [...]",
    "unknown_options": "Rules wait for answers that nobody can choose: {}. Fix: feedback_options = [...]",
    "at_once": (
        "Cancelling there ends at once, so nothing can be offered before the end, as these rules do: {}. "
        'Fix: cancel_mode = "at_period_end"'
    ),
    "switch_without_products": "Plan switching is on, and no plan is listed to switch to. Fix: products",
    "no_products": "The policy offers a lighter plan, and none is listed: nobody will get that offer. Fix: products",
    "pause_off": "The policy offers a pause, and customers cannot see or end one there. Fix: pause = true",
    "card_off": "Customers cannot replace a card that fails. Fix: card = true",
    "no_return_url": "No way leads back to you from there. Fix: return_url",
}


@app.command()
def show() -> None:
    """Print the portal's settings as a policy file's `[portal]` table."""

    async def read(adapters: Adapters) -> PortalSetting:
        return await adapters.billing.portal_setup.read()

    setting = with_adapters(read)
    typer.echo("[portal]")
    for each in fields(setting):
        value = getattr(setting, each.name)
        if value is not None:
            typer.echo(f"{each.name} = {_toml(value)}")


@app.command()
def check() -> None:
    """Print what is wrong with the portal for this policy.

    Where the policy file has a `[portal]` table, the portal is compared with it as well.
    """

    async def read(adapters: Adapters) -> tuple[tuple[PortalFault, ...], tuple[SettingChange, ...]]:
        found = await adapters.billing.portal_setup.read()
        wanted = adapters.policy.portal
        return faults_of(found, adapters.policy.policy), changes(found, wanted) if wanted else ()

    faults, differing = with_adapters(read)
    for fault in faults:
        typer.echo(f"- {_WRONG[fault.wrong].format(fault.detail)}")
    if differing:
        typer.echo("- It differs from the policy file; `winback portal apply` changes it:")
        _print(differing)
    if faults or differing:
        raise typer.Exit(EXIT_FAILED)
    typer.echo("The portal fits the policy.")


@app.command("apply")
def applied(
    *, dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print what would change.")] = False
) -> None:
    """Set up the portal from `[portal]`, and read it back."""

    async def work(adapters: Adapters) -> tuple[tuple[SettingChange, ...], tuple[SettingChange, ...]]:
        wanted, setup = adapters.policy.portal, adapters.billing.portal_setup
        if wanted is None:
            typer.echo("The policy has no [portal] table to apply. `winback portal show` prints one.", err=True)
            raise typer.Exit(EXIT_FAILED)
        for fault in faults_of(wanted, adapters.policy.policy):
            typer.echo(f"Warning: {_WRONG[fault.wrong].format(fault.detail)}", err=True)
        differing = changes(await setup.read(), wanted)
        if dry_run or not differing:
            return differing, ()
        return differing, await apply(setup, adapters.store, wanted, who="cli", now=adapters.clock())

    differing, left = with_adapters(work)
    if not differing:
        typer.echo("Nothing to do: the portal matches the policy file.")
        return
    _print(differing)
    if dry_run:
        typer.echo("Nothing was changed.")
        return
    if left:
        typer.echo("Stripe accepted the change but still shows something else:")
        _print(left)
        raise typer.Exit(EXIT_FAILED)
    typer.echo("Changed and verified.")


def _print(differing: Iterable[SettingChange]) -> None:
    for change in differing:
        typer.echo(f"  {change.key}: {_toml(change.found)} -> {_toml(change.wanted)}")


def _toml(value: object) -> str:
    """Return a value in TOML; None has no notation there."""
    if value is None:
        return "none"
    if isinstance(value, Mapping):
        entries = (f"{each} = {_toml(value[each])}" for each in sorted(value))
        return f"{{ {', '.join(entries)} }}" if value else "{}"
    if isinstance(value, frozenset):
        return _toml(tuple(sorted(value)))
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)
