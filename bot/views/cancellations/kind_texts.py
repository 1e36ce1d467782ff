"""The texts of each kind of cancellation: who or what ended it."""

from dataclasses import dataclass

from domain.winback.case_card import CaseCard
from wording.sanitize import cut, one_line

_MOST = 150


@dataclass(frozen=True, slots=True)
class KindTexts:
    """The texts of a kind of cancellation: a sentence about a customer, and what happened, to follow a name."""

    sentence: str
    happened: str


_ASKED = KindTexts("{a_plan} customer cancelled", " cancelled")
_KINDS = {
    None: _ASKED,
    "cancellation_requested": _ASKED,
    "payment_failed": KindTexts("{a_plan} customer was lost to a failed payment", ": payment failed for good"),
    "payment_disputed": KindTexts("{a_plan} customer was lost to a disputed payment", " disputed a payment"),
    "trial_ended": KindTexts("{a_plan} trial ended with no card on file", ": trial ended with no card on file"),
    "canceled_by_retention_policy": KindTexts(
        "{a_plan} subscription was removed by Stripe's retention policy", ": removed by Stripe's retention policy"
    ),
}
_STOPPED = KindTexts("{a_plan} customer's payments were stopped", ": payments stopped")
"""For a payment that failed because somebody decided so."""


def kind_texts(card: CaseCard) -> KindTexts:
    """Return the texts of a card's kind of cancellation."""
    said = card.case.episode.cancellation.kind
    if card.case.kind != said:
        return _STOPPED
    unknown = cut(one_line(said or ""), _MOST)
    return _KINDS.get(said) or KindTexts(
        "{a_plan} customer was lost (" + unknown.replace("{", "").replace("}", "") + ")", f": lost ({unknown})"
    )


def asked_to_end(card: CaseCard) -> bool:
    """Return whether somebody cancelled, rather than a payment or a trial that ended it."""
    return kind_texts(card) is _ASKED


def card_is_to_change(card: CaseCard) -> bool:
    """Return whether the customer is lost to a failed payment, which a page to change the card may mend."""
    return card.case.episode.cancellation.kind == "payment_failed" and kind_texts(card) is not _STOPPED
