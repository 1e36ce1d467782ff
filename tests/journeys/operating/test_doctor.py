"""An operator asks what is wrong before and after installing: every check fails once, and says how to fix it."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from bot.assembly import connected
from bot.cli.doctor import examine
from bot.cli.startup import CheckedSettings, now
from bot.policy import built_in
from bot.slack.manifest import manifest
from domain.keyring import Keyring
from flows.health import Check
from flows.ports.store import AuditEntry
from sandbox.bot_settings import environment_for
from sandbox.server import Sandbox
from sandbox.slack.seed import APPROVALS, CANCELLATIONS
from storage.database import migrate
from storage.store import SqlStore
from tests.builders.slack_channels import archived, public, shared, without_the_bot
from tests.command_line import Said, winback
from tests.sandboxes import running
from tests.storage.repositories.test_links import link as shown_link


class DoctorHarness:
    """A sandbox, settings that fit it, and no bot at work."""

    def __init__(self, sandbox: Sandbox, directory: Path) -> None:
        self.sandbox = sandbox
        self.directory = directory
        self.environment = environment_for(sandbox, directory, manifest=manifest)

    async def examine(self, **settings: str) -> dict[str, Check]:
        """Look as `winback doctor` does, without the process around it."""
        given = {name.lower(): value for name, value in (self.environment | settings).items()}
        async with connected(CheckedSettings(_env_file=None, **given), clock=now, wall=now) as world:  # type: ignore[arg-type]  # raw values
            return {check.name: check for check in await examine(world)}

    async def winback(self, *words: str, **settings: str) -> Said:
        return await winback(*words, environment=self.environment | settings, directory=self.directory)


@pytest.fixture(scope="module")
async def harness(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DoctorHarness]:
    """One for all tests here: each mends what it broke."""
    async with running() as sandbox:
        harness = DoctorHarness(sandbox, tmp_path_factory.mktemp("harness"))
        migrate.upgrade(harness.environment["DATABASE_URL"])
        yield harness


async def test_healthy_doctor_exits_0(harness: DoctorHarness) -> None:
    said = await harness.winback("doctor")

    assert said.status == 0, said.out
    *checks, summary = said.lines
    assert summary == f"{len(checks)} checks, all well."
    assert all(line.startswith("ok    ") for line in checks)
    named = {line.removeprefix("ok    ").partition(": ")[0] for line in checks}
    assert {"settings", "database", "Slack", "Stripe key", "Stripe", "mail server"} <= named
    assert "Stripe key: A test-mode key, restricted." in said.out
    assert harness.environment["SLACK_BOT_TOKEN"] not in said.out


@asynccontextmanager
async def token_revoked(sandbox: Sandbox) -> AsyncIterator[None]:
    sandbox.slack.break_token()
    yield
    sandbox.slack.mend_token()


@asynccontextmanager
async def without_a_scope(sandbox: Sandbox) -> AsyncIterator[None]:
    scopes = sandbox.slack.installation.manifest["oauth_config"]["scopes"]["bot"]
    scopes.remove("usergroups:read")
    yield
    scopes.append("usergroups:read")


@asynccontextmanager
async def history_closed(sandbox: Sandbox) -> AsyncIterator[None]:
    sandbox.faults.add("slack", "conversations.history", "error", error="missing_scope")
    yield
    sandbox.faults.clear()


@asynccontextmanager
async def key_revoked(sandbox: Sandbox) -> AsyncIterator[None]:
    sandbox.stripe.access.revoked = True
    yield
    sandbox.stripe.access.revoked = False


@asynccontextmanager
async def without_a_permission(sandbox: Sandbox) -> AsyncIterator[None]:
    sandbox.stripe.access.permissions.remove("rak_event_read")
    yield
    sandbox.stripe.access.permissions.add("rak_event_read")


@asynccontextmanager
async def portal_never_saved(sandbox: Sandbox) -> AsyncIterator[None]:
    sandbox.stripe.portal.configuration["is_default"] = False
    yield
    sandbox.stripe.portal.configuration["is_default"] = True


@asynccontextmanager
async def stripe_away(sandbox: Sandbox) -> AsyncIterator[None]:
    sandbox.faults.add("stripe", "/v1/*", "status", times=None, status=503)
    yield
    sandbox.faults.clear()


Breakage = Callable[[Sandbox], AbstractAsyncContextManager[None]]
BROKEN: dict[str, tuple[Breakage, str, str, str]] = {
    "the bot's token was revoked": (token_revoked, "Slack: bot token", "token_revoked", "Look at SLACK_BOT_TOKEN."),
    "a scope is missing": (without_a_scope, "Slack: scopes", "Missing: usergroups:read.", "reinstall the app"),
    "the bot was never invited": (
        partial(without_the_bot, channel=CANCELLATIONS),
        "Slack: cancellations channel",
        "The bot is not in it.",
        "Type /invite @Winback in it.",
    ),
    "the channel is archived": (
        partial(archived, channel=CANCELLATIONS),
        "Slack: cancellations channel",
        "It is archived.",
        "Unarchive it",
    ),
    "the channel is shared": (
        partial(shared, channel=CANCELLATIONS),
        "Slack: cancellations channel",
        "It is shared",
        "Choose a channel that is yours alone.",
    ),
    "approvals are public": (
        partial(public, channel=APPROVALS),
        "Slack: approvals channel",
        "Everybody can read it.",
        "Choose a private channel.",
    ),
    "the history cannot be read": (history_closed, "Slack: history", "missing_scope", "reinstall the app"),
    "the key was revoked": (key_revoked, "Stripe: read customers", "key", "Look at the key"),
    "a permission is missing": (without_a_permission, "Stripe: read events", "rak_event_read", "Look at the key"),
    "the portal was never saved": (portal_never_saved, "Stripe: customer portal", "no saved", "Save the portal's"),
    "Stripe is away": (stripe_away, "Stripe: read events", "Stripe", "look at the network"),
}


@pytest.mark.parametrize("broken", BROKEN)
async def test_outside_fault_fails_its_check(harness: DoctorHarness, broken: str) -> None:
    breakage, name, sentence, fix = BROKEN[broken]

    async with breakage(harness.sandbox):
        check = (await harness.examine())[name]

    assert not check.ok
    assert sentence in check.sentence
    assert fix in check.fix


SETTINGS = {
    "a channel that is not there": (
        {"CANCELLATIONS_CHANNEL": "C0NOWHERE1"},
        "Slack: cancellations channel",
        "Look at the channel's id",
    ),
    "a token of another app": ({"SLACK_APP_TOKEN": "xapp-of-another"}, "Slack: Socket Mode", "connections:write"),
    "a mail server that is not there": ({"SMTP_URL": "smtp://127.0.0.1:9"}, "mail server", "Look at SMTP_URL."),
    "a portal that is not there": ({"PORTAL_CONFIGURATION": "bpc_1"}, "Stripe: customer portal", "portal's settings"),
    "a new database": ({"DATABASE_URL": "sqlite:///not-there.db"}, "database", "Run: winback migrate"),
    "a database that is away": (
        {"DATABASE_URL": "postgresql://winback@127.0.0.1:9/winback"},
        "database",
        "Look at DATABASE_URL and the server.",
    ),
}


@pytest.mark.parametrize("wrong", SETTINGS)
async def test_wrong_setting_fails_its_check(harness: DoctorHarness, wrong: str) -> None:
    settings, name, fix = SETTINGS[wrong]

    check = (await harness.examine(**settings))[name]

    assert not check.ok
    assert fix in check.fix


async def test_doctor_counts_who_may_be_emailed(harness: DoctorHarness) -> None:
    """Those who agreed, and those who live where the policy needs no consent, of all who left."""
    stripe = harness.sandbox.stripe
    policy = harness.directory / "policy.toml"
    policy.write_text(built_in().replace("not_needed = []", 'not_needed = ["FR"]'))
    before = (await harness.examine(POLICY_FILE=str(policy)))["Win-back: consent"]
    for country, metadata in (("DE", {"marketing_consent": "Yes"}), ("FR", {}), ("DE", {}), ("DE", {"other": "yes"})):
        customer = stripe.create_customer(name="Lea Left", email="lea@left-mail.com", metadata=metadata)
        customer["address"] = {"country": country}
        stripe.cards.attach(customer)
        stripe.cancel_now(stripe.subscribe(customer, stripe.ledger.get("price", "price_SeedProEur")))
    after = (await harness.examine(POLICY_FILE=str(policy)))["Win-back: consent"]

    counts = [[int(number) for number in re.findall(r"\d+", check.sentence)] for check in (before, after)]
    assert [new - old for old, new in zip(*counts, strict=True)] == [2, 4, 0, 1, 1]
    assert after.ok
    assert not after.fix


async def test_doctor_says_that_nobody_may_be_emailed(harness: DoctorHarness, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(built_in().replace('key = "marketing_consent"', 'key = "agreed_to_post"'))
    check = (await harness.examine(POLICY_FILE=str(policy)))["Win-back: consent"]
    assert check.sentence.startswith("Offers may be emailed to 0 of the ")
    assert check.fix == "Note a customer's consent at Stripe, in their metadata: agreed_to_post = yes."


async def test_used_secret_key_is_required(harness: DoctorHarness) -> None:
    url = harness.environment["DATABASE_URL"]
    store = SqlStore(url, keyring=Keyring([harness.environment["SECRET_KEY"]]), new_id=uuid4)
    async with store.begin() as unit:
        await unit.audit.append(AuditEntry(at=now(), who="cli", action="tried", outcome="done", whom=None, note=""))
        await unit.commit()
    await store.close()
    new = "c83a5e17f09b4d62a71e0c95f8d3b64e"

    dropped = (await harness.examine(SECRET_KEY=new))["database"]
    rotated = (await harness.examine(SECRET_KEY=f"{new},{harness.environment['SECRET_KEY']}"))["database"]

    assert not dropped.ok
    assert dropped.sentence.startswith("Rows name secret keys that SECRET_KEY does not list any more: ")
    assert "Put them back into SECRET_KEY" in dropped.fix
    assert rotated.ok


async def test_codes_never_end_unsaid(harness: DoctorHarness, tmp_path: Path) -> None:
    """Once links asked for a code, a removed SMTP_URL must not silently open them to whoever has them."""
    url = f"sqlite:///{tmp_path / 'asked.db'}"
    migrate.upgrade(url)
    without = {"DATABASE_URL": url, "SMTP_URL": ""}
    assert (await harness.examine(**without))["links"].ok
    store = SqlStore(url, keyring=Keyring([harness.environment["SECRET_KEY"]]), new_id=uuid4)
    async with store.begin() as unit:
        await unit.links.add(replace(shown_link(), key_id=Keyring([harness.environment["SECRET_KEY"]]).current))
        await unit.commit()
    await store.close()

    said = await harness.winback("serve", **without)
    assert said.status == 2
    assert "links: Shown links asked for a code so far, and now no email with one can be sent." in said.err
    assert "LINK_PROOF=none" in said.err
    assert (await harness.examine(DATABASE_URL=url))["links"].ok
    assert (await harness.examine(**without, LINK_PROOF="none"))["links"].ok


async def test_doctor_lists_all_faults(harness: DoctorHarness) -> None:
    async with without_a_permission(harness.sandbox), without_the_bot(harness.sandbox, channel=CANCELLATIONS):
        said = await harness.winback("doctor", DATABASE_URL="sqlite:///new.db")

    assert said.status == 1
    wrong = [number for number, line in enumerate(said.lines) if line.startswith("FAULT ")]
    assert [said.lines[number].partition(": ")[0] for number in wrong] == [
        "FAULT database",
        "FAULT Slack",
        "FAULT Stripe",
    ]
    assert all(said.lines[number + 1].startswith("      ") for number in wrong)
    assert said.lines[-1].endswith("checks, 3 wrong.")


async def test_serve_lists_all_faults(harness: DoctorHarness) -> None:
    async with without_a_permission(harness.sandbox), public(harness.sandbox, channel=APPROVALS):
        said = await harness.winback("serve", DATABASE_URL="sqlite:///new.db")

    assert (said.status, said.out) == (1, "")
    faults = [line for line in said.err.splitlines() if not line.startswith("{")]
    assert [fault.partition(": ")[0] for fault in faults] == ["database", "Slack", "Stripe"]
    assert faults[0] == "database: It isn't migrated to this version. Run: winback migrate"


async def test_doctor_names_people_and_flags_who_is_gone(harness: DoctorHarness) -> None:
    found = await harness.examine(SUPPORT_MEMBERS="S0SUPPORT1,U0AGENT001,U0GONE0001")

    support, managers = found["Slack: support members"], found["Slack: manager members"]
    assert (support.ok, support.needed, managers.ok) == (False, False, True)
    assert "the user group S0SUPPORT1, Ada Agent (U0AGENT001)" in support.sentence
    assert "Dora Gone (U0GONE0001) is deactivated, and can do nothing." in support.sentence
    assert support.fix == "Take U0GONE0001 out of SUPPORT_MEMBERS."
    assert "(U0MANAGER1)" in managers.sentence


async def test_roles_prints_who_has_which(harness: DoctorHarness) -> None:
    said = await harness.winback("roles")

    assert said.status == 0, said.err
    assert [line.partition(": ")[0] for line in said.lines] == [
        "support members",
        "manager members",
        "admin members",
        "viewer members",
    ]
