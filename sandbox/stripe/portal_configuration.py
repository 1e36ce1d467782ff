"""The portal configuration: what customers may do in the portal, and what each deep link needs of it."""

from __future__ import annotations

from sandbox.stripe.ledger import Json, Ledger
from sandbox.stripe.subscriptions import REASONS

FEATURE_OF_FLOW = {
    "customer_update": "customer_update",
    "payment_method_update": "payment_method_update",
    "subscription_cancel": "subscription_cancel",
    "subscription_pause": "subscription_pause",
    "subscription_update": "subscription_update",
}


def default_configuration(ledger: Ledger) -> Json:
    """Make the configuration that the Dashboard saves: cancelling is on, switching plans and pausing are off."""
    return {
        "id": ledger.new_id("billing_portal.configuration"),
        "object": "billing_portal.configuration",
        "active": True,
        "application": None,
        "business_profile": {"headline": None, "privacy_policy_url": None, "terms_of_service_url": None},
        "created": ledger.now,
        "default_return_url": None,
        "features": {
            "customer_update": {"allowed_updates": ["email", "name", "address", "phone"], "enabled": True},
            "invoice_history": {"enabled": True},
            "payment_method_update": {"enabled": True, "payment_method_configuration": None},
            "subscription_cancel": {
                "cancellation_reason": {"enabled": True, "feedback_options": [], "options": list(REASONS)},
                "enabled": True,
                "mode": "at_period_end",
                "proration_behavior": "none",
            },
            "subscription_pause": {
                "duration": {
                    "interval_options": [{"interval": "month", "interval_count": 1}],
                    "type": "interval_options",
                },
                "enabled": False,
            },
            "subscription_update": {
                "billing_cycle_anchor": "unchanged",
                "default_allowed_updates": [],
                "enabled": False,
                "products": [],
                "proration_behavior": "none",
                "schedule_at_period_end": {"conditions": []},
                "trial_update_behavior": "end_trial",
            },
        },
        "is_default": True,
        "livemode": ledger.livemode,
        "login_page": {"enabled": False, "url": None},
        "metadata": {},
        "name": None,
        "updated": ledger.now,
    }


def feedback_option(ledger: Ledger, description: str) -> Json:
    """Make a reason to cancel in the company's own words (Stripe: Feedback options)."""
    return {
        "id": ledger.new_id("billing.feedback_option"),
        "object": "billing.feedback_option",
        "description": description,
        "livemode": ledger.livemode,
        "status": "active",
        "status_transitions": {"deactivated_at": None},
    }
