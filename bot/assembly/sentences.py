"""The sentences that flows post, from the rooms that word them."""

from bot.views.alerts import (
    channel_fault_text,
    dead_effect_text,
    event_set_aside_text,
    failed_offer_text,
    faulty_policy_text,
    guessed_codes_text,
    managers_changed_text,
    refused_step_text,
    rewording_text,
    two_subscriptions_text,
    unsent_email_text,
)
from flows.ports.context import Wording
from wording.plan import plan_name, price_name
from wording.sanitize import mask_customer

WORDING = Wording(
    plan=plan_name,
    price=price_name,
    mask_customer=mask_customer,
    dead_effect_text=dead_effect_text,
    event_set_aside_text=event_set_aside_text,
    channel_fault_text=channel_fault_text,
    unsent_email_text=unsent_email_text,
    guessed_codes_text=guessed_codes_text,
    managers_changed_text=managers_changed_text,
    faulty_policy_text=faulty_policy_text,
    two_subscriptions_text=two_subscriptions_text,
    failed_offer_text=failed_offer_text,
    refused_step_text=refused_step_text,
    rewording_text=rewording_text,
)
