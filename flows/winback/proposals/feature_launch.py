"""A feature that people left for has shipped: list who asked for it, and propose a short email to each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from domain.cancellations.stored_case import Case, Facts
from domain.ids import CaseId
from domain.permissions import Action
from domain.winback.offer import Restart
from domain.winback.rule_matching import ShippedFeature, Wish, wish_for
from flows.people.staff_permissions import StaffPermissions, for_staff
from flows.ports import Staff
from flows.ports.context import Context
from flows.winback.proposals.answers import DecisionAnswer
from flows.winback.proposals.draft import ProposalDrafts


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureRequest:
    """A case that asked for a feature, and how."""

    case: Case
    facts: Facts
    wish: Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureRequests:
    """Cases that asked for a feature, newest first; nothing has been proposed yet."""

    feature: ShippedFeature
    requests: tuple[FeatureRequest, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberedFeatures:
    """The features that have shipped, newest first, each with how many cases ask for it that nothing came of yet."""

    features: tuple[tuple[ShippedFeature, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureProposals:
    """The answer for each proposal, in the order of the cases."""

    feature: str
    answers: tuple[tuple[CaseId, DecisionAnswer], ...]


MOST_AT_ONCE = 20
AS_LONG_AS_COMMENTS = datetime.min.replace(tzinfo=UTC)
"""A wish is found for as long as its comment is kept: what is deleted isn't in the database any more."""


@dataclass(frozen=True, slots=True)
class FeatureLaunch:
    """The command `shipped`, and its button."""

    context: Context
    permission: StaffPermissions
    drafts: ProposalDrafts

    @for_staff(Action.SHIPPED)
    async def requests(self, *, requester: Staff, feature: ShippedFeature, now: datetime) -> FeatureRequests:
        """Remember a feature, and return the open cases that asked for it, however old; nothing is proposed.

        It must be there as whole words in a tag, a custom reason or a comment; case doesn't matter. Without synonyms,
        those hold that were given before. Deleted customers are left out: nobody can write to them.
        """
        async with self.context.store.begin() as unit:
            known = [each for each in await unit.shipped_features.all() if _same(each, feature)]
            if known and not feature.synonyms:
                feature = replace(feature, synonyms=known[0].synonyms)
            await unit.shipped_features.remember(feature, by=requester.id, at=now)
            cases = await unit.cases.open(since=AS_LONG_AS_COMMENTS)
            await unit.commit()
        found = [
            FeatureRequest(case=case, facts=facts, wish=wish)
            for case, facts in cases
            if not facts.customer_deleted and (wish := wish_for(feature, case))
        ]
        return FeatureRequests(feature=feature, requests=tuple(reversed(found)))

    @for_staff(Action.SHIPPED)
    async def remembered(self, *, requester: Staff, now: datetime) -> RememberedFeatures:
        """Return the features that have shipped, and how many people wait for each."""
        async with self.context.store.read() as unit:
            found = await unit.cases.open(since=AS_LONG_AS_COMMENTS)
            features = await unit.shipped_features.all()
        cases = [case for case, facts in found if not facts.customer_deleted]
        counted = [(each, sum(wish_for(each, case) is not None for case in cases)) for each in features]
        return RememberedFeatures(features=tuple(counted))

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


def _same(one: ShippedFeature, other: ShippedFeature) -> bool:
    return one.name.casefold() == other.name.casefold()
