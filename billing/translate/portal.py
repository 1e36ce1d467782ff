"""The portal: what its configuration allows, and how its pages are opened."""

from typing import TYPE_CHECKING

from billing.translate import Json
from domain.billing.portal_access import PortalFeatures, Purpose
from domain.ids import SubscriptionId

if TYPE_CHECKING:
    from stripe.params.billing_portal import SessionCreateParamsFlowData


def features(configuration: Json) -> PortalFeatures:
    """Translate a portal configuration's switches; a switch that Stripe does not show is off."""
    switches = configuration["features"]

    def on(name: str) -> bool:
        return bool((switches.get(name) or {}).get("enabled"))

    return PortalFeatures(
        cancel=on("subscription_cancel"),
        update_plan=on("subscription_update"),
        pause=on("subscription_pause"),
        payment_method=on("payment_method_update"),
        details=on("customer_update"),
    )


def flow_data(
    purpose: Purpose, subscription_id: SubscriptionId | None, *, return_url: str | None
) -> "SessionCreateParamsFlowData | None":
    """Return the parameters that open one flow of the portal; None for its home.

    Raises:
        ValueError: the purpose is about a subscription, and none is given.
    """
    flow = _flow(purpose, subscription_id)
    if flow is not None:
        flow["after_completion"] = (
            {"type": "redirect", "redirect": {"return_url": return_url}}
            if return_url
            else {"type": "hosted_confirmation"}
        )
    return flow


def _flow(purpose: Purpose, subscription_id: SubscriptionId | None) -> "SessionCreateParamsFlowData | None":
    if purpose is Purpose.HOME:
        return None
    if purpose is Purpose.CARD:
        return {"type": "payment_method_update"}
    if purpose is Purpose.DETAILS:
        return {"type": "customer_update"}
    if subscription_id is None:
        raise ValueError(f"the purpose {purpose} needs a subscription")
    if purpose is Purpose.CANCEL:
        return {"type": "subscription_cancel", "subscription_cancel": {"subscription": subscription_id}}
    if purpose is Purpose.PLAN:
        return {"type": "subscription_update", "subscription_update": {"subscription": subscription_id}}
    return {"type": "subscription_pause", "subscription_pause": {"subscription": subscription_id}}
