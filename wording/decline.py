"""Why a payment failed, and what usually helps, by Stripe's code and the payment method."""

from dataclasses import dataclass

from wording.decline_codes import ANY_CODES, CANNOT_OCCUR, CARD_CODES, DEBIT_CODES, Advice
from wording.payment_method import CARD, DEBIT, OTHER, Family, PaymentMethod, payment_method

_EVERYBODY: dict[Advice, str] = {
    "new": "Ask them to add another payment method.",
    "call": "Ask them to check with their bank or payment provider, or to add another payment method.",
    "details": "Ask them to enter their payment details again.",
    "confirm": "Ask them to confirm the payment with their bank or payment provider, or to add another payment method.",
    "retry": "It often passes: the same payment method may work if they subscribe again.",
    "money": "It often works soon after payday, or with another payment method.",
    # Stripe asks not to tell customers of these, as the holder of a stolen card would learn of it.
    "discreet": "Ask them to add another payment method, without naming the cause.",
    "own": "This was a decision, not a mishap: don't press them to pay. If they write, offer another way to pay.",
    "died": "Don't write to them. Somebody should look at this account with care.",
    "dispute": "Settle the dispute in Stripe's dashboard first, and don't ask for the money meanwhile.",
    "check_paid": "Look whether it was paid already.",
    "ours": "This is ours to fix: look at the payment in Stripe's dashboard.",
}
_ADVICE: dict[Family, dict[Advice, str]] = {
    "card": {
        "new": "Ask them to add another card.",
        "call": "Only their bank can say more: ask them to call it, or to add another card.",
        "details": "Ask them to enter the card's details again.",
        "confirm": "Ask them to confirm the payment with their bank, or to add another card.",
        "retry": "It often passes: the same card may work if they subscribe again.",
        "money": "It often works soon after payday, or with another card.",
        "discreet": "Ask them to add another card, without naming the cause.",
    },
    "debit": {
        "new": "Ask them to set up the {name} with another account, or to add another payment method.",
        "call": "Only their bank can say more: ask them to call it, or to add another payment method.",
        "details": "Ask them to enter their bank details again.",
        "confirm": "Ask them to allow the {name} at their bank, or to add another payment method.",
        "retry": "It often passes: the same account may work if they subscribe again.",
    },
    "provider": {
        "new": "Ask them to look at what {name} has on file, or to add another payment method.",
        "call": "Only {name} can say more: ask them to contact it, or to add another payment method.",
        "details": "Ask them to connect {name} again, or to add another payment method.",
        "confirm": "Ask them to confirm the payment with {name}, or to add another payment method.",
        "retry": "It often passes: {name} may work if they subscribe again.",
    },
    "voucher": {"confirm": "Ask them to make the payment ({name}), or to add a card, which pays by itself."},
    "other": {},
}


@dataclass(frozen=True, slots=True)
class Decline:
    """A decline code: what it means in words that go on from "declined: ", and what usually helps."""

    meaning: str
    helps: str


def decline(code: str, method: str | None = None) -> Decline:
    """Return what a code of Stripe's means and what usually helps, for a payment method by Stripe's type.

    `method` None: not known, so the code decides. An unknown code means itself, and the payment method's usual advice.
    """
    known = CARD_CODES.get(code) or DEBIT_CODES.get(code) or ANY_CODES.get(code)
    by = payment_method(method) if method else _usual_method(code)
    if known is not None:
        meaning, advice = known
        said = meaning.format(thing=by.thing, party=by.party, card=by.card)
    else:
        said, advice = f"{code} ({by.name})" if method else code, "ours" if _cannot_occur(code) else "call"
    helps = _ADVICE[by.family].get(advice, _EVERYBODY[advice])
    return Decline(said, helps.format(name=by.name))


def _usual_method(code: str) -> PaymentMethod:
    if code in CARD_CODES:
        return CARD
    return DEBIT if code in DEBIT_CODES else OTHER


def _cannot_occur(code: str) -> bool:
    return any(code in codes.split() for codes in CANNOT_OCCUR.values())
