"""A proposal, all that its message shows, and the offer that came of it, for the tests of this room."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from domain.ids import CustomerId, OfferId, PersonId, ProposalId, StaffId, SubscriptionId
from domain.money import Money
from domain.winback.decision import DecisionReason
from domain.winback.offer import DiscountOffer
from domain.winback.proposal import Draft, OfferRow, ProposalRow, ProposalView
from domain.winback.terms import OfferTerms, PlannedInvoice
from tests.bot.samples import CARD, CASE_ID, CUSTOMER, ENDS_AT, NOW, PRICE

MONA, MAX = StaffId("U0MANAGER1"), StaffId("U0MANAGER2")
TERMS = OfferTerms(
    offer=DiscountOffer(percent=Decimal(20), amount=None, invoices=3),
    phase="pending",
    way="resume",
    accepted_at=NOW,
    invoices=tuple(
        PlannedInvoice(at=ENDS_AT + month * timedelta(days=31), before=Money(4900, "eur"), after=Money(3920, "eur"))
        for month in range(3)
    ),
    cost=Money(2940, "eur"),
    later=Money(4900, "eur"),
    later_at=ENDS_AT + timedelta(days=93),
    price=PRICE,
    coupon=None,
    restarts_at=None,
    trial_ends_at=None,
)
PROPOSAL = ProposalRow(
    id=ProposalId(UUID(int=5)),
    case_id=CASE_ID,
    person_id=PersonId(UUID(int=7)),
    subscription_id=SubscriptionId("sub_Dana00000001"),
    customer_id=CustomerId("cus_Dana00000001"),
    rule="too expensive",
    step=0,
    draft=Draft(terms=TERMS, note=None, send_at=None),
    reasons=(
        DecisionReason(what="rule", detail="too expensive"),
        DecisionReason(what="reason", detail="too_expensive"),
    ),
    rejected=(),
    state="open",
    why=None,
    by_hand=None,
    approvals=(),
    by_standing_approval=False,
    decided_by=None,
    decided_at=None,
    created_at=NOW,
    expires_at=NOW + timedelta(days=7),
    last_useful_at=ENDS_AT,
    snoozed_until=None,
    policy_digest="digest",
    version=1,
)
VIEW = ProposalView(
    proposal=PROPOSAL, offer=None, card=CARD, customer=CUSTOMER, earlier=(), email_text="Hello Dana", needs_second=False
)
OFFER = OfferRow(
    id=OfferId(UUID(int=9)),
    proposal_id=PROPOSAL.id,
    case_id=CASE_ID,
    person_id=PROPOSAL.person_id,
    subscription_id=PROPOSAL.subscription_id,
    customer_id=PROPOSAL.customer_id,
    terms=TERMS,
    note=None,
    rule=PROPOSAL.rule,
    step=PROPOSAL.step,
    approved_by=MONA,
    token_digest="digest",
    key_id="key",
    state="accepted",
    why=None,
    created_at=NOW,
    send_at=NOW,
    expires_at=NOW + timedelta(days=14),
    coupon_id=None,
    promotion_code_id=None,
    code=None,
    attempts=(),
    email_state="sent",
    sent_at=NOW,
    promised=None,
    accepted_at=NOW,
    session_id=None,
    session_expires_at=None,
    redeemed_with=None,
    before=None,
    undo_until=None,
    undone_at=None,
    reserved=(),
    version=1,
)
