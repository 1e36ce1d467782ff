"""Proposals and offers, and the budgets reserved for them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from domain.money import Money
from domain.winback.case_card import OfferReminder
from domain.winback.decision import DecisionReason
from domain.winback.proposal import Approval, CustomerRequest, Rewording, UndoSnapshot
from storage.database.column_types import JsonOf, StoredRejected, StoredTerms, UtcDateTime
from storage.tables.schema import metadata

_UNANSWERED = text("state = 'open'")

proposals = Table(
    "proposals",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("person_id", ForeignKey("persons.id"), nullable=False, index=True),
    Column("subscription_id", Text, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("rule", Text),
    Column("step", Integer),
    Column("terms", JsonOf(StoredTerms), nullable=False),
    Column("note", Text),
    Column("send_at", UtcDateTime),
    Column("reasons", JsonOf(tuple[DecisionReason, ...]), nullable=False),
    Column("rejected", JsonOf(tuple[StoredRejected, ...]), nullable=False),
    Column("state", Text, nullable=False),
    Column("why", Text),
    Column("by_hand", Text),
    Column("request", JsonOf(CustomerRequest)),
    Column("overrides", Text),
    Column("reworded", JsonOf(Rewording)),
    Column("approvals", JsonOf(tuple[Approval, ...]), nullable=False),
    Column("by_standing_approval", Boolean, nullable=False),
    Column("decided_by", Text),
    Column("decided_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("last_useful_at", UtcDateTime),
    Column("snoozed_until", UtcDateTime),
    Column("policy_digest", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("charge", BigInteger),  # in minor units, what the terms give away and give up at most
    Column("charge_currency", Text),
    UniqueConstraint("case_id", "rule", "step"),  # those proposed by hand have neither rule nor step
    Index("ix_proposals_unanswered", "expires_at", "id", sqlite_where=_UNANSWERED),
    Index("ix_proposals_rule_state", "rule", "state"),
)

offers = Table(
    "offers",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("proposal_id", ForeignKey("proposals.id"), nullable=False, unique=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("person_id", ForeignKey("persons.id"), nullable=False, index=True),
    Column("subscription_id", Text, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("terms", JsonOf(StoredTerms), nullable=False),
    Column("note", Text),
    Column("rule", Text),
    Column("step", Integer),
    Column("approved_by", Text, nullable=False),
    Column("token_digest", Text, nullable=False, unique=True),
    Column("key_id", Text, nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("why", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("send_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("coupon_id", Text),
    Column("promotion_code_id", Text),
    Column("code", Text),
    Column("attempts", JsonOf(tuple[tuple[str, int], ...]), nullable=False),
    Column("email_state", Text, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("reminder", JsonOf(OfferReminder)),
    Column("no_thanks_at", UtcDateTime),
    Column("no_thanks_why", Text),
    Column("request", JsonOf(CustomerRequest)),
    Column("promised", JsonOf(Money)),
    Column("charged", JsonOf(Money)),
    Column("given", JsonOf(Money)),
    Column("accepted_at", UtcDateTime),
    Column("session_id", Text, unique=True),
    Column("session_expires_at", UtcDateTime),
    Column("redeemed_with", Text),
    Column("before", JsonOf(UndoSnapshot)),
    Column("undo_digest", Text, unique=True),
    Column("undo_until", UtcDateTime),
    Column("undone_at", UtcDateTime),
    Column("reserved", JsonOf(tuple[str, ...]), nullable=False),
    Column("version", Integer, nullable=False),
)

checkouts = Table(
    "checkouts",
    metadata,
    Column("person_id", ForeignKey("persons.id"), primary_key=True),
    Column("offer_id", ForeignKey("offers.id"), nullable=False),
    Column("session_id", Text, nullable=False),
)

offer_slots = Table(
    "offer_slots",
    metadata,
    Column("person_id", ForeignKey("persons.id"), primary_key=True),
    Column("offer_id", Uuid, nullable=False, index=True),  # the offer's own row may be stored after it
    Column("at", UtcDateTime, nullable=False),
)

budgets = Table(
    "budgets",
    metadata,
    Column("scope", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("spent", BigInteger, nullable=False),
    PrimaryKeyConstraint("scope", "currency"),
)

standing_approvals = Table(
    "standing_approvals",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("approved_by", Text, nullable=False),
    Column("approved_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("currency", Text, nullable=False),
    Column("budget", BigInteger, nullable=False),
    Column("spent", BigInteger, nullable=False),
)
