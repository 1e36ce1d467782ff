"""The portal's settings, and how a configuration is asked to have them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from billing.translate import Json, identifier
from domain.billing.portal_access import PortalSetting

if TYPE_CHECKING:
    from stripe.params.billing_portal import (
        ConfigurationUpdateParams,
        ConfigurationUpdateParamsFeatures,
        ConfigurationUpdateParamsFeaturesCustomerUpdate,
        ConfigurationUpdateParamsFeaturesSubscriptionCancel,
        ConfigurationUpdateParamsFeaturesSubscriptionUpdate,
        ConfigurationUpdateParamsFeaturesSubscriptionUpdateProduct,
    )


def setting(configuration: Json, descriptions: Mapping[str, str]) -> PortalSetting:
    """Translate a configuration with its products; `descriptions` are the account's feedback options, by id."""
    features = configuration["features"]
    cancelling, switching = features["subscription_cancel"], features["subscription_update"]
    asking = cancelling["cancellation_reason"]
    options = [identifier(each) or "" for each in asking.get("feedback_options") or ()]
    return PortalSetting(
        cancel=cancelling["enabled"],
        cancel_mode=cancelling["mode"],
        reasons=frozenset(asking["options"]) if asking["enabled"] else frozenset(),
        feedback_options=tuple(descriptions.get(each, each) for each in options) if asking["enabled"] else (),
        switch_plan=switching["enabled"],
        products={each["product"]: frozenset(each["prices"]) for each in switching.get("products") or ()},
        pause=features["subscription_pause"]["enabled"],
        card=features["payment_method_update"]["enabled"],
        details=features["customer_update"]["enabled"],
        return_url=configuration["default_return_url"],
    )


def changes(wanted: PortalSetting, configuration: Json, ids: Mapping[str, str]) -> "ConfigurationUpdateParams":
    """Return the changes that a configuration needs; `ids` are those of the feedback options, by description.

    What the wanted settings don't mention (quantities, which details may be changed) stays, or is what the Dashboard
    would switch on together with it.
    """
    features = configuration["features"]
    asked: ConfigurationUpdateParamsFeatures = {
        "subscription_cancel": _cancelling(wanted, ids),
        "subscription_update": _switching(wanted, features["subscription_update"]),
        "subscription_pause": {"enabled": wanted.pause},
        "payment_method_update": {"enabled": wanted.card},
        "customer_update": _details(wanted, features["customer_update"]),
    }
    return {"default_return_url": wanted.return_url or "", "features": asked}


def _cancelling(wanted: PortalSetting, ids: Mapping[str, str]) -> "ConfigurationUpdateParamsFeaturesSubscriptionCancel":
    cancelling: ConfigurationUpdateParamsFeaturesSubscriptionCancel = {
        "enabled": wanted.cancel,
        "mode": wanted.cancel_mode,
        "cancellation_reason": {
            "enabled": bool(wanted.reasons or wanted.feedback_options),
            "options": sorted(wanted.reasons) or "",
            "feedback_options": [ids[each] for each in wanted.feedback_options] or "",
        },
    }
    if wanted.cancel_mode == "at_period_end":  # Stripe prorates only what ends at once, and refuses both together
        cancelling["proration_behavior"] = "none"
    return cancelling


def _switching(wanted: PortalSetting, found: Json) -> "ConfigurationUpdateParamsFeaturesSubscriptionUpdate":
    switching: ConfigurationUpdateParamsFeaturesSubscriptionUpdate = {
        "enabled": wanted.switch_plan,
        "products": [_product(wanted, each, found) for each in wanted.products] or "",
    }
    if wanted.switch_plan and "price" not in found["default_allowed_updates"]:
        switching["default_allowed_updates"] = [*found["default_allowed_updates"], "price"]
    return switching


def _product(
    wanted: PortalSetting, product_id: str, found: Json
) -> "ConfigurationUpdateParamsFeaturesSubscriptionUpdateProduct":
    product: ConfigurationUpdateParamsFeaturesSubscriptionUpdateProduct = {
        "product": product_id,
        "prices": sorted(wanted.products[product_id]),
    }
    for each in found.get("products") or ():
        if each["product"] == product_id and each["adjustable_quantity"]["enabled"]:
            adjustable = each["adjustable_quantity"]
            product["adjustable_quantity"] = {"enabled": True, "minimum": adjustable["minimum"]}
            if adjustable["maximum"] is not None:
                product["adjustable_quantity"]["maximum"] = adjustable["maximum"]
    return product


def _details(wanted: PortalSetting, found: Json) -> "ConfigurationUpdateParamsFeaturesCustomerUpdate":
    changing: ConfigurationUpdateParamsFeaturesCustomerUpdate = {"enabled": wanted.details}
    if wanted.details and not found["allowed_updates"]:  # Stripe: "when empty, customers are not updateable"
        changing["allowed_updates"] = ["address", "email", "name", "phone"]
    return changing
