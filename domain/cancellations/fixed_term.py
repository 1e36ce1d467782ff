"""Fixed terms: an end that belongs to the sale, as of a contract or of instalments, and is no cancellation.

An example: twelve instalments, sold on 1 May.

1. 1 May 12:00:00, event `created`: no end. 12:00:03, event: `cancel_at` is 1 May next year, `canceled_at` 12:00:03.
   That is within an hour of the sale and more than one billing period ahead: a term, not a request.
2. 9 June, event: `cancel_at` is a year later. The term is longer, and still nobody has cancelled.
3. 2 July, event: `cancel_at` is 1 August. That is earlier: somebody has cancelled.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from domain.cancellations.timeline import SeenState, State

Phase = Literal["neither", "pending", "ended"]

AT_THE_SALE = timedelta(hours=1)
"""How long after the sale an end set by the company still belongs to it; also how long a new end may take to follow."""

_UNNAMED = frozenset({None, "cancellation_requested"})


@dataclass(slots=True)
class FixedTerm:
    """Follows a subscription's states in order, and tells the end of its term from a cancellation.

    `canceled_ats` are the values of Stripe's `canceled_at` that the term itself has left: no request had them.
    """

    created_at: datetime
    canceled_ats: set[datetime] = field(default_factory=set)
    _ends_at: datetime | None = None
    _by_flag: bool = False  # created with `cancel_at_period_end`, which therefore says nothing
    _lifted: SeenState | None = None
    _lifted_end: datetime | None = None
    _sold_at: datetime | None = None
    _unseen: bool = True

    def phase(self, seen: SeenState, *, pending: bool) -> Phase:
        """Return the phase that a state shows; `pending`: a case is pending, so an end is that case's."""
        state = seen.state
        if not state.status.startswith("incomplete") and self._sold_at is None:
            self._sold_at = self.created_at if self._unseen else seen.seen_at
        if state.ended and pending:
            return "ended"
        if not pending and self._is_set_by(seen):
            self._ends_at, self._by_flag = state.cancel_at, state.cancel_at_period_end
        elif self._ends_at is not None and state.cancel_at is None and not state.ended:
            self._lifted, self._lifted_end, self._ends_at = seen, self._ends_at, None
        elif not pending and self._is_set_again_by(seen):
            self._ends_at, self._by_flag = state.cancel_at, False
        self._unseen = False
        if self._ends_at is None or self._is_cancelled_by(state, self._ends_at):
            return phase_of(state)
        self._ends_at = max(self._ends_at, state.cancel_at or self._ends_at)
        if state.canceled_at is not None:
            self.canceled_ats.add(state.canceled_at)
        return "neither"

    def _is_set_by(self, seen: SeenState) -> bool:
        """Return whether a state has an end that nobody asked for."""
        state = seen.state
        if state.cancel_at is None or (state.has_words and not state.ended):
            return False
        set_at = state.canceled_at
        if state.ended and state.kind in _UNNAMED and set_at is not None and set_at >= state.cancel_at:
            set_at = None  # that is when it ended
        if self._unseen and set_at in {None, self.created_at}:
            return True
        if set_at is None:
            by_schedule = state.kind in (_UNNAMED if state.ended else {None})
            return by_schedule and not state.cancel_at_period_end and not self._shortens(state.cancel_at)
        sale_ends_at = (self._sold_at or self.created_at) + AT_THE_SALE
        if seen.seen_at > sale_ends_at and self._shortens(state.cancel_at) and set_at in self.canceled_ats:
            return False  # made earlier since, though Stripe's `canceled_at` stayed
        at_the_sale = sale_ends_at >= set_at
        one_period = state.first_period_ends_at
        far_ahead = one_period is not None and state.cancel_at > one_period + AT_THE_SALE
        return at_the_sale and far_ahead and not state.cancel_at_period_end

    def _is_set_again_by(self, seen: SeenState) -> bool:
        """Return whether a term that was lifted gets a later end soon after: it was moved in two steps."""
        state = seen.state
        if self._lifted is None or self._lifted_end is None or state.cancel_at is None:
            return False
        soon = seen.seen_at <= self._lifted.seen_at + AT_THE_SALE
        return soon and state.cancel_at > self._lifted_end and not state.cancel_at_period_end and not state.has_words

    def _shortens(self, ends_at: datetime) -> bool:
        return self._ends_at is not None and ends_at < self._ends_at

    def _is_cancelled_by(self, state: State, ends_at: datetime) -> bool:
        """Return whether somebody cancelled before the term's end; a moved `canceled_at` alone is no request."""
        if state.ended:
            return state.ended_at is None or state.ended_at < max(ends_at, state.cancel_at or ends_at)
        earlier = state.cancel_at is not None and state.cancel_at < ends_at
        return earlier or state.has_words or (state.cancel_at_period_end and not self._by_flag)


def phase_of(state: State) -> Phase:
    """Return the phase that a state shows by itself, whatever came before it."""
    if state.ended:
        return "ended"
    if state.status.startswith("incomplete"):
        return "neither"
    return "pending" if state.cancel_at_period_end or state.cancel_at is not None else "neither"
