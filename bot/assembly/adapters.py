"""Slack, Stripe, the database and the mail server, connected by the settings, for `serve` and `doctor`."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.headerregistry import Address

from slack_sdk.web.async_client import AsyncWebClient
from uuid_utils.compat import uuid7

from billing.stripe_billing import StripeBilling
from bot.policy import PolicyError, PolicyFile
from bot.policy.parse import read_policy_file
from bot.settings.settings import Settings
from bot.slack.checks import Workspace, check_slack
from bot.slack.client import slack_client
from domain.ids import ChannelId
from domain.keyring import Keyring
from domain.winback.policy import Policy
from flows.events.router import EVENT_TYPES
from flows.failures import CALL_FAILURES
from flows.health import Check
from flows.ports import Clock
from mail.server import SmtpServer
from mail.smtp_mailer import SmtpMailer
from storage.database import revision
from storage.store import SqlStore
from wording.sanitize import one_line

STRIPE_TIME_OUT = timedelta(seconds=10)
LIVE_CALLS, TEST_CALLS = 80, 25
"""Calls to Stripe a second: its limit in test mode, and what leaves room for others of the account in live mode."""


class CannotStart(Exception):
    """The program cannot run like this; `faults` says why, and how to fix it."""

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class WrongSettings(CannotStart):
    """The program cannot run with these settings: Slack or Stripe refuses what they hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapters:
    """Everything outside that the bot is connected to."""

    settings: Settings
    policy: PolicyFile
    keyring: Keyring
    store: SqlStore
    billing: StripeBilling
    slack: AsyncWebClient
    mailer: SmtpMailer | None
    clock: Clock
    wall: Clock

    async def check(self) -> tuple[tuple[Check, ...], Workspace | None]:
        """Check the database, Slack and Stripe; None if the workspace can't be used. Never raises."""
        database, (slack, workspace), stripe = await asyncio.gather(
            self._check_database(), self.check_slack(), self.check_stripe()
        )
        proof = [await self._check_link_proof()] if database.ok else []
        return (database, *proof, *slack, self._check_alerts(), *stripe), workspace

    async def check_slack(self) -> tuple[tuple[Check, ...], Workspace | None]:
        """Check the app, its tokens and its channels."""
        app_token, approvals = self.settings.slack_app_token, self.settings.approvals_channel
        return await check_slack(
            self.slack,
            app_token=app_token.get_secret_value() if app_token else None,
            cancellations=self.settings.cancellations,
            approvals=ChannelId(approvals) if approvals else None,
            alerts=ChannelId(self.settings.alerts_channel) if self.settings.alerts_channel else None,
        )

    async def check_stripe(self) -> tuple[Check, ...]:
        """Check what the key may read, the portal's settings and the webhook."""
        winback = self.settings.approvals_channel is not None
        return await self.billing.check(winback=winback, webhook_url=self.settings.webhook_url)

    def _check_alerts(self) -> Check:
        name = "Slack: alerts"
        if not self.settings.alert_recipients:
            sentence = "Nobody is told when something can't be done."
            fix = "Name people in ADMIN_MEMBERS, or set ALERTS_CHANNEL."
            return Check(name=name, ok=False, sentence=sentence, fix=fix, needed=False)
        to = "ALERTS_CHANNEL" if self.settings.alerts_channel else "each admin, by direct message"
        return Check(name=name, ok=True, sentence=f"They go to {to}.")

    async def _check_link_proof(self) -> Check:
        """Check that no database which asked for codes stops doing so only because emails can't be sent any more."""
        name = "links"
        if self.settings.asks_for_code:
            return Check(name=name, ok=True, sentence="The page of a shown link asks for a code.")
        open_to_all = "The page of a shown link asks for no code: whoever has the link can open it."
        try:
            silent = self.settings.link_proof is None and await self.store.has_asked_for_codes()
        except CALL_FAILURES as fault:
            return _faulty_database(f"{fault.why}.", "Look at DATABASE_URL and the server.")
        if not silent:
            return Check(name=name, ok=True, sentence=open_to_all)
        return Check(
            name=name,
            ok=False,
            sentence="Shown links asked for a code so far, and now no email with one can be sent.",
            fix="Set SMTP_URL and PUBLIC_URL again. If links should open without a code, say so: LINK_PROOF=none",
        )

    async def _check_database(self) -> Check:
        try:
            behind = await asyncio.to_thread(revision.behind, self.settings.database_url.get_secret_value())
            dropped = set() if behind else await self.store.key_ids_in_use() - set(self.keyring.key_ids)
        except revision.NewerDatabase as newer:
            return _faulty_database(f"{newer}.", "Run the newer version.")
        except CALL_FAILURES as fault:
            return _faulty_database(f"{fault.why}.", "Look at DATABASE_URL and the server.")
        if behind:
            return _faulty_database("It isn't migrated to this version.", "Run: winback migrate")
        if dropped:
            return _faulty_database(
                f"Rows name secret keys that SECRET_KEY does not list any more: {', '.join(sorted(dropped))}.",
                "Put them back into SECRET_KEY, behind the new one, separated by a comma.",
            )
        return Check(name="database", ok=True, sentence="It is migrated to this version.")


@asynccontextmanager
async def connected(settings: Settings, *, clock: Clock, wall: Clock) -> AsyncIterator[Adapters]:
    """Open what the settings name and close it at the end. Raises CannotStart if the policy can't be used."""
    try:
        policy = load_policy(settings)
    except PolicyError as faulty:
        raise CannotStart("The policy cannot be used; nothing was started.", *faulty.faults) from None
    keyring = Keyring([key.get_secret_value() for key in settings.secret_key])
    store = SqlStore(settings.database_url.get_secret_value(), keyring=keyring, new_id=uuid7)
    billing = StripeBilling(
        api_key=settings.stripe_api_key.get_secret_value(),
        url=settings.stripe_api_url,
        configuration=settings.portal_configuration,
        event_types=EVENT_TYPES,
        timeout=STRIPE_TIME_OUT,
        calls_per_second=settings.stripe_calls_per_second or (LIVE_CALLS if settings.live else TEST_CALLS),
        clock=clock,
    )
    slack = slack_client(token=settings.slack_bot_token.get_secret_value(), base_url=settings.slack_api_url)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(store.close)
        stack.push_async_callback(billing.close)
        yield Adapters(
            settings=settings,
            policy=policy,
            keyring=keyring,
            store=store,
            billing=billing,
            slack=slack,
            mailer=_mailer(settings, wall=wall),
            clock=clock,
            wall=wall,
        )


def load_policy(settings: Settings) -> PolicyFile:
    """Read the policy that the settings name; raises PolicyError."""
    return read_policy_file(settings.policy_path, zone=settings.timezone, internal_domains=settings.own_domains)


def reload_policy(settings: Settings) -> Policy | Sequence[str]:
    """Read the policy again; returns its faults where it can't be used."""
    try:
        return load_policy(settings).policy
    except PolicyError as error:
        return error.faults


def _faulty_database(sentence: str, fix: str) -> Check:
    return Check(name="database", ok=False, sentence=sentence[0].upper() + sentence[1:], fix=fix)


def _mailer(settings: Settings, *, wall: Clock) -> SmtpMailer | None:
    if settings.smtp_url is None or settings.mail_from is None:
        return None
    server = SmtpServer.parse(settings.smtp_url.get_secret_value())
    sender = Address(display_name=one_line(settings.company_name or ""), addr_spec=settings.mail_from)
    return SmtpMailer(server, sender=str(sender), reply_to=settings.reply_to, wall=wall)
