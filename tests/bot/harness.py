"""The Slack room as the program puts it together, on a sandbox, without the workers that run effects by themselves."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from slack_bolt.async_app import AsyncApp
from starlette.applications import Starlette

from billing.webhook import StripeWebhooks
from bot.assembly import slack_app
from bot.assembly.flows import Flows
from bot.assembly.http_server import Listening, bind
from bot.listeners import channel_events
from bot.slack.background import BackgroundWork, ReplayGuard
from bot.slack.client import slack_client
from bot.slack.connections import PATH, SocketModeConnection, http_route
from bot.slack.directory import SlackDirectory
from bot.slack.manifest import manifest
from bot.slack.poster import Poster
from bot.slack.reply_deadline import ReplyDeadline
from bot.views.cancellations.card import CardStyle
from domain.ids import ChannelId
from domain.permissions import Role
from flows.health import health_of
from flows.ports.context import FlowSettings
from flows.winback.policy.active_policy import ActivePolicy
from mail.server import SmtpServer
from mail.smtp_mailer import SmtpMailer
from sandbox.server import Sandbox
from storage.store import SqlStore
from tests.builders import context
from tests.builders.context import a_context
from tests.builders.stripe import stripe_billing
from tests.flows.winback.harness import rules
from web.connection_table import Bounds, ConnectionTable
from wording.company import Company
from wording.emails.emails import Emails

TEAM = "T0WINBACK1"
CANCELLATIONS, APPROVALS = ChannelId("C0CANCEL01"), ChannelId("C0APPROVAL")
MEMBERS = {
    Role.SUPPORT: frozenset({"S0SUPPORT1", "U0GUEST001", "U0GONE0001", "U0OUTSIDE1", "U0OTHERBOT"}),
    Role.MANAGER: frozenset({"U0MANAGER1", "U0MANAGER2"}),
    Role.ADMIN: frozenset({"U0ADMIN001"}),
    Role.VIEWER: frozenset({"U0VIEWER01"}),
}
FULL = CardStyle(detail="full", portal_links=True, winback=True)
COMPANY = Company(
    name="Northwind",
    address="Northwind Ltd, 1 Harbour Street, Dublin",
    support_url="https://northwind-mail.com/help",
    privacy_url="https://northwind-mail.com/privacy",
    color="#1f5eff",
)
SETTINGS = replace(context.SETTINGS, public_url="https://billing.example.com", approvals=APPROVALS)


def wall() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class SlackHarness:
    """What a test works with."""

    sandbox: Sandbox
    store: SqlStore
    app: AsyncApp
    flows: Flows
    poster: Poster
    directory: SlackDirectory
    socket: SocketModeConnection | None


@asynccontextmanager
async def slack_harness(
    sandbox: Sandbox,
    store: SqlStore,
    *,
    connection: Literal["http", "socket"] = "http",
    settings: FlowSettings = SETTINGS,
    members: Mapping[Role, frozenset[str]] = MEMBERS,
    deadline: ReplyDeadline | None = None,
) -> AsyncIterator[SlackHarness]:
    """Open the room with one connection; on leaving, all that it began has ended."""
    client = slack_client(token=sandbox.slack.installation.bot_token, base_url=sandbox.slack_api_url)
    directory = SlackDirectory(client, team_id=TEAM, members=members, wall=wall)
    poster = Poster(client, cancellations=CANCELLATIONS, approvals=APPROVALS, style=FULL, wall=wall)
    billing = stripe_billing(sandbox)
    flows = Flows(
        a_context(
            store,
            billing=billing,
            webhooks=StripeWebhooks(secrets=["whsec_tests"]),
            chat=poster,
            directory=directory,
            mailer=SmtpMailer(
                SmtpServer.parse(f"smtp://127.0.0.1:{sandbox.smtp_port}"),
                sender="billing@northwind-mail.com",
                reply_to=None,
                wall=wall,
            ),
            writer=Emails(COMPANY, zone=UTC),
            wall=wall,
            settings=settings,
        ),
        ActivePolicy(store, rules(), read=lambda: ()),
    )
    store.announcements.listen(channel_events.SHARING, poster.forget_sharing)
    store.announcements.listen(channel_events.PEOPLE, directory.forget)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(billing.close)
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        replay_guard = ReplayGuard(store, wall)
        app = slack_app.build(
            client=client,
            flows=flows,
            directory=directory,
            announce=store.announcements.announce,
            health=lambda: health_of(store, now=sandbox.clock.now()),
            replay_guard=replay_guard,
            work=BackgroundWork(tasks, replay_guard),
            deadline=deadline or ReplyDeadline(wait=timedelta(seconds=2), limit=timedelta(seconds=10)),
            clock=sandbox.clock.now,
        )
        socket: SocketModeConnection | None = None
        if connection == "http":
            sandbox.slack.install(manifest(socket_mode=False, public_url="https://bot.example.com"))
            route = http_route(app, signing_secret=sandbox.slack.installation.signing_secret, wall=wall)
            public, connections = Starlette(routes=[route]), ConnectionTable(Bounds())
            listening = Listening.on(bind("127.0.0.1", 0), public, tasks, connections=connections)
            stack.callback(listening.stop)
            sandbox.slack.request_url = listening.url + PATH
        else:
            sandbox.slack.install(manifest(socket_mode=True, public_url=None))
            sandbox.slack.request_url = None
            socket = SocketModeConnection(app, app_token=sandbox.slack.installation.app_token, client=client)
            await socket.connect()
            stack.push_async_callback(socket.close)
        yield SlackHarness(
            sandbox=sandbox, store=store, app=app, flows=flows, poster=poster, directory=directory, socket=socket
        )
