"""Why customers left, on a card: the reason that staff note, and the name and comment that a lean card leaves out."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.cancellations.stored_case import Case, NotedReason
from domain.ids import CaseId
from domain.permissions import Action
from domain.winback.case_card import CaseCard
from flows.cancellations.case_actions import Already, CaseActionResult, CaseActions, NoSuchCase, look, record
from flows.cancellations.publish_card import CardPublisher
from flows.failures import CALL_FAILURES
from flows.people.staff_permissions import PermissionDenied
from flows.ports import Staff


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonChoices:
    """The reasons that the account asks for: Stripe's own, and the company's in its words.

    Both empty: it asks for none, or Stripe didn't say.
    """

    feedbacks: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseReasons:
    """*Note the reason…* and *Show name and comment*."""

    actions: CaseActions
    cards: CardPublisher

    async def choices(
        self, *, requester: Staff, case_id: CaseId, now: datetime
    ) -> ReasonChoices | Already | NoSuchCase | PermissionDenied:
        """Return the reasons to choose from, if the customer gave none."""
        context = self.actions.context
        denial = await self.actions.permission.denial(requester, Action.NOTE_REASON, whom=str(case_id), now=now)
        if denial is not None:
            return denial
        case = await self.actions.case(case_id)
        if case is None:
            return NoSuchCase()
        if case.episode.reason_given:
            return Already(what="reason_given", by=None)
        try:
            setting = await context.billing.portal_setting()
        except CALL_FAILURES:
            return ReasonChoices()
        return ReasonChoices(feedbacks=tuple(sorted(setting.reasons)), options=setting.feedback_options)

    async def note(
        self,
        *,
        requester: Staff,
        case_id: CaseId,
        feedback: str | None,
        option: str | None,
        words: str | None,
        now: datetime,
    ) -> CaseActionResult:
        """Store why the customer left, in place of an earlier note, but never over their own answer."""

        def note(case: Case) -> Case | Already:
            if case.episode.reason_given:
                return Already(what="reason_given", by=None)
            noted = NotedReason(feedback=feedback, feedback_option=option, words=words, by=requester.id, at=now)
            return replace(case, noted=noted)

        return await self.actions.change(Action.NOTE_REASON, requester, case_id, note, now=now, also=look(now))

    async def show_person(
        self, *, requester: Staff, case_id: CaseId, now: datetime
    ) -> CaseCard | NoSuchCase | PermissionDenied:
        """Return a case with the customer's name and words, and record who saw them."""
        denial = await self.actions.permission.denial(requester, Action.SHOW_PERSON, whom=str(case_id), now=now)
        if denial is not None:
            return denial
        card = await self.cards.card(case_id, now=now)
        if card is None:
            return NoSuchCase()
        async with self.actions.context.store.begin() as unit:
            await record(unit, Action.SHOW_PERSON, requester, case_id, now=now, outcome="shown")
            await unit.commit()
        return card
