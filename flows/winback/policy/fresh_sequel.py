"""What became of a case's person by what was just read at Stripe, even if no event has told us yet."""

from collections.abc import Iterable, Sequence

from domain.billing.subscription import LIVE_STATUSES, Subscription
from domain.cancellations.sequel import Departure, OtherSubscription, Sequel, Switch, sequel_of
from domain.cancellations.stored_case import Case, CustomerReturn
from domain.winback.price_offer import phase_of
from domain.winback.proposal import OfferRow


def fresh_sequel(
    case: Case,
    known: Sequel | None,
    subscription: Subscription,
    held: Sequence[Subscription],
    *,
    cases: Iterable[Case],
    offers: Iterable[OfferRow],
) -> Sequel | None:
    """Return the sequel of a case; `known` is by what is stored.

    `held`: all the person's subscriptions, just read. `cases`: all their cases. `offers`: those of this case.
    """
    if isinstance(known, CustomerReturn | Switch):
        return known
    episode = case.episode
    if phase_of(subscription) != "ended" and subscription.ends_at is None:
        return CustomerReturn(at=episode.requested_at, subscription_id=subscription.id, same_subscription=True)
    offered = (each.created_at for each in offers if each.state not in {"stopped", "failed"})
    request = Departure(
        subscription_id=subscription.id,
        requested_at=episode.requested_at,
        resumed_at=None,
        offered_at=min(offered, default=None),
    )
    left = {each.subscription_id: each.episode.requested_at for each in cases if is_leaving(each)}
    others = [
        OtherSubscription(
            id=each.id,
            created_at=each.created_at,
            was_live=each.status in {"active", "trialing"},
            is_live=each.status in LIVE_STATUSES,
            left_at=left.get(each.id),
        )
        for each in held
    ]
    return sequel_of(request, others)


def is_leaving(case: Case) -> bool:
    """Return whether a case's subscription is cancelled, and nobody has taken that back."""
    return case.episode.state in {"pending", "ended"}
