"""One run of the program: its HTTP servers, its workers and its end."""

import asyncio
import socket
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext, suppress
from datetime import timedelta
from typing import Literal
from uuid import UUID

from starlette.routing import BaseRoute
from uuid_utils.compat import uuid7

from bot.assembly import slack_app
from bot.assembly.adapters import Adapters, CannotStart, WrongSettings, connected, reload_policy
from bot.assembly.context import build_context, build_directory, build_poster, card_style, company_of
from bot.assembly.flows import Flows
from bot.assembly.http_server import Listening, bind_ports, listen
from bot.assembly.outside_checks import OutsideChecks, log_checks
from bot.assembly.roles import RoleLists
from bot.assembly.workers import POLL_ALONE, POLL_WITH_WEBHOOKS, start_workers
from bot.listeners.channel_events import PEOPLE, SHARING
from bot.settings.settings import Settings
from bot.slack.background import BackgroundWork, ReplayGuard
from bot.slack.checks import Workspace
from bot.slack.connections import SocketModeConnection, http_route
from bot.slack.reply_deadline import ReplyDeadline
from flows.failures import Unavailable
from flows.health import Check, health_of, readiness, status
from flows.ports import Clock
from flows.winback.policy.active_policy import ActivePolicy
from jobs.schedule import run_every
from jobs.worker import Leases, WorkerContext
from storage.database.single_instance import AlreadyServed, hold_single_serve
from storage.store import SqlStore
from web import apps
from web.metrics import Metrics

Only = Literal["web", "worker"]
"""A part of the program: Slack's connection and what listens, or all the rest."""

LOOK_AGAIN = timedelta(seconds=10)
"""How often is looked whether the policy or the roles have changed, and whether Slack and Stripe answer by now."""
FINISHED_WITHIN = timedelta(seconds=7.5)
GIVEN_BACK_WITHIN = timedelta(seconds=1)
CONNECTED_WITHIN = timedelta(seconds=10)
"""How long the bot waits for Slack's connection before it says that it is ready; after that it goes on trying."""
REPLY_DEADLINE = ReplyDeadline(wait=timedelta(seconds=2.5), limit=timedelta(seconds=14.5))
"""Stripe is remarked upon after 2.5 s; the last sentence is there by 15 s."""


class Program:
    """One run of the program, its adapters checked."""

    def __init__(
        self, adapters: Adapters, outside: OutsideChecks, *, metrics: Metrics, worker: WorkerContext, only: Only | None
    ) -> None:
        self._adapters = adapters
        self._only = only
        self._settings = adapters.settings
        self._shift = worker
        self._metrics = metrics
        settings = adapters.settings
        self._outside = outside
        self._directory = build_directory(adapters, outside.workspace)
        self._poster = build_poster(adapters, outside.workspace)
        outside.when_known(self._join)
        self._policies = ActivePolicy(adapters.store, adapters.policy.policy, read=lambda: reload_policy(settings))
        context = build_context(adapters, poster=self._poster, directory=self._directory)
        self._flows = Flows(context, self._policies)
        adapters.store.announcements.listen(SHARING, self._poster.forget_sharing)
        adapters.store.announcements.listen(PEOPLE, self._directory.forget)

    def _join(self, workspace: Workspace) -> None:
        self._directory.join(workspace.team_id)
        self._poster.style = card_style(self._settings, workspace)

    async def run(self, ready: Callable[[str], None]) -> None:
        """Run until told to stop, then finish what is running within `FINISHED_WITHIN` and give the leases back."""
        bound = bind_ports(self._settings, public=self._only != "worker")
        await self._flows.event_poller.begin(now=self._shift.clock())
        await self._flows.welcome.begin(self._shift.clock())
        if self._settings.approvals_channel is not None:
            await self._flows.policies.begin(self._shift.clock())
        loop = asyncio.get_running_loop()
        try:
            async with self._among_peers(), asyncio.timeout(None) as limit, asyncio.TaskGroup() as tasks:
                listening, connection = await self._open_doors(bound, tasks)
                if self._only != "web":
                    start_workers(
                        tasks,
                        store=self._adapters.store,
                        flows=self._flows,
                        worker=self._shift,
                        metrics=self._metrics,
                        poll_every=POLL_WITH_WEBHOOKS if self._settings.stripe_webhook_secrets else POLL_ALONE,
                        keep_events=self._settings.keep_events,
                        knows_slack=lambda: self._outside.workspace is not None,
                    )
                roles = RoleLists(self._directory, read=type(self._settings))
                looks = {"policy": self._flows.policy_watch.look, "check_outside": self._outside.look}
                for name, look in (looks | {"roles": roles.look}).items():
                    tasks.create_task(run_every(name, look, every=LOOK_AGAIN, worker=self._shift))
                *public, admin = listening
                addresses = [f"Public address: {each.url}" for each in public]
                ready("Ready. " + "; ".join([*addresses, f"health and metrics: {admin.url}"]))
                await self._shift.stopping.wait()
                limit.reschedule(loop.time() + FINISHED_WITHIN.total_seconds())
                for each in listening:
                    each.stop()
                if connection is not None:
                    await connection.close()
        except TimeoutError:
            pass  # what couldn't finish in time is found by its lease
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(GIVEN_BACK_WITHIN.total_seconds()):
                    await give_back(self._adapters.store, owner=self._shift.owner)

    def _among_peers(self) -> AbstractAsyncContextManager[None]:
        """Stay in touch with the other processes on this database; where there can be none, do nothing."""
        peers, shift = self._adapters.store.peers, self._shift
        if peers is None:
            return nullcontext()
        return peers.at_work(owner=shift.owner, lease=shift.leases.calls, posts=self._only != "web")

    async def _open_doors(
        self, bound: Sequence[socket.socket], tasks: asyncio.TaskGroup
    ) -> tuple[Sequence[Listening], SocketModeConnection | None]:
        settings, adapters = self._settings, self._adapters
        app = slack_app.build(
            client=adapters.slack,
            flows=self._flows,
            directory=self._directory,
            announce=adapters.store.announcements.announce,
            health=lambda: health_of(adapters.store, now=adapters.clock()),
            replay_guard=(replay_guard := ReplayGuard(adapters.store, adapters.wall)),
            work=BackgroundWork(tasks, replay_guard),
            deadline=REPLY_DEADLINE,
            clock=adapters.clock,
        )
        slack: list[BaseRoute] = []
        if settings.slack_signing_secret is not None:
            secret = settings.slack_signing_secret.get_secret_value()
            slack.append(http_route(app, signing_secret=secret, wall=adapters.wall))
        connection = None
        if settings.slack_app_token is not None and self._only != "worker":
            token = settings.slack_app_token.get_secret_value()
            connection = SocketModeConnection(app, app_token=token, client=adapters.slack)
        public = apps.public_app(
            event_receiver=self._flows.event_receiver if settings.stripe_webhook_secrets else None,
            customers=self._customer_pages() if settings.public_url else None,
            slack=slack,
            company=company_of(settings),
            zone=settings.zone,
            public_url=settings.public_url,
            trusted_proxies=[str(network) for network in settings.trusted_proxies],
            metrics=self._metrics,
            clock=adapters.clock,
            wall=adapters.wall,
        )
        admin_app = apps.admin_app(
            checks=self._ready, status=lambda: self._status(connection), backlogs=self._backlogs, metrics=self._metrics
        )
        listening = listen(bound, public, admin_app, tasks, trusted=settings.trusted_proxies)
        if connection is not None:
            wait = CONNECTED_WITHIN if self._outside.workspace is not None else timedelta()
            await connection.open(tasks, wait=wait)
        return listening, connection

    def _customer_pages(self) -> apps.CustomerPages:
        offers = self._flows.offers
        return apps.CustomerPages(
            links=self._flows.landing_pages,
            not_asked_for=self._flows.not_asked_for,
            acceptance=offers.acceptance if offers is not None else None,
            undoing=offers.undoing if offers is not None else None,
            unsubscribing=self._flows.unsubscribing,
        )

    async def _ready(self) -> Sequence[Check]:
        if self._shift.stopping.is_set():
            return [Check(name="stopping", ok=False, sentence="The bot is stopping.")]
        return await readiness(self._adapters.store, now=self._adapters.clock())

    async def _status(self, connection: SocketModeConnection | None) -> Sequence[Check]:
        checks = await status(self._adapters.store, now=self._adapters.clock())
        if connection is not None:
            connected = await connection.is_connected()
            sentence = "Connected." if connected else "Not connected; it is tried again."
            checks.append(Check(name="Slack connection", ok=connected, sentence=sentence))
        fault = self._policies.fault
        sentence = f"A newer file isn't used: {fault[0]}" if fault else "The newest file is used."
        return [*checks, Check(name="policy", ok=not fault, sentence=sentence), *self._outside.wrong()]

    async def _backlogs(self) -> dict[str, int]:
        health = await health_of(self._adapters.store, now=self._adapters.clock())
        return {"inbox": health.waiting_events, "outbox": health.waiting_effects}


async def give_back(store: SqlStore, *, owner: UUID | None) -> None:
    """Give back an owner's leases when it stops, or everybody's (None) if no other process can be working."""
    try:
        async with store.begin() as unit:
            await unit.inbox.give_back(owner=owner)
            await unit.outbox.give_back(owner=owner)
            await unit.commit()
    except Unavailable:
        return  # the leases run out by themselves


async def serve(
    settings: Settings,
    *,
    only: Only | None,
    clock: Clock,
    wall: Clock,
    leases: Leases,
    stopping: asyncio.Event,
    ready: Callable[[str], None],
) -> None:
    """Run the program, or `only` a part, until `stopping` is set; `ready` is called once, with a sentence.

    Raises CannotStart with every reason at once.
    """
    async with AsyncExitStack() as stack:
        try:
            alone = stack.enter_context(hold_single_serve(settings.database_url.get_secret_value()))
        except (AlreadyServed, Unavailable) as fault:
            raise CannotStart(f"database: {fault}.") from None
        if alone and only is not None:
            raise CannotStart(
                f"database: `serve --only {only}` needs PostgreSQL, since SQLite has one `serve` that does everything."
            )
        adapters = await stack.enter_async_context(connected(settings, clock=clock, wall=wall))
        checks, workspace = await adapters.check()
        wrong = [check for check in checks if not check.ok and check.needed]
        if wrong:
            kind = CannotStart if any(check.name == "database" for check in wrong) else WrongSettings
            raise kind(*(f"{check.name}: {check.sentence} {check.fix}".strip() for check in wrong))
        log_checks(checks)
        outside = OutsideChecks(adapters, [check for check in checks if check.name != "database"], workspace)
        if alone:
            await give_back(adapters.store, owner=None)  # nobody needs to wait for the leases of a killed process
        metrics = Metrics()
        worker = WorkerContext(
            owner=uuid7(), clock=clock, wall=wall, stopping=stopping, count_failure=metrics.job_failure, leases=leases
        )
        await Program(adapters, outside, metrics=metrics, worker=worker, only=only).run(ready)
