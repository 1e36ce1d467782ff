"""`winback effects`: calls to Slack, Stripe and the mail server that wait or have failed."""

from uuid import UUID

import typer

from bot.assembly import Adapters
from bot.cli.startup import EXIT_FAILED, with_adapters
from domain.ids import EffectId
from flows.effects import EffectState, Lane, OutboxRow
from flows.outbox.retry_dead import retry_dead

app = typer.Typer(name="effects", no_args_is_help=True)


@app.command("list")
def listed(
    everything: bool = typer.Option(default=False, help="Also list effects that wait or run."),  # noqa: FBT001  # typer
    limit: int = typer.Option(50, help="How many rows at most."),
) -> None:
    """List the effects that failed and why, newest first."""
    states: list[EffectState] = ["dead", "unclear"]
    if everything:
        states += ["waiting", "running"]

    async def read(adapters: Adapters) -> tuple[list[OutboxRow], dict[Lane, str]]:
        async with adapters.store.read() as unit:
            return await unit.outbox.listed(states=states, limit=limit), await unit.outbox.paused()

    rows, paused = with_adapters(read)
    for lane, why in paused.items():
        typer.echo(f"The {lane} lane is paused: {why}")
    for row in rows:
        fault = f"  {row.fault}" if row.fault else ""
        typer.echo(f"{row.id}  {row.state:8}{type(row.effect).__name__:18}due {row.due_at:%Y-%m-%d %H:%M}{fault}")
    if not rows:
        typer.echo("Nothing.")


@app.command()
def retry(
    effect: str = typer.Argument("", help="The id of the effect."),
    all_: bool = typer.Option(False, "--all", help="Retry all failed effects."),  # noqa: FBT001  # typer
) -> None:
    """Retry failed effects; a running `serve` runs them at once."""
    if bool(effect) == all_:
        raise typer.BadParameter("name one effect, or --all")
    chosen: EffectId | None = None
    if effect:
        try:
            chosen = EffectId(UUID(effect))
        except ValueError:
            raise typer.BadParameter(
                f"{effect!r} isn't the id of an effect; `winback effects list` shows them"
            ) from None

    async def revive(adapters: Adapters) -> int:
        return await retry_dead(adapters.store, chosen, who="cli", now=adapters.clock())

    revived = with_adapters(revive)
    typer.echo(f"{revived} retried.")
    if effect and not revived:
        raise typer.Exit(EXIT_FAILED)
