"""The first start: what will come into the channels, and who left in the 30 days before, said once."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from domain.billing.monthly_value import MonthlyValue
from domain.cancellations.case import Episode, fold
from domain.cancellations.observation import Observation
from domain.ids import SubscriptionId
from domain.money import Money
from domain.permissions import Action
from domain.results.first_days import EarlierCancellations
from flows.cancellations.fresh_read import loss_of
from flows.cancellations.track_case import FIRST_START
from flows.effects import PostManagersWelcome, PostSample, PostWelcome
from flows.events.receive import is_foreign
from flows.failures import Refused
from flows.outbox.dispatcher import Attempt
from flows.people.staff_permissions import StaffPermissions, for_staff
from flows.ports import Staff
from flows.ports.context import Context

WELCOMED = "welcomed"
"""The checkpoint of the first messages."""
DAYS = timedelta(days=30)
FRESH = timedelta(hours=1)
"""A first start that was longer ago is no news: the bot was updated."""
MOST_PAGES = 50
MOST_READ = 500
"""Subscriptions that are read at Stripe for what they were worth."""


@dataclass(frozen=True, slots=True)
class SampleComes:
    """A sample will be posted."""


@dataclass(frozen=True, slots=True)
class Welcome:
    """Asks for the first messages, and the work behind `PostWelcome`, `PostManagersWelcome` and `PostSample`."""

    context: Context
    permission: StaffPermissions

    async def begin(self, now: datetime) -> None:
        """Have the first messages posted, if this is the first start; a restart asks for none."""
        async with self.context.store.read() as unit:
            started_at = await unit.checkpoints.get(FIRST_START)
            if started_at is None or now - started_at > FRESH or await unit.checkpoints.get(WELCOMED) is not None:
                return
        approvals = self.context.settings.approvals
        async with self.context.store.begin() as unit:
            await unit.checkpoints.set_once(WELCOMED, now)
            await unit.outbox.add(PostWelcome(started_at.isoformat()), key="welcome", due_at=now)
            if approvals is not None:
                await unit.outbox.add(PostManagersWelcome(approvals), key="welcome:managers", due_at=now)
            await unit.commit()

    async def post(self, effect: PostWelcome, attempt: Attempt, now: datetime) -> None:
        """Post what will come into the cancellations channel, and who left in the 30 days before the first start."""
        earlier = await self.earlier(datetime.fromisoformat(effect.started_at))
        await attempt.post_once(partial(self.context.chat.post_welcome, earlier), near=None)

    async def post_for_managers(self, effect: PostManagersWelcome, attempt: Attempt, now: datetime) -> None:
        """Post into the approvals channel what will keep offers from being proposed at first."""
        await attempt.alert(self.context.wording.managers_welcome_text(), to=effect.to)

    async def post_sample(self, effect: PostSample, attempt: Attempt, now: datetime) -> None:
        """Post a card that is marked as a sample; there is no case behind it."""
        asked_at = datetime.fromisoformat(effect.asked_at)
        await attempt.post_once(partial(self.context.chat.post_sample, asked_at), near=None)

    @for_staff(Action.POST_SAMPLE)
    async def sample(self, *, requester: Staff, now: datetime) -> SampleComes:
        """Have a sample posted, one a minute at most."""
        async with self.context.store.begin() as unit:
            await unit.outbox.add(PostSample(now.isoformat()), key=f"sample:{now:%Y-%m-%dT%H:%M}", due_at=now)
            await unit.commit()
        return SampleComes()

    async def earlier(self, until: datetime) -> EarlierCancellations:
        """Return who left in the 30 days until a moment and isn't back, from Stripe's events."""
        since, pages, complete = until - DAYS, 0, True
        seen = defaultdict[SubscriptionId, list[Observation]](list)
        async for page in self.context.billing.events_back_to(since):
            for event in page:
                observation = self.context.webhooks.observation(event)
                if observation is None or event.created_at > until or await is_foreign(event, self.context):
                    continue
                seen[observation.subscription_id].append(observation)
            pages += 1
            if pages == MOST_PAGES:
                complete = False
                break
        left = [
            (subscription_id, episode)
            for subscription_id, observations in seen.items()
            for episode in fold(observations).episodes
            if episode.state in {"pending", "ended"} and episode.requested_at >= since
        ]
        values = [await self._value(*each) for each in left[:MOST_READ]]
        known = [value.now for value in values if value is not None and value.has_amount]
        reasons = Counter(_reason(episode) for _, episode in left)
        return EarlierCancellations(
            left=len(left),
            lost=_sums(known),
            unknown=len(left) - len(known),
            reasons=tuple(sorted(reasons.items(), key=lambda each: (each[0] is None, -each[1], each[0] or ""))),
            complete=complete,
        )

    async def _value(self, subscription_id: SubscriptionId, episode: Episode) -> MonthlyValue | None:
        try:
            reading = await self.context.billing.read_subscription(subscription_id)
        except Refused as refused:
            if refused.fault == "credential":
                raise
            return None
        return loss_of(reading.subscription, episode)


def _reason(episode: Episode) -> str | None:
    said = episode.cancellation
    return said.feedback_option or said.feedback or (None if episode.is_asked_why else said.kind)


def _sums(amounts: list[Money]) -> tuple[Money, ...]:
    sums = defaultdict[str, int](int)
    for each in amounts:
        sums[each.currency] += each.minor
    return tuple(Money(sums[currency], currency) for currency in sorted(sums))
