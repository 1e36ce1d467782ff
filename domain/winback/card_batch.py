"""A batch: many cases in one message, each a numbered row."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.winback.case_card import CaseCard


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchEntry:
    """One numbered row; `own_card`: the case has its own card, too, or is about to get it."""

    card: CaseCard
    own_card: bool

    @property
    def needs_card(self) -> bool:
        """Whether somebody acted on the case, an offer is proposed, or the person is back."""
        card = self.card
        return (
            card.case.owner is not None or bool(card.case.tags) or card.winback is not None or card.comeback is not None
        )


CardBatch = Sequence[BatchEntry]
"""The rows of a batch in order: the first has number 1."""
