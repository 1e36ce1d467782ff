"""The context of the flows, and the flows on it, made of what the settings name."""

from urllib.parse import urlsplit

from uuid_utils.compat import uuid7

from billing.webhook import StripeWebhooks
from bot.assembly.flows import WORDING, Flows, build_flows
from bot.assembly.world import World, reload_policy
from bot.settings.settings import Settings
from bot.slack.checks import Workspace
from bot.slack.directory import SlackDirectory
from bot.slack.poster import Poster
from bot.views.cancellations.card import CardStyle
from domain.ids import ChannelId
from domain.permissions import Role
from flows.ports.context import Context, FlowSettings
from flows.winback.policy.active_policy import ActivePolicy
from wording.company import Company
from wording.emails.emails import Emails


def build_directory(world: World, workspace: Workspace | None) -> SlackDirectory:
    """Build the port `Directory`; without a workspace nobody is known to belong to it."""
    settings = world.settings
    members = {
        Role.SUPPORT: frozenset(settings.support_members),
        Role.MANAGER: frozenset(settings.manager_members),
        Role.ADMIN: frozenset(settings.admin_members),
    }
    return SlackDirectory(world.slack, team_id=workspace.team_id if workspace else "", members=members, wall=world.wall)


def build_poster(world: World, workspace: Workspace | None) -> Poster:
    """Build the port `Chat`."""
    settings = world.settings
    detail = settings.card_detail or ("full" if workspace is not None and workspace.private else "lean")
    approvals = approvals_channel(settings)
    return Poster(
        world.slack,
        cancellations=settings.cancellations,
        approvals=approvals,
        style=CardStyle(detail=detail, portal_links=True, winback=approvals is not None),
        wall=world.wall,
    )


def build_context(world: World, *, poster: Poster, directory: SlackDirectory) -> Context:
    """Build what every flow works with."""
    settings = world.settings
    secrets = [secret.get_secret_value() for secret in settings.stripe_webhook_secrets]
    return Context(
        store=world.store,
        billing=world.billing,
        offer_billing=world.billing,
        webhooks=StripeWebhooks(secrets=secrets, livemode=settings.live),
        chat=poster,
        directory=directory,
        mailer=world.post,
        writer=Emails(company_of(settings), zone=settings.zone) if world.post else None,
        keyring=world.keyring,
        new_id=uuid7,
        wall=world.wall,
        wording=WORDING,
        settings=FlowSettings(
            public_url=settings.public_url,
            return_url=settings.return_url,
            mail=settings.can_email,
            needs_code=settings.asks_for_code,
            statuses=frozenset(settings.portal_statuses),
            per_minute=settings.lookups_per_minute,
            per_day=settings.lookups_per_day,
            tell=settings.lookup_alert_recipients,
            reason_wait=settings.reason_wait,
            livemode=settings.live,
            alarms=settings.alert_recipients,
            approvals=approvals_channel(settings),
        ),
    )


def flows_beside_serve(world: World) -> Flows:
    """Build the flows for a word of the command line, which has no workspace: Slack is not asked by it."""
    settings = world.settings
    context = build_context(world, poster=build_poster(world, None), directory=build_directory(world, None))
    return build_flows(context, ActivePolicy(world.store, world.policy.policy, read=lambda: reload_policy(settings)))


def approvals_channel(settings: Settings) -> ChannelId | None:
    """Return the channel of approvals; None: win-back is off."""
    return ChannelId(settings.approvals_channel) if settings.approvals_channel else None


def company_of(settings: Settings) -> Company:
    """Return how the company is named and shown to its customers."""
    host = urlsplit(settings.public_url or "").hostname
    return Company(
        name=settings.company_name or host or "Billing",
        address=settings.company_address,
        support_url=settings.support_url,
        privacy_url=settings.privacy_url,
        color=settings.company_color,
    )
