"""`winback effects`: calls to Slack, Stripe and the mail server that wait or have failed, and events set aside."""

from datetime import timedelta
from uuid import UUID

import typer

from bot.assembly import Adapters
from bot.cli.startup import EXIT_FAILED, with_adapters
from domain.ids import EffectId, EventId
from flows.effects import EffectState, Lane, OutboxRow
from flows.outbox.retry_dead import retry_dead, retry_set_aside

app = typer.Typer(name="effects", no_args_is_help=True)


@app.command("list")
def listed(
    everything: bool = typer.Option(default=False, help="Also list effects that wait or run."),  # noqa: FBT001  # typer
    limit: int = typer.Option(50, help="How many rows at most."),
) -> None:
    """List what failed or was set aside, and why."""
    states: list[EffectState] = ["dead", "unclear"]
    if everything:
        states += ["waiting", "running"]

    async def read(adapters: Adapters) -> tuple[list[OutboxRow], dict[Lane, str], list[str]]:
        async with adapters.store.read() as unit:
            events = await unit.inbox.listed_aside(limit=limit)
            now = adapters.clock()
            aside = [
                f"{each.id}  set aside  {each.type}  {_age(now - each.received_at)}  {each.fault}" for each in events
            ]
            return await unit.outbox.listed(states=states, limit=limit), await unit.outbox.paused(), aside

    rows, paused, events = with_adapters(read)
    for lane, why in paused.items():
        typer.echo(f"The {lane} lane is paused: {why}")
    for row in rows:
        fault = f"  {row.fault}" if row.fault else ""
        typer.echo(f"{row.id}  {row.state:8}{type(row.effect).__name__:18} due {row.due_at:%Y-%m-%d %H:%M}{fault}")
    for event in events:
        typer.echo(event)
    if not rows and not events:
        typer.echo("Nothing.")


def _age(span: timedelta) -> str:
    """Return how long ago something came in: "3 min old", "5 h old", "2 d old"."""
    minutes = max(int(span.total_seconds()) // 60, 0)
    if minutes < 60:
        return f"{minutes} min old"
    return f"{minutes // 60} h old" if minutes < 48 * 60 else f"{minutes // (24 * 60)} d old"


@app.command()
def retry(
    effect: str = typer.Argument("", help="The id of the effect, or of the event (evt_…)."),
    all_: bool = typer.Option(False, "--all", help="Retry all that failed or was set aside."),  # noqa: FBT001  # typer
) -> None:
    """Retry what failed; a running bot does it at once."""
    if bool(effect) == all_:
        raise typer.BadParameter("name one effect, or --all")
    chosen: EffectId | None = None
    event: EventId | None = None
    if effect:
        try:
            chosen = EffectId(UUID(effect))
        except ValueError:
            event = EventId(effect)  # most begin with evt_

    async def revive(adapters: Adapters) -> int:
        store, now = adapters.store, adapters.clock()
        effects = 0 if event else await retry_dead(store, chosen, who="cli", now=now)
        return effects + (0 if chosen else await retry_set_aside(store, event, who="cli", now=now))

    revived = with_adapters(revive)
    if event and not revived and not event.startswith("evt_"):
        raise typer.BadParameter(f"{effect!r} isn't the id of an effect; `winback effects list` shows them")
    typer.echo(f"{revived} retried.")
    if effect and not revived:
        raise typer.Exit(EXIT_FAILED)
