"""Proposals, offers and outcomes to store, for the tests to vary."""

from datetime import timedelta
from decimal import Decimal

from domain.cancellations.stored_case import Case
from domain.ids import CustomerId, OfferId, ProposalId, StaffId, SubscriptionId
from domain.money import Money
from domain.winback.decision import DecisionReason, Rejection
from domain.winback.offer import DiscountOffer, FreeMonths, Offer, Pause
from domain.winback.proposal import Draft, OfferRow, ProposalRow
from domain.winback.terms import CouponTerms, OfferTerms, PlannedInvoice
from flows.ports.store import OutcomeRow
from storage.store import SqlStore
from tests.storage.samples import NOW, new_id

TWENTY_PERCENT = DiscountOffer(percent=Decimal("20.0"), amount=None, invoices=3)


def terms(offer: Offer = TWENTY_PERCENT) -> OfferTerms:
    return OfferTerms(
        offer=offer,
        phase="pending",
        way="resume",
        accepted_at=NOW,
        invoices=(PlannedInvoice(at=NOW, before=Money(4900, "eur"), after=Money(3920, "eur")),),
        cost=Money(980, "eur"),
        later=Money(4900, "eur"),
        later_at=NOW + timedelta(days=30),
        price=None,
        coupon=CouponTerms(
            id="winback-20", percent_off=Decimal("20.0"), amount_off=None, duration="repeating", months=3
        ),
        restarts_at=None,
        trial_ends_at=None,
    )


def proposal(case: Case, *, offer: Offer = TWENTY_PERCENT, rule: str | None = "price", step: int = 0) -> ProposalRow:
    return ProposalRow(
        id=ProposalId(new_id()),
        case_id=case.id,
        person_id=case.person_id,
        subscription_id=case.subscription_id,
        customer_id=CustomerId("cus_1"),
        rule=rule,
        step=None if rule is None else step,
        draft=Draft(terms=terms(offer), note="Dear “D”", send_at=NOW + timedelta(hours=1)),
        reasons=(DecisionReason(what="reason", detail="too_expensive"),),
        rejected=(
            Rejection(why="no_end_known", rule="price", step=1, offer=Pause(months=3)),
            Rejection(why="too_early", rule="price", step=2, offer=FreeMonths(months=3), detail="2026-12-01"),
            Rejection(why="budget"),
        ),
        state="open",
        why=None,
        by_hand=None,
        approvals=(),
        by_standing_approval=False,
        decided_by=None,
        decided_at=None,
        created_at=NOW,
        expires_at=NOW + timedelta(days=3),
        last_useful_at=None,
        snoozed_until=None,
        policy_digest="digest",
        version=1,
    )


def offer_of(proposal: ProposalRow) -> OfferRow:
    offer_id = OfferId(new_id())
    return OfferRow(
        id=offer_id,
        proposal_id=proposal.id,
        case_id=proposal.case_id,
        person_id=proposal.person_id,
        subscription_id=proposal.subscription_id,
        customer_id=proposal.customer_id,
        terms=proposal.draft.terms,
        note=None,
        rule=proposal.rule,
        step=proposal.step,
        approved_by=StaffId("U1"),
        token_digest=f"digest of {offer_id}",
        key_id="key",
        state="sending",
        why=None,
        created_at=proposal.created_at,
        send_at=NOW,
        expires_at=NOW + timedelta(days=14),
        coupon_id=None,
        promotion_code_id=None,
        code=None,
        attempts=(),
        email_state="waiting",
        sent_at=None,
        promised=None,
        accepted_at=None,
        session_id=None,
        session_expires_at=None,
        redeemed_with=None,
        before=None,
        undo_digest=None,
        undo_until=None,
        undone_at=None,
        reserved=(),
        version=1,
    )


def outcome(case: Case) -> OutcomeRow:
    return OutcomeRow(
        case_id=case.id,
        person_id=case.person_id,
        returned_at=NOW + timedelta(days=1),
        returned_with=SubscriptionId("sub_2"),
        how="by_themselves",
        offer_id=None,
        first_paid_at=None,
        kept_30=None,
        kept_90=None,
        stayed_30=None,
        stayed_90=None,
        version=0,
    )


async def add_proposal(store: SqlStore, row: ProposalRow) -> ProposalRow:
    async with store.begin() as unit:
        await unit.proposals.add(row)
        await unit.commit()
    return row


async def add_offer(store: SqlStore, row: OfferRow, *, of: ProposalRow) -> OfferRow:
    """Store an offer with the proposal that it came of."""
    async with store.begin() as unit:
        await unit.proposals.add(of)
        await unit.offers.add(row)
        await unit.commit()
    return row
