"""Why a bank declined a payment, and what usually helps. Codes that Stripe adds later are shown as they are."""

from dataclasses import dataclass

_NEW_CARD = "Ask them to add another card."
_CALL_BANK = "Only their bank can say more: ask them to call it, or to add another card."
_FIX_DETAILS = "Ask them to enter the card's details again."
_CONFIRM = "Ask them to confirm the payment with their bank, or to add another card."
_RETRY = "It often passes: the same card may work if they subscribe again."
_MONEY = "It often works soon after payday, or with another card."
# Stripe asks not to tell customers of these, as whoever holds a stolen card would learn of it.
_DISCREET = "Ask them to add another card, without naming the cause."
_OURS = "This is ours to mend: look at the payment in Stripe's dashboard."


@dataclass(frozen=True, slots=True)
class Decline:
    """A decline code: what it means in words that go on from "declined: ", and what usually helps."""

    meaning: str
    helps: str


# Stripe: "Decline codes", and the two reasons of "Understanding declines" that stand in the same field.
_CODES = {
    "authentication_not_handled": Decline("the payment was never confirmed with the bank", _CONFIRM),
    "authentication_required": Decline("the bank wants the payment confirmed by its customer", _CONFIRM),
    "approve_with_id": Decline("the bank could not authorise the payment", _RETRY),
    "call_issuer": Decline("the bank declined without saying why", _CALL_BANK),
    "card_not_supported": Decline("the card does not support this kind of payment", _NEW_CARD),
    "card_velocity_exceeded": Decline("the card's limit of amount or payments is used up", _MONEY),
    "currency_not_supported": Decline("the card does not support this currency", _NEW_CARD),
    "do_not_honor": Decline("the bank declined without saying why", _CALL_BANK),
    "do_not_try_again": Decline("the bank declined for good without saying why", _NEW_CARD),
    "duplicate_transaction": Decline("the same amount was charged just before", "Look whether it was paid already."),
    "expired_card": Decline("the card has expired", _NEW_CARD),
    "fraudulent": Decline("the payment is suspected to be fraudulent", _DISCREET),
    "generic_decline": Decline("the bank declined without saying why", _CALL_BANK),
    "highest_risk_level": Decline("Stripe Radar blocked the payment as too risky", _DISCREET),
    "incorrect_address": Decline("the address does not match the card's", _FIX_DETAILS),
    "incorrect_cvc": Decline("the card's security code is wrong", _FIX_DETAILS),
    "incorrect_number": Decline("the card's number is wrong", _FIX_DETAILS),
    "incorrect_pin": Decline("the PIN is wrong", _FIX_DETAILS),
    "incorrect_zip": Decline("the postal code does not match the card's", _FIX_DETAILS),
    "insufficient_funds": Decline("there is not enough money on the account", _MONEY),
    "invalid_account": Decline("the card or its account is not valid", _NEW_CARD),
    "invalid_amount": Decline("the amount is not allowed or above the card's limit", _CALL_BANK),
    "invalid_cvc": Decline("the card's security code is wrong", _FIX_DETAILS),
    "invalid_expiry_month": Decline("the card's expiry month is wrong", _FIX_DETAILS),
    "invalid_expiry_year": Decline("the card's expiry year is wrong", _FIX_DETAILS),
    "invalid_number": Decline("the card's number is wrong", _FIX_DETAILS),
    "invalid_pin": Decline("the PIN is wrong", _FIX_DETAILS),
    "issuer_not_available": Decline("the bank could not be reached", _RETRY),
    "lost_card": Decline("the card was reported lost", _DISCREET),
    "merchant_blacklist": Decline("the payment matches our account's block list at Stripe", _DISCREET),
    "mobile_device_authentication_required": Decline("the bank wants it confirmed on a phone", _CONFIRM),
    "new_account_information_available": Decline("the card or its account has changed", _NEW_CARD),
    "no_action_taken": Decline("the bank declined without saying why", _CALL_BANK),
    "not_permitted": Decline("the payment is not permitted", _CALL_BANK),
    "offline_pin_required": Decline("the card asks for its PIN", _NEW_CARD),
    "online_or_offline_pin_required": Decline("the card asks for its PIN", _NEW_CARD),
    "pickup_card": Decline("the card cannot be used: it may be reported lost or stolen", _DISCREET),
    "pin_try_exceeded": Decline("the PIN was entered wrong too often", _NEW_CARD),
    "previously_declined_do_not_retry": Decline("Stripe did not try again, since the bank forbade it", _NEW_CARD),
    "processing_error": Decline("an error occurred while the card was charged", _RETRY),
    "reenter_transaction": Decline("the bank could not process the payment", _RETRY),
    "restricted_card": Decline("the card cannot be used: it may be reported lost or stolen", _DISCREET),
    "revocation_of_all_authorizations": Decline("the customer told the bank to stop all payments", _CALL_BANK),
    "revocation_of_authorization": Decline("the customer told the bank to stop this payment", _CALL_BANK),
    "security_violation": Decline("the bank declined without saying why", _CALL_BANK),
    "service_not_allowed": Decline("the bank declined without saying why", _CALL_BANK),
    "stolen_card": Decline("the card was reported stolen", _DISCREET),
    "stop_payment_order": Decline("the customer told the bank to stop this payment", _CALL_BANK),
    "test_mode_live_card": Decline("a real card was used in test mode", _OURS),
    "testmode_decline": Decline("a test card was used", _OURS),
    "transaction_not_allowed": Decline("the bank declined without saying why", _CALL_BANK),
    "try_again_later": Decline("the bank declined for the moment without saying why", _RETRY),
    "withdrawal_count_limit_exceeded": Decline("the card's limit is used up", _MONEY),
}


def decline(code: str) -> Decline:
    """Return what a card decline code of Stripe's means and what usually helps; an unknown code means itself."""
    return _CODES.get(code) or Decline(code, _CALL_BANK)
