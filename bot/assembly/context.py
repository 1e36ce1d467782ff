"""The context of the flows, built from the settings."""

from urllib.parse import urlsplit

from uuid_utils.compat import uuid7

from billing.webhook import StripeWebhooks
from bot.assembly.adapters import Adapters, reload_policy
from bot.assembly.flows import Flows
from bot.assembly.roles import members_of
from bot.settings.settings import Settings
from bot.slack.checks import Workspace
from bot.slack.directory import SlackDirectory
from bot.slack.poster import Poster
from bot.views import alerts
from bot.views.cancellations.card import CardStyle
from bot.views.cancellations.welcome import managers_welcome_text
from bot.views.winback.digest import managers_digest_text
from bot.views.winback.funnel import nothing_proposed_text
from domain.cancellations.card_rules import CardRules
from domain.ids import ChannelId
from flows.ports.context import Context, FlowSettings, Wording
from flows.winback.policy.active_policy import ActivePolicy
from wording.company import Company
from wording.emails.emails import Emails
from wording.plan import plan_name, price_name
from wording.sanitize import mask_customer

WORDING = Wording(
    plan=plan_name,
    price=price_name,
    mask_customer=mask_customer,
    dead_effect_text=alerts.dead_effect_text,
    event_set_aside_text=alerts.event_set_aside_text,
    channel_fault_text=alerts.channel_fault_text,
    unsent_email_text=alerts.unsent_email_text,
    guessed_codes_text=alerts.guessed_codes_text,
    unasked_link_text=alerts.unasked_link_text,
    managers_changed_text=alerts.managers_changed_text,
    managers_digest_text=managers_digest_text,
    managers_welcome_text=managers_welcome_text,
    nothing_proposed_text=nothing_proposed_text,
    faulty_policy_text=alerts.faulty_policy_text,
    two_subscriptions_text=alerts.two_subscriptions_text,
    failed_offer_text=alerts.failed_offer_text,
    refused_step_text=alerts.refused_step_text,
    rewording_text=alerts.rewording_text,
    deadline_text=alerts.deadline_text,
)
"""The sentences that flows post, from the rooms that word them."""


def build_directory(adapters: Adapters, workspace: Workspace | None) -> SlackDirectory:
    """Build the port `Directory`; without a workspace everybody is in doubt."""
    return SlackDirectory(
        adapters.slack,
        team_id=workspace.team_id if workspace else None,
        members=members_of(adapters.settings),
        wall=adapters.wall,
    )


def build_poster(adapters: Adapters, workspace: Workspace | None) -> Poster:
    """Build the port `Chat`."""
    settings = adapters.settings
    return Poster(
        adapters.slack,
        cancellations=settings.cancellations,
        approvals=approvals_channel(settings),
        style=card_style(settings, workspace),
        wall=adapters.wall,
        is_ours=adapters.store.posts,
        follows_privacy=settings.card_detail is None,
    )


def card_style(settings: Settings, workspace: Workspace | None) -> CardStyle:
    """Return how cards are written; in a channel that may be public, without names and comments."""
    detail = settings.card_detail or ("full" if workspace is not None and workspace.private else "lean")
    return CardStyle(detail=detail, portal_links=True, winback=approvals_channel(settings) is not None)


def build_context(adapters: Adapters, *, poster: Poster, directory: SlackDirectory) -> Context:
    """Build what every flow works with."""
    settings = adapters.settings
    secrets = [secret.get_secret_value() for secret in settings.stripe_webhook_secrets]
    return Context(
        store=adapters.store,
        billing=adapters.billing,
        offer_billing=adapters.billing,
        webhooks=StripeWebhooks(secrets=secrets),
        chat=poster,
        directory=directory,
        mailer=adapters.mailer,
        writer=Emails(company_of(settings), zone=settings.zone) if adapters.mailer else None,
        keyring=adapters.keyring,
        new_id=uuid7,
        wall=adapters.wall,
        wording=WORDING,
        settings=FlowSettings(
            public_url=settings.public_url,
            return_url=settings.return_url,
            mail=settings.can_email,
            needs_code=settings.asks_for_code,
            statuses=frozenset(settings.portal_statuses),
            per_minute=settings.lookups_per_minute,
            per_day=settings.lookups_per_day,
            code_emails_per_hour=settings.code_emails_per_hour,
            tell=settings.lookup_alert_recipients,
            reason_wait=settings.reason_wait,
            livemode=settings.live,
            alarms=settings.alert_recipients,
            admins=settings.admin_members,
            approvals=approvals_channel(settings),
            card_rules=CardRules(kinds=settings.card_kinds, least=settings.card_min_value),
            digest=settings.digest,
            digest_at=settings.digest_at,
        ),
    )


def build_cli_flows(adapters: Adapters) -> Flows:
    """Build the flows for the command line, which has no workspace and never calls Slack."""
    settings = adapters.settings
    context = build_context(adapters, poster=build_poster(adapters, None), directory=build_directory(adapters, None))
    return Flows(context, ActivePolicy(adapters.store, adapters.policy.policy, read=lambda: reload_policy(settings)))


def approvals_channel(settings: Settings) -> ChannelId | None:
    """Return the approvals channel; None: win-back is off."""
    return ChannelId(settings.approvals_channel) if settings.approvals_channel else None


def company_of(settings: Settings) -> Company:
    """Return the company as its customers see it."""
    host = urlsplit(settings.public_url or "").hostname
    return Company(
        name=settings.company_name or host or "Billing",
        address=settings.company_address,
        support_url=settings.support_url,
        privacy_url=settings.privacy_url,
        color=settings.company_color,
    )
