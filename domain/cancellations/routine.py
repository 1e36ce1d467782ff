"""Routine updates: events of a subscription that can't concern a cancellation, so that Stripe need not be asked.

An example: Pro is renewed every month, and its owner has never cancelled anything.

1. 1 May, event `created`: it is read. The program now knows it as active, and who its owner is.
2. 1 June, event: a new period and a new invoice, all else as before. Skipped: nothing that is kept would change.
3. 1 July, event: the same, and it is `past_due`. Read: its state has changed.
4. 9 July, event: `cancel_at` is set. Read, and a case begins. From now on each of its events is read.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.billing.subscription import LIVE_STATUSES, Cancellation
from domain.cancellations.observation import Observation
from domain.cancellations.timeline import arrange, state_of

UPDATED = "customer.subscription.updated"
_NO_WORDS = Cancellation(kind=None, feedback=None, feedback_option=None, comment=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionUpdate:
    """What an event alone says.

    `is_whole`: no field that tells of a cancellation is missing, as in older API versions. `changes_terms`: something
    else changed than the period, the newest invoice, the means of payment, or the company's own notes.
    """

    seen: Observation
    is_whole: bool
    changes_terms: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSubscription:
    """What is kept of a subscription that was read before.

    `has_case`: its person has one, of whatever subscription: a card, a value or an outcome may hang on this one too.
    `is_current`: its facts are kept, and its person's keys stand under the current secret key.
    """

    observations: Sequence[Observation]
    has_case: bool
    is_current: bool


def may_skip(update: SubscriptionUpdate, known: KnownSubscription | None) -> bool:
    """Return whether an event changes nothing that is kept or shown, now or later; any doubt means no.

    Its state must be the one the subscription was already known to be in at that time: then the event adds a state
    equal to the one before it, whatever else arrives late.
    """
    if known is None or known.has_case or not known.is_current:
        return False
    seen = update.seen
    if seen.event_type != UPDATED or seen.previous is None or seen.previous:
        return False
    if not update.is_whole or update.changes_terms or not _is_running(seen):
        return False
    before = [each.state for each in arrange(known.observations).states if each.seen_at <= seen.seen_at]
    return bool(before) and before[-1] == state_of(seen)


def _is_running(seen: Observation) -> bool:
    """Return whether a subscription just goes on: in use, not paused, with no end and no trace of a cancellation."""
    ends = (seen.canceled_at, seen.cancel_at, seen.ended_at)
    no_end = not seen.cancel_at_period_end and not any(ends)
    return seen.status in LIVE_STATUSES and no_end and not seen.collection_paused and seen.cancellation == _NO_WORDS
