"""A feature that people left for is there now: who asked for it, and a short letter proposed to each of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.cancellations.stored_case import Case, Facts
from domain.ids import CaseId
from domain.permissions import Action
from domain.winback.comment_phrases import find_phrase
from domain.winback.offer import Restart
from flows.failures import OutsideFailure
from flows.people.retry_conflicts import answer_failures
from flows.people.staff_permissions import PermissionDenied, StaffPermissions
from flows.ports import Staff
from flows.ports.context import Context
from flows.winback.policy.active_policy import ActivePolicy
from flows.winback.proposals.answers import DecisionAnswer
from flows.winback.proposals.draft import ProposalDrafts


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureRequest:
    """A leaver who asked for a feature, where it was found, and the words of theirs it stands in."""

    case: Case
    facts: Facts
    found_in: Literal["tag", "option", "words"]
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureRequests:
    """Who left and asked for a feature, the newest request first; proposed for is nobody yet."""

    feature: str
    wishes: tuple[FeatureRequest, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureProposals:
    """What became of each proposal, in the order it was asked for."""

    feature: str
    answers: tuple[tuple[CaseId, DecisionAnswer], ...]


MOST_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class FeatureLaunch:
    """The word `shipped`, and its button."""

    context: Context
    permission: StaffPermissions
    policies: ActivePolicy
    drafts: ProposalDrafts

    async def requests(
        self, *, requester: Staff, feature: str, now: datetime
    ) -> FeatureRequests | PermissionDenied | OutsideFailure:
        """List who left, is not back, and asked for a feature by tag, custom reason or in words; nothing is proposed.

        The feature stands there as whole words, in capitals or not.
        """

        async def listed() -> FeatureRequests | PermissionDenied:
            denial = await self.permission.denial(requester, Action.SHIPPED, now=now)
            if denial is not None:
                return denial
            since = now - self.policies.current.limits.oldest_case
            async with self.context.store.read() as unit:
                found = [
                    wish for case, facts in await unit.cases.open(since=since) if (wish := _wish(case, facts, feature))
                ]
            return FeatureRequests(feature=feature, wishes=tuple(reversed(found)))

        return await answer_failures(self.context.new_id(), listed)

    async def propose(
        self, *, requester: Staff, feature: str, case_ids: Sequence[CaseId], now: datetime
    ) -> FeatureProposals | PermissionDenied | OutsideFailure:
        """Propose a letter about the feature to each by hand: somebody else approves. Beyond twenty nothing is done."""

        async def proposed() -> FeatureProposals | PermissionDenied:
            denial = await self.permission.denial(requester, Action.SHIPPED, now=now)
            if denial is not None:
                return denial
            offer = Restart(shipped=feature)
            answers = [
                (
                    each,
                    await self.drafts.propose(
                        requester=requester, case_id=each, offer=offer, note=None, send_at=None, now=now
                    ),
                )
                for each in case_ids[:MOST_AT_ONCE]
            ]
            return FeatureProposals(feature=feature, answers=tuple(answers))

        return await answer_failures(self.context.new_id(), proposed)


def _wish(case: Case, facts: Facts, feature: str) -> FeatureRequest | None:
    words = case.episode.cancellation
    wanted = {"feature": (feature,)}
    for tag in case.tags:
        if find_phrase(tag, wanted):
            return FeatureRequest(case=case, facts=facts, found_in="tag", words=tag)
    if words.feedback_option is not None and find_phrase(words.feedback_option, wanted):
        return FeatureRequest(case=case, facts=facts, found_in="option", words=words.feedback_option)
    if words.comment is not None and find_phrase(words.comment, wanted):
        return FeatureRequest(case=case, facts=facts, found_in="words", words=words.comment)
    return None
