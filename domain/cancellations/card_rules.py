"""Which cancellations get a card of their own; the others appear in the digest only."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

from domain.cancellations.stored_case import Case
from domain.money import Money

TRIAL_CANCELLED: Final = "trial_cancelled"
_NAMES: Final = {
    None: "requested",
    "cancellation_requested": "requested",
    "payment_failed": "payment_failed",
    "payment_disputed": "payment_disputed",
    "trial_ended": "trial_ended",
    "canceled_by_retention_policy": "retention_policy",
}
CARD_KINDS: Final = frozenset({*_NAMES.values(), TRIAL_CANCELLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRules:
    """`kinds` get cards, and kinds that nobody could name; `least` is the monthly value from which on they do."""

    kinds: AbstractSet[str] = CARD_KINDS
    least: Mapping[str, Money] = field(default_factory=dict)

    @property
    def all_get_one(self) -> bool:
        """Whether every cancellation gets a card."""
        return self.kinds >= CARD_KINDS and not self.least

    def gives_card(self, case: Case) -> bool:
        """Return whether a case gets a card; one whose value isn't known does.

        What was cancelled while nothing was paid counts as a trial, and by what it would be worth.
        """
        name = _NAMES.get(case.kind)
        if name == "requested" and case.episode.was_paying is False:
            name = TRIAL_CANCELLED
        if name is not None and name not in self.kinds:
            return False
        if case.loss is None or not case.loss.has_amount:
            return True
        value = case.loss.would_be
        least = self.least.get(value.currency)
        return least is None or value.minor >= least.minor
