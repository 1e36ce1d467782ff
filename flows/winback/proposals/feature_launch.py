"""A feature that people left for has shipped: list who asked for it, and propose a short email to each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.cancellations.stored_case import Case, Facts
from domain.ids import CaseId
from domain.permissions import Action
from domain.winback.offer import Restart
from domain.winback.rule_matching import find_phrase
from flows.people.staff_permissions import StaffPermissions, for_staff
from flows.ports import Staff
from flows.ports.context import Context
from flows.winback.policy.active_policy import ActivePolicy
from flows.winback.proposals.answers import DecisionAnswer
from flows.winback.proposals.draft import ProposalDrafts


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureRequest:
    """A case that asked for a feature, with where the request was found and its words."""

    case: Case
    facts: Facts
    found_in: Literal["tag", "option", "words"]
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureRequests:
    """Cases that asked for a feature, newest first; nothing has been proposed yet."""

    feature: str
    requests: tuple[FeatureRequest, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureProposals:
    """The answer for each proposal, in the order of the cases."""

    feature: str
    answers: tuple[tuple[CaseId, DecisionAnswer], ...]


MOST_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class FeatureLaunch:
    """The command `shipped`, and its button."""

    context: Context
    permission: StaffPermissions
    policies: ActivePolicy
    drafts: ProposalDrafts

    @for_staff(Action.SHIPPED)
    async def requests(self, *, requester: Staff, feature: str, now: datetime) -> FeatureRequests:
        """Return the open cases that asked for a feature by tag, custom reason or comment; nothing is proposed.

        The feature must be there as whole words; case doesn't matter. Deleted customers are left out: nobody can write
        to them.
        """
        since = now - self.policies.current.limits.oldest_case
        async with self.context.store.read() as unit:
            found = [
                request
                for case, facts in await unit.cases.open(since=since)
                if not facts.customer_deleted and (request := _request(case, facts, feature))
            ]
        return FeatureRequests(feature=feature, requests=tuple(reversed(found)))

    @for_staff(Action.SHIPPED)
    async def propose(
        self, *, requester: Staff, feature: str, case_ids: Sequence[CaseId], now: datetime
    ) -> FeatureProposals:
        """Propose an email about the feature for up to twenty cases; another manager approves each."""
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


def _request(case: Case, facts: Facts, feature: str) -> FeatureRequest | None:
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
