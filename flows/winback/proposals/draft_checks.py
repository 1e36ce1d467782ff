"""Checks of a drafted offer against the case, the policy and the settings."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from domain.billing.subscription import Price
from domain.ids import StaffId
from domain.winback.blockers import email_blockers
from domain.winback.decide import accepted_by, check_offer, overrides_never
from domain.winback.decision import CaseSnapshot, History, Rejection
from domain.winback.manager_limits import is_within_limits
from domain.winback.offer import (
    CallBack,
    DiscountOffer,
    ExtendTrial,
    FreeMonths,
    Offer,
    Pause,
    Restart,
    SwitchPlan,
    is_news,
    kind_of,
)
from domain.winback.policy import Policy
from domain.winback.proposal import CustomerRequest, Draft, ProposalRow
from domain.winback.rule_matching import first_match
from domain.winback.terms import OfferTerms
from flows.ports.context import FlowSettings
from flows.winback.policy.eligibility import NotConfigured, NotEligible, missing
from flows.winback.proposals.answers import DraftForm, PricedDraft
from flows.winback.proposals.lifecycle import needs_two_approvals

SMALLEST: tuple[Offer, ...] = (
    DiscountOffer(percent=Decimal(1), amount=None, invoices=1),
    FreeMonths(months=1),
    SwitchPlan(price_id=None),
    Pause(months=1),
    ExtendTrial(days=1),
    Restart(),
    CallBack(who=None),
)
"""The smallest offer of each kind: if even that is blocked, the whole kind is."""
_ASKED = CustomerRequest(ticket="", by=StaffId(""), delivery="link")
"""What is possible at most: they asked for it, and nothing is emailed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftChecks:
    """What a draft is checked against; `proposal` None: it is a new proposal; `request`: the customer asked for it."""

    snapshot: CaseSnapshot
    history: History
    proposal: ProposalRow | None
    policy: Policy
    settings: FlowSettings
    request: CustomerRequest | None
    now: datetime

    def draft(self, offer: Offer, *, note: str | None, send_at: datetime | None) -> Draft | NotEligible | NotConfigured:
        """Return the priced draft of an offer, or what blocks it."""
        decided_by = (
            self.proposal.expires_at if self.proposal is not None else self.now + self.policy.limits.proposal_lifetime
        )
        terms = check_offer(
            offer,
            self.snapshot,
            self.history,
            self.policy,
            self.now,
            by_hand=self.is_by_hand(offer),
            until=accepted_by(self.snapshot, self.policy, decided_by=decided_by, send_at=send_at),
            request=self.request,
        )
        if not isinstance(terms, OfferTerms):
            return NotEligible(rejected=terms)
        useful_until = self.useful_until_of(offer)
        if send_at is not None and useful_until is not None and send_at >= useful_until:
            return NotEligible(rejected=(Rejection(why="too_late", offer=offer, detail=useful_until.isoformat()),))
        return missing(self.settings, terms.way, self.policy, self.request) or Draft(
            terms=terms, note=note, send_at=send_at
        )

    def price(self, offer: Offer) -> PricedDraft | NotEligible | NotConfigured:
        """Return what an offer comes to, and who must approve it."""
        draft = self.draft(offer, note=None, send_at=None)
        if not isinstance(draft, Draft):
            return draft
        by_hand = self.is_by_hand(draft.terms.offer)
        overrides = overrides_never(draft.terms.offer, self.snapshot, self.policy) if by_hand else None
        two = needs_two_approvals(draft.terms, self.policy, self.snapshot.median_monthly)
        return PricedDraft(
            terms=draft.terms, by_hand=by_hand, needs_second=two or overrides is not None, overrides=overrides
        )

    def form(self) -> DraftForm | NotEligible | NotConfigured:
        """Return what a form starts from, with the possible kinds of offer; if there are none, what blocks them.

        Somebody in the holdout is proposed nothing by hand, not even what the holdout gets as well.
        """
        if self.history.holdout and self.proposal is None:
            return NotEligible(rejected=(Rejection(why="holdout", offer=None),))
        prices = tuple(each for each in self.snapshot.pricing.catalog if self._may_switch_to(each))
        other_plans = [SwitchPlan(price_id=price.id) for price in prices[:1]]
        tried = [each for offer in (*SMALLEST, *other_plans) for each in self._tried(offer)]
        possible = {kind_of(each.terms.offer) for each in tried if isinstance(each, Draft)}
        kinds = tuple(kind for kind in map(kind_of, SMALLEST) if kind in possible)
        if not kinds:
            lacking = next((each for each in tried if isinstance(each, NotConfigured)), None)
            against = (each for answer in tried if isinstance(answer, NotEligible) for each in answer.rejected)
            return lacking or NotEligible(rejected=tuple(dict.fromkeys(replace(each, offer=None) for each in against)))
        start = self.proposal.draft if self.proposal is not None else next(self._of_the_rule(), None)
        return DraftForm(
            case_id=self.snapshot.case.id,
            proposal=self.proposal,
            terms=start.terms if start else None,
            note=start.note if start else None,
            kinds=kinds,
            prices=prices,
            currency=self.snapshot.pricing.subscription.currency,
            last_useful_at=self.useful_until,
            customer_name=self.snapshot.customer.name,
            subscription=self.snapshot.pricing.subscription,
            no_email=tuple(self._no_email()),
        )

    def _tried(self, offer: Offer) -> Iterator[Draft | NotEligible | NotConfigured]:
        """Yield the draft of an offer, and what it would be if the customer asked for it and its link is passed on."""
        yield self.draft(offer, note=None, send_at=None)
        if self.proposal is None and self.policy.consent.asked:
            yield replace(self, request=_ASKED).draft(offer, note=None, send_at=None)

    def _no_email(self) -> Iterator[Rejection]:
        """Yield why no email can go to this customer without being asked for."""
        if self.proposal is not None:
            return
        yield from (each.rejected() for each in email_blockers(self.snapshot, self.policy, now=self.now))
        if self.history.suppressed:
            yield Rejection(why="own_wish" if self.history.own_wish else "suppressed")

    def is_by_hand(self, offer: Offer) -> bool:
        """Return whether an offer goes further than the rule lets a manager go alone."""
        proposal = self.proposal
        rule = self.policy.rule(proposal.rule) if proposal is not None and proposal.rule is not None else None
        if proposal is None or proposal.by_hand is not None or rule is None:
            return True
        if proposal.step is None or proposal.step >= len(rule.steps):
            return True
        step = rule.steps[proposal.step]
        return not is_within_limits(offer, step.offer, step.up_to, self.policy.limits, self.snapshot.pricing)

    @property
    def useful_until(self) -> datetime | None:
        """When offers stop making sense: the subscription's end, or after it, when the case is too old."""
        end = self.snapshot.pricing.subscription.ends_at or self.snapshot.case.episode.ends_at
        if self.snapshot.pricing.phase != "ended" or end is None:
            return end
        return end + self.policy.limits.oldest_case

    def useful_until_of(self, offer: Offer) -> datetime | None:
        """Return when an offer stops making sense; news of a shipped feature never does after the end."""
        return None if self.snapshot.pricing.phase == "ended" and is_news(offer) else self.useful_until

    def _may_switch_to(self, price: Price) -> bool:
        return isinstance(self.draft(SwitchPlan(price_id=price.id), note=None, send_at=None), Draft)

    def _of_the_rule(self) -> Iterator[Draft]:
        """Yield the possible offers of the case's rule, whether or not they are due."""
        found = first_match(self.policy, self.snapshot)
        for step in found[0].steps if found else ():
            draft = self.draft(step.offer, note=None, send_at=None)
            if isinstance(draft, Draft):
                yield draft
