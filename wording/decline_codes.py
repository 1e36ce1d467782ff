"""Stripe's codes for failed payments: what each means, which advice it gets, and which cannot occur here."""

from typing import Literal

Advice = Literal[
    "new", "call", "details", "confirm", "retry", "money", "discreet", "own", "died", "dispute", "check_paid", "ours"
]
Codes = dict[str, tuple[str, Advice]]
"""Each code's meaning, in words that go on from "declined: ", and the kind of advice."""

# Stripe: "Decline codes". {thing}, {party} and {card} are the payment method's words.
CARD_CODES: Codes = {
    "approve_with_id": ("the bank could not authorise the payment", "retry"),
    "authentication_not_handled": ("the payment was never confirmed with the bank", "confirm"),
    "authentication_required": ("{party} wants the payment confirmed by its customer", "confirm"),
    "call_issuer": ("the bank declined without saying why", "call"),
    "card_decline_rate_limit_exceeded": ("the card was declined so often that Stripe stopped trying", "new"),
    "card_declined": ("{party} declined without saying why", "call"),
    "card_not_supported": ("the card does not support this kind of payment", "new"),
    "card_velocity_exceeded": ("the card's limit of amount or payments is used up", "money"),
    "cardholder_phone_number_required": ("the card needs its owner's phone number", "details"),
    "currency_not_supported": ("{thing} does not support this currency", "new"),
    "do_not_honor": ("the bank declined without saying why", "call"),
    "do_not_try_again": ("the bank declined for good without saying why", "new"),
    "duplicate_transaction": ("the same amount was charged just before", "check_paid"),
    "expired_card": ("{card} has expired", "new"),
    "fraudulent": ("the payment is suspected to be fraudulent", "discreet"),
    "generic_decline": ("{party} declined without saying why", "call"),
    "incorrect_address": ("the address does not match the card's", "details"),
    "incorrect_cvc": ("the card's security code is wrong", "details"),
    "incorrect_number": ("the card's number is wrong", "details"),
    "incorrect_pin": ("the PIN is wrong", "details"),
    "incorrect_postal_code": ("the postal code does not match the card's", "details"),
    "incorrect_zip": ("the postal code does not match the card's", "details"),
    "india_recurring_payment_mandate_canceled": ("the customer cancelled the card's mandate with the bank", "own"),
    "insufficient_funds": ("there is not enough money on the account", "money"),
    "invalid_account": ("the card or its account is not valid", "new"),
    "invalid_amount": ("the amount is not allowed or above {thing}'s limit", "call"),
    "invalid_card_type": ("the card is of a kind that cannot be charged", "new"),
    "invalid_cvc": ("the card's security code is wrong", "details"),
    "invalid_expiry_month": ("the card's expiry month is wrong", "details"),
    "invalid_expiry_year": ("the card's expiry year is wrong", "details"),
    "invalid_number": ("the card's number is wrong", "details"),
    "invalid_pin": ("the PIN is wrong", "details"),
    "invalid_track_data": ("the card could not be read", "details"),
    "issuer_not_available": ("the bank could not be reached", "retry"),
    "lost_card": ("the card was reported lost", "discreet"),
    "merchant_blacklist": ("the payment matches our account's block list at Stripe", "discreet"),
    "mobile_device_authentication_required": ("the bank wants it confirmed on a phone", "confirm"),
    "new_account_information_available": ("the card or its account has changed", "new"),
    "no_action_taken": ("the bank declined without saying why", "call"),
    "not_permitted": ("the payment is not permitted", "call"),
    "offline_pin_required": ("the card asks for its PIN", "new"),
    "online_or_offline_pin_required": ("the card asks for its PIN", "new"),
    "pickup_card": ("the card cannot be used: it may be reported lost or stolen", "discreet"),
    "pin_try_exceeded": ("the PIN was entered wrong too often", "new"),
    "processing_error": ("an error occurred while {thing} was charged", "retry"),
    "reenter_transaction": ("the bank could not process the payment", "retry"),
    "restricted_card": ("the card cannot be used: it may be reported lost or stolen", "discreet"),
    "revocation_of_all_authorizations": ("the customer told the bank to stop all payments", "own"),
    "revocation_of_authorization": ("the customer told the bank to stop this payment", "own"),
    "security_violation": ("the bank declined without saying why", "call"),
    "service_not_allowed": ("the bank declined without saying why", "call"),
    "stolen_card": ("the card was reported stolen", "discreet"),
    "stop_payment_order": ("the customer told the bank to stop this payment", "own"),
    "test_mode_live_card": ("a real card was used in test mode", "ours"),
    "testmode_decline": ("a test card was used", "ours"),
    "three_d_secure_authentication_not_supported": ("the card cannot be confirmed as the bank wants it", "new"),
    "three_d_secure_authentication_upstream_error": ("the bank's confirmation was not available", "retry"),
    "transaction_not_allowed": ("the bank declined without saying why", "call"),
    "try_again_later": ("the bank declined for the moment without saying why", "retry"),
    "withdrawal_count_limit_exceeded": ("the card's limit is used up", "money"),
}

# Stripe: "Understanding declines", the reasons of a charge's outcome; of SEPA, ACH, BECS, Bacs and the like the pages
# "Failed payments", and the error codes about bank accounts.
DEBIT_CODES: Codes = {
    "account_closed": ("the bank account is closed", "new"),
    "account_invalid": ("the bank account does not exist", "details"),
    "account_number_invalid": ("the account number is wrong", "details"),
    "authorization_revoked": ("the customer revoked the mandate", "own"),
    "bank_account_bad_routing_numbers": ("the bank's number is wrong", "details"),
    "bank_account_declined": ("the bank account cannot be debited", "new"),
    "bank_account_restricted": ("the bank account does not allow direct debits", "new"),
    "bank_account_unusable": ("the bank account cannot be debited", "new"),
    "bank_account_unverified": ("the bank account was never verified", "details"),
    "bank_account_verification_failed": ("the bank account could not be verified", "details"),
    "billing_invalid_mandate": ("the mandate is not valid any more, as after it was revoked", "own"),
    "branch_does_not_exist": ("the bank's branch does not exist", "details"),
    "debit_authorization_not_match": ("the mandate does not match what the bank has", "new"),
    "debit_disputed": ("the customer had the bank take the money back", "own"),
    "debit_not_authorized": ("the customer did not allow the direct debit, or revoked it", "own"),
    "generic_could_not_process": ("the bank could not process the payment", "call"),
    "incorrect_account_holder_name": ("the account holder's name is wrong", "details"),
    "invalid_account_number": ("the account number is wrong", "details"),
    "no_account": ("the bank does not know the account", "details"),
    "payment_intent_mandate_invalid": ("the mandate is not valid any more, as after it was revoked", "own"),
    "payment_method_bank_account_blocked": ("Stripe blocks the bank account after failed debits", "new"),
    "recipient_deceased": ("the account holder has died", "died"),
    "refer_to_customer": ("the bank declined without saying why", "call"),
    "routing_number_invalid": ("the bank's number is wrong", "details"),
    "sepa_unsupported_account": ("the bank account takes no SEPA direct debits", "new"),
}

# Stripe: "Local payment method decline codes" and their outcome reasons, and the error codes of any payment method.
ANY_CODES: Codes = {
    "amount_too_large": ("the amount is above what can be charged", "ours"),
    "amount_too_small": ("the amount is below what can be charged", "ours"),
    "approval_required": ("{party} wants the payment approved", "confirm"),
    "authentication_failure": ("the payment was not confirmed", "confirm"),
    "card_already_activated": ("{party} declined without saying why", "call"),
    "charge_exceeds_source_limit": ("our limit at Stripe for such payments is used up", "ours"),
    "charge_exceeds_transaction_limit": ("the amount is above our limit at Stripe for such payments", "ours"),
    "compliance_violation": ("{party} does not allow the payment by its rules or the law", "new"),
    "elevated_risk_level": ("Stripe Radar rated the payment as risky", "discreet"),
    "expired_payment_information": ("what was stored for {thing} has expired", "details"),
    "expired_payment_method": ("what was stored for {thing} has expired", "new"),
    "highest_risk_level": ("Stripe Radar blocked the payment as too risky", "discreet"),
    "invalid_authorization": ("the customer did not allow the payment, or revoked it", "own"),
    "invalid_billing_agreement": ("the billing agreement with {party} is not valid any more", "own"),
    "invalid_business_account": ("our account with {party} is deactivated", "ours"),
    "invalid_customer_account": ("{thing} cannot be charged until its owner fixes it", "call"),
    "invalid_payment_information": ("the stored payment details are not valid", "details"),
    "invoice_payment_intent_requires_action": ("the payment was never confirmed", "confirm"),
    "lost_or_stolen_card": ("the card was reported lost or stolen", "discreet"),
    "low_probability_of_authorization": ("Stripe did not try, as {party} would hardly have agreed", "new"),
    "partner_action_not_supported": ("{party} does not support this kind of payment", "new"),
    "partner_duplicate_transaction": ("the same amount was charged just before", "check_paid"),
    "partner_expired_card": ("{card} has expired", "new"),
    "partner_generic_decline": ("{party} declined without saying why", "call"),
    "partner_high_risk_customer": ("{party} rated the customer as a high risk", "discreet"),
    "partner_insufficient_funds": ("there is not enough money on the account", "money"),
    "partner_invalid_amount": ("{party} does not allow the amount", "new"),
    "partner_invalid_currency": ("{party} does not support this currency", "new"),
    "partner_payment_not_found": ("{party} does not find the payment", "ours"),
    "partner_processing_error": ("an error occurred at {party}", "retry"),
    "payment_disputed": ("the customer disputes the payment", "dispute"),
    "payment_intent_action_required": ("the payment was never confirmed", "confirm"),
    "payment_intent_authentication_failure": ("the payment was not confirmed", "confirm"),
    "payment_intent_incompatible_payment_method": ("{thing} cannot be charged in this way", "new"),
    "payment_intent_konbini_rejected_confirmation_number": ("the confirmation number was not accepted", "details"),
    "payment_intent_payment_attempt_expired": ("the payment was not finished in time", "confirm"),
    "payment_intent_payment_attempt_failed": ("{party} declined without saying why", "call"),
    "payment_limit_exceeded": ("the amount is above a limit of {thing}", "call"),
    "payment_method_billing_details_address_missing": ("the billing address is missing", "details"),
    "payment_method_currency_mismatch": ("{thing} does not support this currency", "new"),
    "payment_method_customer_decline": ("the customer declined the payment", "own"),
    "payment_method_not_available": ("{party} was not available", "retry"),
    "payment_method_provider_decline": ("{party} declined without saying why", "call"),
    "payment_method_provider_timeout": ("{party} did not answer in time", "retry"),
    "payment_method_restricted": ("{thing} is restricted", "call"),
    "payment_method_unactivated": ("this payment method is not activated in our Stripe account", "ours"),
    "payment_method_unexpected_state": ("{thing} cannot be charged as it stands", "new"),
    "payment_method_unsupported_type": ("this payment method cannot pay such an invoice", "new"),
    "previously_declined_do_not_retry": ("Stripe did not try again, since the bank forbade it", "new"),
    "recurring_not_supported_by_bank": ("the customer's bank takes no recurring payments in this way", "new"),
    "rule": ("a rule of ours in Stripe Radar blocked the payment", "ours"),
}

# Error codes of Stripe's that no declined invoice payment carries, and why. If one comes all the same, we look.
CANNOT_OCCUR: dict[str, str] = {
    "It is about a Connect account, a payout, a refund, a dispute or another object than an invoice's payment.": """
        account_country_invalid_address account_error_country_change_requires_additional_steps
        account_information_mismatch account_token_required_for_v2_account action_blocked alipay_upgrade_required
        anomalous_money_movement_request application_fees_not_allowed balance_insufficient balance_invalid_parameter
        bank_account_exists bitcoin_upgrade_required capability_not_active charge_already_refunded charge_disputed
        charge_not_refundable clearing_code_unsupported country_code_invalid country_unsupported
        dispute_evidence_page_limit_exceeded email_invalid financial_account_balance_does_not_support_currency
        financial_account_capability_not_enabled financial_account_capability_restricted
        financial_connections_account_inactive financial_connections_account_pending_account_numbers
        financial_connections_account_unavailable_account_numbers financial_connections_consent_locale_invalid
        financial_connections_consent_locale_unsupported financial_connections_no_successful_transaction_refresh
        forwarding_api_inactive forwarding_api_invalid_parameter forwarding_api_retryable_upstream_error
        forwarding_api_upstream_connection_error forwarding_api_upstream_connection_timeout
        forwarding_api_upstream_error instant_payouts_config_disabled instant_payouts_currency_disabled
        instant_payouts_limit_exceeded instant_payouts_unsupported not_allowed_on_standard_account out_of_inventory
        ownership_declaration_not_allowed payment_evaluation_on_api_version_not_supported
        payout_reconciliation_not_ready payouts_limit_exceeded payouts_not_allowed platform_account_required
        product_inactive progressive_onboarding_limit_exceeded refund_disputed_payment return_intent_already_processed
        siret_invalid sku_inactive smart_disputes_not_available state_unsupported storer_capability_missing
        storer_capability_not_active transfer_source_balance_parameters_mismatch transfers_not_allowed""",
    "It is about capturing an earlier authorisation: Stripe charges invoices at once.": """
        capture_charge_authorization_expired capture_unauthorized_payment charge_already_captured
        charge_expired_for_capture""",
    "It is about storing or verifying a payment method, not about charging it.": """
        acss_debit_session_incomplete customer_max_payment_methods customer_session_expired
        intent_verification_method_missing invalid_source_usage payment_method_bank_account_already_verified
        payment_method_configuration_failures payment_method_microdeposit_failed
        payment_method_microdeposit_processing_error payment_method_microdeposit_verification_amounts_invalid
        payment_method_microdeposit_verification_amounts_mismatch
        payment_method_microdeposit_verification_attempts_exceeded
        payment_method_microdeposit_verification_descriptor_code_mismatch
        payment_method_microdeposit_verification_timeout setup_attempt_failed setup_intent_authentication_failure
        setup_intent_invalid_parameter setup_intent_mandate_invalid setup_intent_mobile_wallet_unsupported
        setup_intent_setup_attempt_expired setup_intent_unexpected_state token_already_used
        token_card_network_invalid token_in_use""",
    "It is about how a request to Stripe was made, and invoices are charged by Stripe itself.": """
        api_key_expired charge_invalid_parameter idempotency_key_in_use intent_invalid_state invalid_characters
        invalid_charge_amount invalid_mandate_reference_prefix_format livemode_mismatch lock_timeout missing
        parameter_invalid_empty parameter_invalid_integer parameter_invalid_string_blank
        parameter_invalid_string_empty parameter_missing parameter_unknown parameters_exclusive
        payment_intent_invalid_parameter payment_intent_rate_limit_exceeded payment_intent_unexpected_state
        payment_method_invalid_parameter payment_method_invalid_parameter_testmode platform_api_key_expired
        postal_code_invalid rate_limit request_blocked resource_already_exists resource_missing secret_key_required
        testmode_charges_only tls_version_unsupported url_invalid""",
    "It is about an invoice, a subscription, a tax or an address before anything is charged.": """
        coupon_expired customer_max_subscriptions customer_tax_location_invalid failed_tax_calculation
        invalid_canceled_subscription_fields invalid_tax_location invoice_no_customer_line_items
        invoice_no_payment_method_types invoice_no_subscription_line_items invoice_not_editable
        invoice_on_behalf_of_not_editable invoice_upcoming_none
        service_period_coupon_with_metered_tiered_item_unsupported shipping_address_invalid
        shipping_calculation_failed status_transition_invalid stripe_tax_inactive
        subscription_update_trial_after_billing_cycle_anchor tax_id_invalid tax_id_prohibited
        taxes_calculation_failed""",
    "It is about a card reader.": """
        terminal_location_country_unsupported terminal_reader_busy terminal_reader_hardware_fault
        terminal_reader_invalid_location_for_activation terminal_reader_invalid_location_for_payment
        terminal_reader_offline terminal_reader_timeout""",
}
