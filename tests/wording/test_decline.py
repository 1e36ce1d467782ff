"""Why payments fail: each of Stripe's codes has words and advice that fits the payment method, or can't occur here."""

import ast
import inspect
import re
import textwrap
from itertools import product

import pytest
from stripe import Charge, PaymentIntent, PaymentMethod

from domain.cancellations.stored_case import is_own_decision
from wording.decline import decline
from wording.decline_codes import ANY_CODES, CANNOT_OCCUR, CARD_CODES, DEBIT_CODES
from wording.payment_method import OTHER, payment_method

KNOWN = CARD_CODES | DEBIT_CODES | ANY_CODES
IMPOSSIBLE = [code for codes in CANNOT_OCCUR.values() for code in codes.split()]

# Stripe: "Decline codes", the table of local payment methods and their outcome reasons.
LOCAL = [
    "compliance_violation",
    "currency_not_supported",
    "duplicate_transaction",
    "expired_card",
    "expired_payment_information",
    "insufficient_funds",
    "invalid_amount",
    "invalid_authorization",
    "invalid_billing_agreement",
    "invalid_business_account",
    "invalid_customer_account",
    "invalid_payment_information",
    "partner_duplicate_transaction",
    "partner_expired_card",
    "partner_generic_decline",
    "partner_high_risk_customer",
    "partner_insufficient_funds",
    "partner_invalid_amount",
    "partner_invalid_currency",
    "partner_payment_not_found",
    "partner_processing_error",
    "payment_disputed",
    "payment_limit_exceeded",
    "processing_error",
    "recurring_not_supported_by_bank",
]
# Stripe: the failure codes of SEPA, BECS, Bacs and ACH debits.
DEBITS = [
    "account_closed",
    "authorization_revoked",
    "bank_account_restricted",
    "branch_does_not_exist",
    "debit_authorization_not_match",
    "debit_disputed",
    "debit_not_authorized",
    "generic_could_not_process",
    "incorrect_account_holder_name",
    "insufficient_funds",
    "invalid_account_number",
    "no_account",
    "recipient_deceased",
    "refer_to_customer",
]


def _literals(of: type, field: str) -> set[str]:
    """Return the values that the SDK's type of a field names; the type is open, so Stripe may send others."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(of)))
    body = next(node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    fields = [each for each in body.body if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)]
    [found] = [each.annotation for each in fields if isinstance(each.target, ast.Name) and each.target.id == field]
    return {each.value for each in ast.walk(found) if isinstance(each, ast.Constant) and isinstance(each.value, str)}


def test_every_error_code_of_the_sdk_is_classified() -> None:
    codes = _literals(PaymentIntent.LastPaymentError, "code")
    assert len(codes) > 200
    assert codes - KNOWN.keys() - set(IMPOSSIBLE) == set()


def test_a_code_is_classified_once() -> None:
    assert len(KNOWN) == len(CARD_CODES) + len(DEBIT_CODES) + len(ANY_CODES)
    assert len(set(IMPOSSIBLE)) == len(IMPOSSIBLE)
    assert not KNOWN.keys() & set(IMPOSSIBLE)


def test_every_outcome_reason_of_the_sdk_is_classified() -> None:
    """The SDK names them in the field's text only."""
    text = inspect.getsource(Charge.Outcome)
    told = text[text.index("detailed explanation of the outcome's `type`") : text.index("risk_level: Optional")]
    named = set(re.findall(r"value `(\w+)`", told))
    assert named == {"highest_risk_level", "elevated_risk_level", "low_probability_of_authorization", "rule"}
    assert named <= KNOWN.keys()


@pytest.mark.parametrize("code", [*LOCAL, *DEBITS])
def test_local_payments_codes_have_words(code: str) -> None:
    assert code in KNOWN


def test_every_payment_method_of_the_sdk_has_a_name() -> None:
    kinds = _literals(PaymentMethod, "type")
    assert len(kinds) > 50
    assert [kind for kind in kinds if payment_method(kind) == OTHER] == []


@pytest.mark.parametrize(
    ("method", "name", "helps"),
    [
        ("card", "card", "call it, or to add another card"),
        ("sepa_debit", "SEPA direct debit", "call it, or to add another payment method"),
        ("bacs_debit", "Bacs Direct Debit", "call it, or to add another payment method"),
        ("us_bank_account", "ACH direct debit", "call it, or to add another payment method"),
        ("au_becs_debit", "BECS direct debit", "call it, or to add another payment method"),
        ("paypal", "PayPal", "Only PayPal can say more"),
        ("ideal", "iDEAL", "Only iDEAL can say more"),
        ("link", "Link", "Only Link can say more"),
        ("boleto", "Boleto", "check with their bank or payment provider"),
        ("moon_money", "payment method", "check with their bank or payment provider"),
    ],
)
def test_an_unknown_code_gets_what_is_true_of_its_payment_method(method: str, name: str, helps: str) -> None:
    told = decline("brand_new_code", method)
    assert told.meaning == f"brand_new_code ({name})"
    assert helps in told.helps


def test_advice_fits_the_payment_method() -> None:
    for code, method in product(KNOWN, sorted(_literals(PaymentMethod, "type"))):
        told = decline(code, method)
        assert "{" not in told.meaning + told.helps
        if payment_method(method).family not in {"card", "voucher"}:
            assert not re.search(r"(another|same) card|the card's details", told.helps), (code, method)
    assert decline("expired_card", "paypal").meaning == "the card registered with PayPal has expired"
    assert decline("insufficient_funds", "sepa_debit").helps.endswith("or with another payment method.")
    assert decline("account_closed", "us_bank_account").helps == (
        "Ask them to set up the ACH direct debit with another account, or to add another payment method."
    )
    assert decline("account_closed").helps.startswith("Ask them to set up the direct debit with another account")


@pytest.mark.parametrize(
    "code",
    [
        "debit_not_authorized",
        "authorization_revoked",
        "payment_intent_mandate_invalid",
        "india_recurring_payment_mandate_canceled",
        "stop_payment_order",
        "revocation_of_authorization",
        "payment_method_customer_decline",
    ],
)
def test_a_decision_is_no_mishap(code: str) -> None:
    assert is_own_decision(code)
    assert decline(code).helps.startswith("This was a decision, not a mishap")


def test_decision_and_advice_agree() -> None:
    assert {code for code in KNOWN if is_own_decision(code)} == {
        code for code, (_, advice) in KNOWN.items() if advice in {"own", "died", "dispute"}
    }
    assert not is_own_decision(None)


def test_an_impossible_code_is_ours_to_look_at() -> None:
    assert all(reason.endswith(".") for reason in CANNOT_OCCUR)
    assert decline("api_key_expired").helps == "This is ours to fix: look at the payment in Stripe's dashboard."
