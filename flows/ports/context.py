"""What every flow works with: the ports, the keys, ids and time, words, and what the settings say."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from domain.billing.subscription import Customer, Price, Subscription
from domain.cancellations.card_rules import CardRules
from domain.ids import ChannelId, CustomerId, StaffId
from domain.keyring import Keyring
from domain.money import Money
from domain.results.digest import DigestRhythm
from domain.results.funnel import Funnel
from domain.winback.decision import Rejection
from domain.winback.proposal import OfferRow, ProposalRow
from flows.effects import Effect
from flows.ports.billing import Billing, Webhooks
from flows.ports.chat import Chat, Directory
from flows.ports.clock import Clock, NewId
from flows.ports.emails import EmailWriter, Mailer
from flows.ports.offer_billing import OfferBilling
from flows.ports.store import EventSetAside, LinkRow, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowSettings:
    """What the settings say about how the flows work."""

    public_url: str | None  # None: nothing of ours can be opened by a customer
    return_url: str | None
    mail: bool  # email can be sent
    needs_code: bool  # a shown link asks its opener for a code
    statuses: frozenset[str]  # of subscriptions that open the portal
    per_minute: int  # lookups by one agent
    per_day: int
    code_emails_per_hour: int  # to one customer
    tell: tuple[str, ...]  # the channel, or managers and groups of them, that hear of unusually many look-ups
    reason_wait: timedelta  # how long a card's first post waits for the reason
    livemode: bool
    alarms: tuple[str, ...]  # the channel, or admins and groups of them, that get technical alerts
    admins: tuple[str, ...]  # admins and groups of them, who get an alert that could not be posted into its channel
    approvals: ChannelId | None  # None: win-back is off
    card_rules: CardRules = CardRules()  # noqa: RUF009  # frozen
    digest: DigestRhythm = "weekly"
    digest_at: time = time(9)
    tell_managers_at: int = 30  # lookups in an hour
    tell_managers_of_guessed: int = 3  # links ended by wrong codes in a day
    mailed_for: timedelta = timedelta(hours=72)
    mailed_openings: int = 5
    shown_for: timedelta = timedelta(hours=1)
    shown_openings: int = 2
    code_for: timedelta = timedelta(minutes=10)
    code_tries: int = 5
    fresh_address: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The words that flows put into rows and messages, and customers' names as strangers may see them."""

    plan: Callable[[Subscription], str]
    price: Callable[[Price], str]
    mask_customer: Callable[[Customer], tuple[str | None, str | None]]  # name and address
    dead_effect_text: Callable[[Effect, str, str], str]  # of the effect, its fault and its id
    event_set_aside_text: Callable[[EventSetAside, int], str]  # of one event, and how many there are
    channel_fault_text: Callable[[ChannelId, str], str]  # of a channel, and what is wrong with it
    unsent_email_text: Callable[[CustomerId, str], str]  # of a customer's id and the fault of their email
    guessed_codes_text: Callable[[], str]
    nothing_proposed_text: Callable[[Funnel], str]  # of what came due in a week
    managers_welcome_text: Callable[[], str]
    unasked_link_text: Callable[[LinkRow], str]
    managers_digest_text: Callable[[int, Sequence[Money], str], str]  # how much waits, what it costs, the audit's head
    managers_changed_text: Callable[[Sequence[StaffId], Sequence[StaffId]], str]  # who became, who ceased to be one
    faulty_policy_text: Callable[[Sequence[str]], str]  # of the faults
    two_subscriptions_text: Callable[[OfferRow], str]
    failed_offer_text: Callable[[OfferRow], str]
    rewording_text: Callable[[ProposalRow], str]
    deadline_text: Callable[[Sequence[StaffId], datetime], str]  # who may decide, and until when
    refused_step_text: Callable[[CustomerId, Rejection], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What every flow works with. `mailer` and `writer` are None where nothing can be emailed."""

    store: Store
    billing: Billing
    offer_billing: OfferBilling
    webhooks: Webhooks
    chat: Chat
    directory: Directory
    mailer: Mailer | None
    writer: EmailWriter | None
    keyring: Keyring
    new_id: NewId
    wall: Clock
    wording: Wording
    settings: FlowSettings
