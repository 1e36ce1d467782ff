"""`winback doctor`: each check, what it found and how to fix it."""

from collections import Counter

import typer

from bot.assembly import Adapters
from bot.cli.roles import check_roles
from bot.cli.startup import EXIT_FAILED, with_adapters
from domain.winback.consent import consent_of
from flows.failures import CALL_FAILURES
from flows.health import Check

app = typer.Typer()
CONSENT = "Win-back: consent"


@app.command()
def doctor() -> None:
    """Check everything that the bot needs, and print how to fix what is wrong."""
    checks = with_adapters(examine)
    for check in checks:
        typer.echo(f"{'ok   ' if check.ok else 'FAULT'} {check.name}: {check.sentence}")
        if check.fix:
            typer.echo(f"      {check.fix}")
    wrong = sum(not check.ok for check in checks)
    typer.echo(f"{len(checks)} checks, {wrong} wrong." if wrong else f"{len(checks)} checks, all well.")
    if wrong:
        raise typer.Exit(EXIT_FAILED)


async def examine(adapters: Adapters) -> list[Check]:
    """Check the settings, the database, Slack, Stripe and the mail server; never raises."""
    outside, workspace = await adapters.check()
    checks = [Check(name="settings", ok=True, sentence="All of them can be used."), *outside]
    checks += await check_roles(adapters, workspace) if workspace is not None else ()
    if adapters.settings.approvals_channel is not None:
        checks.append(await check_consent(adapters))
    if adapters.mailer is not None:
        checks.append(await adapters.mailer.check())
    return checks


async def check_consent(adapters: Adapters) -> Check:
    """Count those whom an offer may be emailed to; it is no fault if that is nobody, but worth knowing."""
    try:
        leavers = await adapters.billing.leavers()
    except CALL_FAILURES as fault:
        sentence = f"Whom offers may be emailed to could not be counted. {fault.why}"
        return Check(name=CONSENT, ok=False, sentence=sentence, fix="See the checks of Stripe above.", needed=False)
    if not leavers:
        return Check(name=CONSENT, ok=True, sentence="No subscription has ended yet, so there was nobody to count.")
    rule, now = adapters.policy.policy.consent, adapters.clock()
    states = Counter(
        consent_of(customer, rule, left_at=ended_at, now=now)
        for customer, ended_at in leavers.values()
        if customer.email
    )
    reachable = states["given"] + states["not_needed"]
    sentence = (
        f"Offers may be emailed to {reachable} of the {len(leavers)} customers of the newest 100 subscriptions that "
        f"have ended: {states['given']} have agreed, {states['not_needed']} live where the policy needs no consent."
    )
    fix = f"Note a customer's consent at Stripe, in their metadata: {rule.key} = {max(rule.yes, default='yes')}."
    return Check(name=CONSENT, ok=True, sentence=sentence, fix="" if reachable else fix)
