"""Updating the cases of a subscription from an event or a fresh read, and their cards."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from domain.billing.subscription import Customer, Subscription
from domain.cancellations.case import REASON_WINDOW, SubscriptionCases, fold, match
from domain.cancellations.observation import Observation
from domain.cancellations.stored_case import Case
from domain.ids import CaseId, PersonId, SubscriptionId
from flows.cancellations.fresh_read import facts_of, loss_of, new_case, observe, observe_event
from flows.cancellations.person_cards import PersonCards
from flows.cancellations.siblings import has_new_case, unseen_siblings
from flows.cancellations.withdraw_offers import withdraw_open
from flows.effects import CloseReasonWindow, Effect, EnrichCase, EvaluateCase, RefreshSubscription
from flows.failures import Unavailable, ignore_missing
from flows.outbox.message_updates import evaluation_key
from flows.people.identify import are_several, person_keys
from flows.ports import StripeEvent, SubscriptionReading
from flows.ports.context import Context
from flows.ports.store import AuditEntry, StoredSubscription, SubscriptionRow, UnitOfWork

FIRST_START = "first_start"
"""The checkpoint of the first start: older cancellations are stored silently."""

READS = 5
"""How often a read is repeated because the row changed meanwhile, before the event waits for a later attempt."""


@dataclass(frozen=True, slots=True)
class CaseTracker:
    """Turns observations of a subscription into its cases and their cards."""

    context: Context
    person_cards: PersonCards

    async def track(self, event: StripeEvent, *, now: datetime) -> None:
        """Update a subscription's cases from one stored event, and finish its inbox row in the same transaction."""
        seen = self.context.webhooks.observation(event)
        subject = seen.subscription_id if seen is not None else event.subject
        if subject is None:
            async with self.context.store.begin() as unit:
                await unit.inbox.finish(event.id)
                await unit.commit()
            return
        # What can't be read of an event is read afresh: it is a hint at least.
        await self._observe(SubscriptionId(subject), event, now=now)

    async def trust(self, event: StripeEvent, *, now: datetime) -> bool:
        """Update the cases from a `deleted` event alone: Stripe no longer knows its subscription. Finish the event.

        False: the subscription was never seen before, or it is another event; its row is finished all the same.
        """
        seen = self.context.webhooks.observation(event) if event.type == "customer.subscription.deleted" else None
        async with self.context.store.begin(cause=event.id) as unit:
            stored = await unit.observations.stored(seen.subscription_id, floor=FIRST_START) if seen else None
            before = None if stored is None else stored.row
            if seen is not None and stored is not None and before is not None:
                await unit.observations.add([replace(seen, created_at=before.created_at)])
                story = fold(await unit.observations.of(seen.subscription_id))
                row = replace(before, was_live=story.was_live, version=before.version + 1)
                if not await unit.observations.save_row(row, expected_version=before.version):
                    raise Unavailable("the subscription was changed at the same time")
                changed = await self._save_cases(unit, row, story, None, stored, now=now)
                if changed is not None:
                    await self.person_cards.update(unit, row.person_id, now=now, added=changed)
            await unit.inbox.finish(event.id)
            await unit.commit()
        return before is not None

    async def refresh(self, subscription_id: SubscriptionId, *, now: datetime) -> None:
        """Read a subscription and update its cases."""
        await self._observe(subscription_id, None, now=now)

    async def read_siblings(
        self, customer: Customer, *, now: datetime, of: SubscriptionId, newest: bool = True
    ) -> None:
        """Read what a customer, and others with their address, have apart from `of`, and that was never read."""
        for sibling in await unseen_siblings(self.context, customer, apart_from=of, newest=newest):
            with ignore_missing():
                await self._observe(sibling, None, now=now, looked=True)

    async def _observe(
        self, subscription_id: SubscriptionId, event: StripeEvent | None, *, now: datetime, looked: bool = False
    ) -> None:
        known, reading, seen = None, None, None
        for _ in range(READS):
            if reading is None or known is None:
                async with self.context.store.look() as unit:
                    known = await unit.observations.stored(subscription_id, floor=FIRST_START)
                reading = await self.context.billing.read_subscription(subscription_id)
                seen = None if event is None else await observe_event(self.context, event, reading)
                if not looked and reading.subscription.canceled_at not in {None, *known.canceled_ats}:
                    await self._look_at_siblings(reading, now=now)  # as it surely has a new case
                    looked = True
            async with self.context.store.begin(cause=None if event is None else event.id) as unit:
                saved = await self._save(unit, reading, seen, known, looked=looked, now=now)
                if saved == "saved":
                    if event is not None:
                        await unit.inbox.finish(event.id)
                    if known.is_paused:
                        await unit.outbox.resume("stripe", by_event=True)
                    await unit.commit()
                    return
            if saved == "siblings":  # the read is still good: whatever is read meanwhile raises the row's version
                await self._look_at_siblings(reading, now=now)
                looked = True
            else:
                reading = None
        raise Unavailable("the subscription kept changing while it was read")

    async def _look_at_siblings(self, reading: SubscriptionReading, *, now: datetime) -> None:
        """Read a customer's other subscriptions; the newest are told of by events, and read before an offer is made."""
        await self.read_siblings(reading.customer, of=reading.subscription.id, now=now, newest=False)

    async def _save(
        self,
        unit: UnitOfWork,
        reading: SubscriptionReading,
        seen: Observation | None,
        known: StoredSubscription,
        *,
        looked: bool,
        now: datetime,
    ) -> Literal["saved", "overtaken", "siblings"]:
        """Save all that follows from a read; nothing if the row changed or a new case's siblings weren't looked at."""
        subscription, before, version = reading.subscription, known.row, known.version
        await unit.observations.add([*([] if seen is None else [seen]), observe(reading, version=version)])
        story = fold(await unit.observations.of(subscription.id))
        if not looked and await has_new_case(unit, subscription.id, story):
            return "siblings"
        address = reading.customer.email
        keys = person_keys(self.context.keyring, customer_id=subscription.customer_id, address=address)
        was_known_by = before.facts.customer_email if before is not None and before.facts is not None else None
        merging = address != was_known_by and await are_several(unit, keys)
        person_id = await unit.people.identify(keys, new_id=PersonId(self.context.new_id()), now=now)
        row = SubscriptionRow(
            id=subscription.id,
            customer_id=subscription.customer_id,
            person_id=person_id,
            created_at=subscription.created_at,
            was_live=story.was_live,
            facts=facts_of(reading, plan=self.context.wording.plan(subscription)),
            version=version + 1,
        )
        if not await unit.observations.save_row(row, expected_version=version):
            return "overtaken"
        changed = await self._save_cases(unit, row, story, subscription, known, now=now)
        if merging:
            await self.person_cards.settle_merger(unit, person_id, now=now)
        elif changed is not None or before is None or replace(before, version=row.version) != row:
            await self.person_cards.update(unit, person_id, now=now, added=changed or ())
        if story.read_again:
            second = f"read:{subscription.id}:{reading.read_at.isoformat()}"
            await unit.outbox.add(RefreshSubscription(subscription.id), key=second, due_at=now + timedelta(seconds=1))
        return "saved"

    async def _save_cases(
        self,
        unit: UnitOfWork,
        row: SubscriptionRow,
        story: SubscriptionCases,
        subscription: Subscription | None,
        stored: StoredSubscription,
        *,
        now: datetime,
    ) -> list[CaseId] | None:
        """Save a subscription's cases; return those that are new, or None if none changed."""
        reported = frozenset[datetime]().union(*(episode.canceled_ats for episode in story.episodes))
        known = [
            case
            for case in (await unit.cases.of_subscription(row.id) if stored.has_cases else ())
            if case.episode.state != "withdrawn" or case.episode.canceled_ats & reported
        ]
        by_id = {case.id: case for case in known}
        changed, added = False, list[CaseId]()
        continued = match([(case.id, case.episode.canceled_ats) for case in known], story.episodes)
        for case_id, episode, loss in zip(continued, story.episodes, story.losses, strict=True):
            if case_id is None:
                silent = stored.floor is not None and episode.requested_at < stored.floor
                lost = loss or (loss_of(subscription, episode) if subscription is not None else None)
                case = new_case(CaseId(self.context.new_id()), row, episode, loss=lost, silent=silent)
                await unit.cases.add(case)
                added.append(case.id)
            else:
                before = by_id[case_id]
                held = before.episode.canceled_ats | episode.canceled_ats
                case = replace(before, episode=replace(episode, canceled_ats=held), loss=loss or before.loss)
                if case == before:
                    continue
                if not await unit.cases.save(case):
                    raise Unavailable("the case was changed while its subscription was read")
            changed = True
            await self._record(unit, case, now=now)
            await self._follow_up(unit, case, now=now)
        for case in known:
            if case.id not in continued and case.episode.state != "withdrawn":
                changed = True
                await self._withdraw(unit, case, now=now)
        return added if changed else None

    async def _withdraw(self, unit: UnitOfWork, case: Case, *, now: datetime) -> None:
        """Withdraw a case that turned out to be none, so that its card says so and its history is kept."""
        withdrawn = replace(case, episode=replace(case.episode, state="withdrawn"))
        if not await unit.cases.save(withdrawn):
            raise Unavailable("the case was changed while its subscription was read")
        await self._record(unit, withdrawn, now=now)
        await withdraw_open(unit, case_id=case.id, why="no_case", now=now)

    async def _record(self, unit: UnitOfWork, case: Case, *, now: datetime) -> None:
        episode = case.episode
        await unit.audit.append(
            AuditEntry(
                who="stripe", action="cancellation", whom=str(case.id), at=now, outcome=episode.state,
                note=episode.cancellation.kind or "",
            )
        )  # fmt: skip

    async def _follow_up(self, unit: UnitOfWork, case: Case, *, now: datetime) -> None:
        """Add the effects that a case needs beside its card."""
        if case.silent:
            return
        episode = case.episode
        effects = dict[str, tuple[Effect, datetime]]()
        if self.context.settings.approvals:
            effects[evaluation_key(case.id, at=now)] = EvaluateCase(case.id), now
        moment = f"{case.id}:{episode.state}:{episode.cancellation.kind}:{episode.newest_at.isoformat()}"
        effects[f"enrich:{moment}"] = EnrichCase(case.id), now
        if not episode.reason_given:
            effects[f"reason:{case.id}"] = CloseReasonWindow(case.id), episode.requested_at + REASON_WINDOW
        await unit.outbox.add_all(effects)
