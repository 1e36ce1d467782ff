"""Who is verified to be active, and which page of the billing portal may be opened for them."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from domain.billing.subscription import Customer, Subscription
from domain.ids import SubscriptionId


class Purpose(StrEnum):
    """What the portal is opened for: its start page, or one flow of its own."""

    HOME = "home"
    CARD = "card"
    CANCEL = "cancel"
    PLAN = "plan"
    PAUSE = "pause"
    DETAILS = "details"

    @property
    def needs_subscription(self) -> bool:
        """Whether the page is about one subscription."""
        return self in {Purpose.CANCEL, Purpose.PLAN, Purpose.PAUSE}


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalFeatures:
    """What the portal configuration in use has switched on."""

    cancel: bool
    update_plan: bool
    pause: bool
    payment_method: bool
    details: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerAccount:
    """A customer with all their subscriptions, ended ones too."""

    customer: Customer
    subscriptions: tuple[Subscription, ...]

    def live(self, statuses: AbstractSet[str]) -> tuple[Subscription, ...]:
        """Return the subscriptions that make the customer active.

        Stripe's own status decides: `paused` among the statuses means a paused subscription; one whose collection
        is paused keeps its status and counts by that.
        """
        if self.customer.deleted:
            return ()
        return tuple(subscription for subscription in self.subscriptions if subscription.status in statuses)

    @property
    def last(self) -> Subscription | None:
        """The subscription that says most of a customer who is not active: the one that was there last."""
        return max(self.subscriptions, key=lambda one: one.ended_at or one.created_at, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """An active customer; `subscription` is the one the purpose is about, None where it is about none."""

    customer: Customer
    subscriptions: tuple[Subscription, ...]
    subscription: Subscription | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsChoice:
    """An active customer with several live subscriptions, and the purpose is about one."""

    customer: Customer
    subscriptions: tuple[Subscription, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotActive:
    """No subscription in a status that counts. `last` has status, end and reason of the last one; None: never any."""

    customer: Customer
    last: Subscription | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeveralCustomers:
    """Several customers match; the first is never taken."""

    candidates: tuple[CustomerAccount, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoCustomer:
    """No customer matches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """The customer was deleted at Stripe."""

    customer: Customer


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongMode:
    """A test customer asked for with a live key, or the other way round."""

    customer: Customer


RefusalReason = Literal["setting", "already_canceling", "nothing_to_pause", "classic_billing", "several_prices"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeRefused:
    """The customer is active, but this page cannot be opened.

    `setting` names the switch of the portal configuration that would allow it, where that is what hinders.
    """

    customer: Customer
    purpose: Purpose
    why: RefusalReason
    setting: str | None


Verdict = Verified | NeedsChoice | NotActive | SeveralCustomers | NoCustomer | Deleted | WrongMode | PurposeRefused


def verify(
    found: Sequence[CustomerAccount],
    *,
    purpose: Purpose,
    chosen: SubscriptionId | None,
    features: PortalFeatures,
    statuses: AbstractSet[str],
    livemode: bool,
) -> Verdict:
    """Decide whether a portal session may be made for what was found, and for which subscription.

    Stripe refuses a session to nobody, ended or not: this check is all there is. `chosen` is the subscription that
    was asked for or picked; one that is not live is never replaced by another without asking.
    """
    if not found:
        return NoCustomer()
    if len(found) > 1:
        return SeveralCustomers(candidates=tuple(found))
    (account,) = found
    customer = account.customer
    if customer.deleted:
        return Deleted(customer=customer)
    if customer.livemode != livemode:
        return WrongMode(customer=customer)
    live = account.live(statuses)
    if not live:
        return NotActive(customer=customer, last=account.last)
    setting = _missing_setting(purpose, features)
    if setting is not None:
        return PurposeRefused(customer=customer, purpose=purpose, why="setting", setting=setting)
    if not purpose.needs_subscription:
        return Verified(customer=customer, subscriptions=live, subscription=None)
    meant = [one for one in live if chosen is None or one.id == chosen]
    if len(meant) != 1:
        return NeedsChoice(customer=customer, subscriptions=live)
    (subscription,) = meant
    hindrance = _hindrance(purpose, subscription)
    if hindrance is not None:
        return PurposeRefused(customer=customer, purpose=purpose, why=hindrance, setting=None)
    return Verified(customer=customer, subscriptions=live, subscription=subscription)


def _missing_setting(purpose: Purpose, features: PortalFeatures) -> str | None:
    """Return the switch of Stripe's portal configuration that is off and would have to be on."""
    switches = {
        Purpose.CARD: (features.payment_method, "features.payment_method_update.enabled"),
        Purpose.CANCEL: (features.cancel, "features.subscription_cancel.enabled"),
        Purpose.PLAN: (features.update_plan, "features.subscription_update.enabled"),
        Purpose.PAUSE: (features.pause, "features.subscription_pause.enabled"),
        Purpose.DETAILS: (features.details, "features.customer_update.enabled"),
    }
    on, setting = switches.get(purpose, (True, None))
    return None if on else setting


def _hindrance(purpose: Purpose, subscription: Subscription) -> RefusalReason | None:
    """Return what about a subscription makes Stripe refuse the flow."""
    ending = subscription.cancel_at_period_end or subscription.cancel_at is not None
    if purpose is Purpose.CANCEL and ending:
        return "already_canceling"
    if purpose is Purpose.PLAN and len(subscription.items) > 1:
        return "several_prices"
    if purpose is Purpose.PAUSE:
        if subscription.status == "paused" or subscription.collection_paused or ending:
            return "nothing_to_pause"
        if not subscription.flexible:  # Stripe: "Pause subscriptions" asks for billing_mode.type=flexible
            return "classic_billing"
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalSetting:
    """The portal's switches.

    `reasons` (Stripe's own, `too_expensive` and so on) and `feedback_options` (the company's, each in its own words)
    are what is asked for after cancelling; nothing is asked where both are empty. `products` are the plans to switch
    to: prices by product, ten products at most. `return_url` is where the way back leads.
    """

    cancel: bool
    cancel_mode: Literal["at_period_end", "immediately"]
    reasons: frozenset[str]
    feedback_options: tuple[str, ...]
    switch_plan: bool
    products: Mapping[str, frozenset[str]]
    pause: bool
    card: bool
    details: bool
    return_url: str | None
