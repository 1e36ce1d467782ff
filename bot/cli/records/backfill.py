"""`winback backfill`: cancellations from before the first start, taken in from Stripe."""

from typing import Annotated

import typer
from uuid_utils.compat import uuid7

from billing.webhook import StripeWebhooks
from bot.assembly import World
from bot.cli.durations import parse_duration
from bot.cli.startup import EXIT_FAILED, with_world
from flows.cancellations.track_case import CaseTracker
from flows.events.backfill import Backfill, BackfillProgress, BackfillResult
from flows.events.poll import EventPoller
from flows.failures import CALL_FAILURES
from flows.outbox.card_updates import CardUpdates
from wording.offer import amounts
from wording.ordinal import count
from wording.plan import plan_name

app = typer.Typer()


@app.command()
def backfill(
    *,
    since: Annotated[str, typer.Option(help="How far back: 30d, 12w, 3m or 1y.")],
    post: Annotated[bool, typer.Option("--post", help="Post a card for each.")] = False,
    propose: Annotated[bool, typer.Option("--propose", help="Hold each against the policy.")] = False,
) -> None:
    """Take in who cancelled before the first start. Recorded silently, so that they count; nothing else without a flag.

    What was cut short goes on where it stopped when the same is asked for again on the same day.
    """
    length = parse_duration(since)

    async def work(world: World) -> BackfillResult:
        try:
            return await _backfilling(world).run(
                length=length, post=post, propose=propose, who="cli", now=world.clock(), progress=_say
            )
        except CALL_FAILURES as fault:
            typer.echo(
                f"It stopped: {fault.why.rstrip('.')}. What was taken in is kept; the same again goes on from there.",
                err=True,
            )
            raise typer.Exit(EXIT_FAILED) from None

    typer.echo(summary_text(with_world(work), since=since))


def summary_text(found: BackfillResult, *, since: str) -> str:
    """Tell in one message what is known of a time."""
    cases = found.pending + found.ended + found.resumed
    if not cases:
        return f"Nobody cancelled in the last {since}."
    return (
        f"{count(cases, 'cancellation')} in the last {since}, {found.new} of them new here: "
        f"{found.pending} still paid up, {found.ended} ended, {found.resumed} taken back. "
        f"Lost a month: {amounts(found.lost)}."
    )


def _say(walked: BackfillProgress) -> None:
    taken_in = count(walked.taken_in, "subscription")
    typer.echo(f"{taken_in} taken in; looked at all created since {walked.walked_to:%Y-%m-%d}", err=True)


def _backfilling(world: World) -> Backfill:
    settings, store, billing = world.settings, world.store, world.billing
    cards = CardUpdates(reason_wait=settings.reason_wait)
    cancellations = CaseTracker(
        store=store,
        billing=billing,
        webhooks=StripeWebhooks(secrets=[], livemode=settings.live),
        keyring=world.keyring,
        new_id=uuid7,
        cards=cards,
        name_plan=plan_name,
        winning_back=settings.approvals_channel is not None,
    )
    return Backfill(
        store=store,
        billing=billing,
        cancellations=cancellations,
        catching_up=EventPoller(store=store, billing=billing),
        cards=cards,
    )
