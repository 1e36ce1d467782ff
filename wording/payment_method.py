"""What payment methods are called, and how each of them works, as far as advice depends on it."""

from dataclasses import dataclass
from typing import Literal

Family = Literal["card", "debit", "provider", "voucher", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentMethod:
    """A payment method: its name in a sentence, and the family.

    A `card` or a bank account (`debit`) is charged by us; a `provider` such as PayPal stands between; with a `voucher`
    the customer pays each time.
    """

    name: str
    family: Family

    @property
    def thing(self) -> str:
        """What is charged: "the card", "the bank account", "the PayPal account"."""
        match self.family:
            case "card":
                return "the card"
            case "debit":
                return "the bank account"
            case "provider":
                return f"the {self.name} account"
            case _:
                return "the payment method"

    @property
    def party(self) -> str:
        """Who declines: "the bank", "PayPal"."""
        match self.family:
            case "card" | "debit":
                return "the bank"
            case "provider":
                return self.name
            case _:
                return "the bank or payment provider"

    @property
    def card(self) -> str:
        """The card behind it: "the card", "the card registered with PayPal"."""
        return f"the card registered with {self.name}" if self.family == "provider" else "the card"


CARD = PaymentMethod(name="card", family="card")
DEBIT = PaymentMethod(name="direct debit", family="debit")
OTHER = PaymentMethod(name="payment method", family="other")

# Stripe: the types of a PaymentMethod.
_NAMES: dict[Family, dict[str, str]] = {
    "card": {"card": "card", "card_present": "card", "interac_present": "card", "kr_card": "Korean card"},
    "debit": {
        "acss_debit": "pre-authorised debit",
        "au_becs_debit": "BECS direct debit",
        "bacs_debit": "Bacs Direct Debit",
        "nz_bank_account": "BECS direct debit",
        "sepa_debit": "SEPA direct debit",
        "us_bank_account": "ACH direct debit",
    },
    "provider": {
        "affirm": "Affirm", "afterpay_clearpay": "Afterpay", "alipay": "Alipay", "alma": "Alma",
        "amazon_pay": "Amazon Pay", "bancontact": "Bancontact", "billie": "Billie", "bizum": "Bizum", "blik": "BLIK",
        "cashapp": "Cash App Pay", "eps": "EPS", "fpx": "FPX", "giropay": "giropay", "grabpay": "GrabPay",
        "ideal": "iDEAL", "kakao_pay": "Kakao Pay", "klarna": "Klarna", "link": "Link", "mb_way": "MB WAY",
        "mobilepay": "MobilePay", "naver_pay": "Naver Pay", "p24": "Przelewy24", "pay_by_bank": "Pay by Bank",
        "payco": "PAYCO", "paypal": "PayPal", "paypay": "PayPay", "payto": "PayTo", "pix": "Pix",
        "revolut_pay": "Revolut Pay", "samsung_pay": "Samsung Pay", "satispay": "Satispay", "scalapay": "Scalapay",
        "sequra": "seQura", "sofort": "Sofort", "sunbit": "Sunbit", "swish": "Swish", "twint": "TWINT", "upi": "UPI",
        "wechat_pay": "WeChat Pay", "zip": "Zip",
    },
    "voucher": {
        "boleto": "Boleto", "crypto": "stablecoin payment", "custom": "payment outside Stripe",
        "customer_balance": "bank transfer", "konbini": "Konbini", "multibanco": "Multibanco", "oxxo": "OXXO",
        "paynow": "PayNow", "promptpay": "PromptPay",
    },
}  # fmt: skip
_METHODS = {
    kind: PaymentMethod(name=name, family=family) for family, names in _NAMES.items() for kind, name in names.items()
}


def payment_method(kind: str) -> PaymentMethod:
    """Return a payment method by Stripe's type; one that Stripe adds later is a "payment method"."""
    return _METHODS.get(kind, OTHER)
