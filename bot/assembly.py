"""The program put together: the only file that knows every room."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from slack_sdk.web.async_client import AsyncWebClient
from starlette.routing import BaseRoute
from uuid_utils.compat import uuid7

from billing.gateway import StripeBilling
from billing.webhook import StripeNotices
from bot import slack_app
from bot.cards import CardStyle
from bot.client import slack_client
from bot.doors import SocketDoor, http_door
from bot.flows import Flows, Ports, Terms, put_together
from bot.lazy import Once, Work
from bot.listening import Listening
from bot.patience import Patience
from bot.poster import Poster
from bot.roles import SlackDirectory
from bot.settings import Settings
from bot.slack_check import Workspace, check_slack
from domain.ids import ChannelId
from domain.keyring import Keyring
from domain.rights import Role
from flows.failures import Unavailable
from flows.health import Check, health_of, readiness
from flows.portal_answer import LinkTerms
from flows.ports import Clock
from flows.reactions import HEEDED
from jobs.drain_inbox import drain_inbox
from jobs.drain_outbox import drain_outbox
from jobs.schedule import every, run_schedule
from jobs.ticks import Job
from jobs.worker import Shift
from mail.server import SmtpServer
from mail.smtp_post import SmtpPost
from storage import migrate
from storage.single_serve import AlreadyServed, hold_single_serve
from storage.store import SqlStore
from web import door
from web.metrics import Metrics
from wording.company import Company
from wording.letters import Letters

STRIPE_TIME_OUT = timedelta(seconds=10)
POLL_WITH_WEBHOOKS = timedelta(minutes=3)
POLL_ALONE = timedelta(seconds=10)
STOPPED_WITHIN = timedelta(seconds=10)
PATIENCE = Patience(remark=timedelta(seconds=2.5), limit=timedelta(seconds=14.5))
"""Stripe is remarked upon after 2.5 s; the last sentence is there by 15 s."""


class CannotStart(Exception):
    """The program cannot run like this; `faults` says why, and how to mend it."""

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The outside, connected: what `serve` works with and `doctor` looks at."""

    settings: Settings
    keyring: Keyring
    store: SqlStore
    billing: StripeBilling
    slack: AsyncWebClient
    post: SmtpPost | None
    clock: Clock
    wall: Clock

    async def check(self) -> tuple[tuple[Check, ...], Workspace | None]:
        """Look at Slack and Stripe; None where the Slack workspace cannot be worked with. Nothing raises."""
        app_token = self.settings.slack_app_token
        approvals = self.settings.approvals_channel
        (slack, workspace), stripe = await asyncio.gather(
            check_slack(
                self.slack,
                app_token=app_token.get_secret_value() if app_token else None,
                cancellations=self.settings.cancellations,
                approvals=ChannelId(approvals) if approvals else None,
            ),
            self.billing.check(),
        )
        return (*slack, *stripe), workspace


@asynccontextmanager
async def connected(settings: Settings, *, clock: Clock, wall: Clock) -> AsyncIterator[World]:
    """Open what the settings name and close it in the end; raises CannotStart for a fault of the settings alone."""
    keyring = Keyring([key.get_secret_value() for key in settings.secret_key])
    store = SqlStore(settings.database_url.get_secret_value(), keyring=keyring, new_id=uuid7)
    billing = StripeBilling(
        api_key=settings.stripe_api_key.get_secret_value(),
        url=settings.stripe_api_url,
        configuration=settings.portal_configuration,
        event_types=HEEDED,
        timeout=STRIPE_TIME_OUT,
        clock=clock,
    )
    slack = slack_client(token=settings.slack_bot_token.get_secret_value(), base_url=settings.slack_api_url)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(store.close)
        stack.push_async_callback(billing.close)
        yield World(
            settings=settings,
            keyring=keyring,
            store=store,
            billing=billing,
            slack=slack,
            post=_post(settings, wall=wall),
            clock=clock,
            wall=wall,
        )


async def serve(
    settings: Settings, *, clock: Clock, wall: Clock, over: asyncio.Event, ready: Callable[[str], None]
) -> None:
    """Run the program till `over` is set; `ready` is told once in a sentence that it works.

    Raises CannotStart with every reason at once.
    """
    url = settings.database_url.get_secret_value()
    await asyncio.to_thread(_refuse_old_database, url)
    async with AsyncExitStack() as stack:
        try:
            alone = stack.enter_context(hold_single_serve(url))
        except AlreadyServed as fault:
            raise CannotStart(f"{fault}.") from None
        world = await stack.enter_async_context(connected(settings, clock=clock, wall=wall))
        await _refuse_dropped_keys(world)
        if alone:
            await _give_back(world.store, owner=None)  # what a killed one held need not run out first
        checks, workspace = await world.check()
        wrong = [f"{check.name}: {check.sentence} {check.mend}".strip() for check in checks if not check.ok]
        if workspace is None or wrong:
            raise CannotStart(*wrong)
        await _Program(world, workspace, shift=Shift(owner=uuid7(), clock=clock, wall=wall, over=over)).run(ready)


def _refuse_old_database(url: str) -> None:
    try:
        behind = migrate.behind(url)
    except (Unavailable, migrate.NewerDatabase) as fault:
        raise CannotStart(f"DATABASE_URL: {fault}") from None
    if behind:
        raise CannotStart("DATABASE_URL: the database is not at this version's state. Run: winback migrate")


async def _refuse_dropped_keys(world: World) -> None:
    try:
        dropped = await world.store.key_ids_in_use() - set(world.keyring.key_ids)
    except Unavailable as fault:
        raise CannotStart(f"DATABASE_URL: {fault.why}.") from None
    if dropped:
        raise CannotStart(
            f"SECRET_KEY: rows still name keys that are not listed any more ({', '.join(sorted(dropped))}). "
            "Put the dropped key back, behind the new one, separated by a comma."
        )


async def _give_back(store: SqlStore, *, owner: UUID | None) -> None:
    try:
        async with store.begin() as unit:
            await unit.inbox.give_back(owner=owner)
            await unit.outbox.give_back(owner=owner)
            await unit.commit()
    except Unavailable:
        return  # the leases run out by themselves


class _Program:
    """One run of the program in a checked world."""

    def __init__(self, world: World, workspace: Workspace, *, shift: Shift) -> None:
        self._world = world
        self._settings = world.settings
        self._shift = shift
        self._metrics = Metrics()
        settings = world.settings
        self._directory = SlackDirectory(
            world.slack,
            team_id=workspace.team_id,
            members={
                Role.SUPPORT: frozenset(settings.support_members),
                Role.MANAGER: frozenset(settings.manager_members),
                Role.ADMIN: frozenset(settings.admin_members),
            },
            wall=world.wall,
        )
        detail = settings.card_detail or ("full" if workspace.private else "lean")
        self._poster = Poster(
            world.slack,
            cancellations=settings.cancellations,
            style=CardStyle(detail=detail, portal_links=True),
            wall=world.wall,
        )
        self._flows = self._put_together()
        self._team_id = workspace.team_id

    async def run(self, ready: Callable[[str], None]) -> None:
        """Work till the shift is over, then finish what runs, ten seconds at most, and give the leases back."""
        await self._flows.catching_up.begin(now=self._shift.clock())
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(None) as limit, asyncio.TaskGroup() as tasks:
                listening, socket = await self._open_doors(tasks)
                self._start_workers(tasks)
                ready(f"Ready. Public door: {listening[0].url}; health and metrics: {listening[1].url}")
                await self._shift.over.wait()
                limit.reschedule(loop.time() + STOPPED_WITHIN.total_seconds())
                for each in listening:
                    each.stop()
                if socket is not None:
                    await socket.close()
        except TimeoutError:
            pass  # what could not finish in time is found by its lease
        finally:
            await _give_back(self._world.store, owner=self._shift.owner)

    async def _open_doors(self, tasks: asyncio.TaskGroup) -> tuple[Sequence[Listening], SocketDoor | None]:
        settings, world = self._settings, self._world
        app = slack_app.build(
            client=world.slack,
            team_id=self._team_id,
            rooms=slack_app.Rooms(
                links=self._flows.portal_links,
                handing_over=self._flows.handing_over,
                contact=self._flows.contact,
                directory=self._directory,
                poster=self._poster,
                health=lambda: health_of(world.store),
            ),
            once=(once := Once(world.store, world.wall)),
            work=Work(tasks, once),
            patience=PATIENCE,
            clock=world.clock,
        )
        slack: list[BaseRoute] = []
        if settings.slack_signing_secret is not None:
            secret = settings.slack_signing_secret.get_secret_value()
            slack.append(http_door(app, signing_secret=secret, wall=world.wall))
        socket = None
        if settings.slack_app_token is not None:
            token = settings.slack_app_token.get_secret_value()
            socket = SocketDoor(app, app_token=token, client=world.slack, wall=world.wall)
        public = door.build(
            intake=self._flows.intake if settings.stripe_webhook_secrets else None,
            links=self._flows.link_pages if settings.public_url else None,
            slack=slack,
            company=_company(settings),
            secure=(settings.public_url or "").startswith("https://"),
            trusted_proxies=[str(network) for network in settings.trusted_proxies],
            metrics=self._metrics,
            clock=world.clock,
            wall=world.wall,
        )
        admin = door.admin(checks=lambda: self._readiness(socket), backlogs=self._backlogs, metrics=self._metrics)
        try:
            listening = [
                await Listening.at(settings.host, settings.port, public, tasks),
                await Listening.at("127.0.0.1", settings.admin_port, admin, tasks),
            ]
        except OSError as fault:
            raise CannotStart(f"HOST, PORT, ADMIN_PORT: cannot listen there ({fault.strerror}).") from None
        if socket is not None:
            await socket.connect()
        return listening, socket

    def _start_workers(self, tasks: asyncio.TaskGroup) -> None:
        store, flows, shift = self._world.store, self._flows, self._shift
        poll_every = POLL_WITH_WEBHOOKS if self._settings.stripe_webhook_secrets else POLL_ALONE
        poll = Job(name="poll_events", trigger=every(poll_every), run=lambda now: flows.catching_up.poll(now=now))
        tasks.create_task(drain_inbox(store=store, reactions=flows.reactions, bell=store.wakeups.inbox, shift=shift))
        tasks.create_task(
            drain_outbox(
                store=store,
                performing=flows.performing,
                bell=store.wakeups.outbox,
                shift=shift,
                count=self._metrics.effect,
            )
        )
        tasks.create_task(run_schedule(store=store, jobs=[poll], shift=shift))

    async def _readiness(self, socket: SocketDoor | None) -> Sequence[Check]:
        checks = await readiness(self._world.store)
        if socket is not None:
            connected = await socket.is_connected()
            sentence = "Connected." if connected else "Not connected; it is tried again."
            checks.append(Check(name="Slack connection", ok=connected, sentence=sentence))
        return checks

    async def _backlogs(self) -> dict[str, int]:
        health = await health_of(self._world.store)
        return {"inbox": health.waiting_events, "outbox": health.waiting_effects}

    def _put_together(self) -> Flows:
        world, settings = self._world, self._settings
        ports = Ports(
            store=world.store,
            billing=world.billing,
            notices=StripeNotices(
                secrets=[secret.get_secret_value() for secret in settings.stripe_webhook_secrets],
                livemode=settings.live,
            ),
            chat=self._poster,
            directory=self._directory,
            post=world.post,
            letters=Letters(_company(settings), zone=UTC) if world.post else None,
        )
        return put_together(ports, terms=_terms(settings), keyring=world.keyring, new_id=uuid7, wall=world.wall)


def _post(settings: Settings, *, wall: Clock) -> SmtpPost | None:
    if settings.smtp_url is None or settings.mail_from is None:
        return None
    try:
        server = SmtpServer.parse(settings.smtp_url.get_secret_value())
    except ValueError as fault:
        raise CannotStart(f"SMTP_URL: {fault}.") from None
    return SmtpPost(server, sender=settings.mail_from, reply_to=settings.reply_to, wall=wall)


def _terms(settings: Settings) -> Terms:
    return Terms(
        links=LinkTerms(
            public_url=settings.public_url,
            return_url=settings.return_url,
            mail=settings.mails,
            needs_code=settings.asks_for_code,
            statuses=frozenset(settings.portal_statuses),
            per_minute=settings.lookups_per_minute,
            per_day=settings.lookups_per_day,
            tell=settings.telling_managers,
        ),
        reason_wait=settings.reason_wait,
        livemode=settings.live,
        alarms=settings.alarms,
    )


def _company(settings: Settings) -> Company:
    host = urlsplit(settings.public_url or "").hostname
    return Company(
        name=settings.company_name or host or "Billing",
        address=settings.company_address,
        support_url=settings.support_url,
        privacy_url=settings.privacy_url,
        color=settings.company_color,
    )
