"""What the first message says of the days before the first start."""

from dataclasses import dataclass

from domain.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierCancellations:
    """Who left in the 30 days before the first start and isn't back, as Stripe's events tell; none of it is stored.

    `lost` is what they brought a month, by currency, sorted by code; `unknown` counts those whose value isn't known.
    `reasons` has Stripe's feedback or the kind of cancellation, None: no reason, the most frequent first.
    `complete` is false if there were more events than were read.
    """

    left: int
    lost: tuple[Money, ...]
    unknown: int
    reasons: tuple[tuple[str | None, int], ...]
    complete: bool
