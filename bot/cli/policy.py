"""`winback policy`: check a policy before you use it, and try it on past cases."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from uuid_utils.compat import uuid7

from bot.assembly import Adapters
from bot.assembly.adapters import load_policy
from bot.assembly.context import build_cli_flows
from bot.assembly.flows import Flows
from bot.cli.policy_init import init
from bot.cli.simulation_report import as_json, as_text
from bot.cli.startup import EXIT_FAILED, parse_duration, settings, with_adapters
from bot.policy import PolicyError, PolicyFile, built_in
from bot.policy.example import example_email, example_terms
from bot.policy.parse import read_policy_file
from bot.policy.rule_texts import audience_text, never_text, reminder_text, step_text
from domain.winback.offer import CallBack, NoOffer
from domain.winback.policy import Policy, Rule
from domain.winback.terms import ImpossibleOffer
from flows.winback.policy.active_policy import ActivePolicy
from flows.winback.policy.simulate import Simulation, SimulationResult
from storage.store import DryRunStore
from wording.grammar import count

app = typer.Typer(name="policy", no_args_is_help=True)
app.command()(init)
PolicyArgument = Annotated[
    Path | None,
    typer.Argument(help="The file. Without one: that of POLICY_FILE, else winback.toml, else the built-in policy."),
]


@app.command()
def show() -> None:
    """Print the built-in policy, as a start for your own file."""
    typer.echo(built_in(), nl=False)


@app.command()
def check(file: PolicyArgument = None) -> None:
    """Print every fault of a policy, or its rules in words.

    Each step comes with its email, written to an example customer.
    """
    found = _read(file)
    for number, rule in enumerate(found.policy.rules, start=1):
        typer.echo(f"{number}. {rule.name}: {audience_text(rule.match)}")
        for line in _steps(rule, found.policy):
            typer.echo(f"   {line}".rstrip())
        typer.echo("")
    typer.echo(f"Reminder: {reminder_text(found.policy.limits)}.")
    for warning in found.warnings:
        typer.echo(f"Warning: {warning}")
    doubts = f", {count(len(found.warnings), 'warning')}" if found.warnings else ""
    typer.echo(f"{count(len(found.policy.rules), 'rule')}, no fault{doubts}.")


@app.command()
def simulate(
    file: PolicyArgument = None,
    *,
    since: Annotated[str, typer.Option(help="How far back: 90d, 12w, 3m or 1y.")] = "90d",
    in_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Try a policy on past cases. Sends and stores nothing.

    Prints who would have got what and at what cost, and who would not and why.
    """
    length = parse_duration(since)

    async def run(adapters: Adapters) -> SimulationResult:
        chosen = adapters.settings
        policy = adapters.policy.policy
        if file is not None:
            policy = _read(file, zone=chosen.timezone, internal_domains=chosen.own_domains).policy
        store = DryRunStore(chosen.database_url.get_secret_value(), keyring=adapters.keyring, new_id=uuid7)
        context = replace(build_cli_flows(adapters).context, store=store)
        eligibility = Flows(context, ActivePolicy(store, policy, read=lambda: policy)).eligibility
        simulation = Simulation(context, eligibility, policy)
        now = adapters.clock()
        try:
            return await simulation.run(since=now - length, now=now, progress=_progress)
        finally:
            await store.close()

    simulated = with_adapters(run)
    typer.echo(json.dumps(as_json(simulated), indent=2) if in_json else as_text(simulated))


def _progress(done: int, of: int) -> None:
    typer.echo(f"{done} of {of} cases read at Stripe", err=True)


def _read(
    file: Path | None, *, zone: ZoneInfo | None = None, internal_domains: frozenset[str] = frozenset()
) -> PolicyFile:
    """Return the policy of a file or of the settings; prints all faults and exits."""
    try:
        return (
            load_policy(settings())
            if file is None
            else read_policy_file(file, zone=zone, internal_domains=internal_domains)
        )
    except PolicyError as faulty:
        for fault in faulty.faults:
            typer.echo(fault, err=True)
        typer.echo(f"{count(len(faulty.faults), 'fault')}.", err=True)
        raise typer.Exit(EXIT_FAILED) from None


def _steps(rule: Rule, policy: Policy) -> Iterator[str]:
    if not rule.steps:
        yield "Nothing is offered by itself."
    for step in rule.steps:
        yield f"- {step_text(step)}"
        if isinstance(step.offer, CallBack | NoOffer):
            continue
        terms = example_terms(step, rule, policy.limits)
        if isinstance(terms, ImpossibleOffer):
            continue
        email = example_email(step, rule, terms, policy)
        yield ""
        yield f"  Subject: {email.subject}"
        yield ""
        yield from (f"  {line}" for line in email.text.splitlines())
        yield ""
    never = never_text(rule)
    if never is not None:
        yield f"Never: {never}."
