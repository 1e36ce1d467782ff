"""Proposals, offers, what is reserved for them and what came of them; due work of a lane found by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

MOMENT = sa.DateTime(timezone=True)
OPEN = sa.text("state IN ('waiting', 'running')")
HELD_BACK = sa.text("state = 'waiting' AND retry_at IS NOT NULL")
RUNNING = sa.text("state = 'running'")
UNANSWERED = sa.text("state = 'open'")
UNRETURNED = sa.text("state IN ('pending', 'ended')")


def upgrade() -> None:
    _outbox()
    _people()
    _proposals()
    _offers()
    _reserves()
    _pauses()
    _outcomes()


def _outbox() -> None:
    op.drop_index("ix_outbox_open", "outbox")
    op.create_index("ix_outbox_open", "outbox", ["lane", "due_at", "number"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index(
        "ix_outbox_held_back", "outbox", ["lane", "retry_at"], sqlite_where=HELD_BACK, postgresql_where=HELD_BACK
    )
    op.create_index(
        "ix_outbox_running", "outbox", ["lane", "lease_until"], sqlite_where=RUNNING, postgresql_where=RUNNING
    )


def _people() -> None:
    op.add_column("persons", sa.Column("holdout", sa.Boolean()))
    op.create_table(
        "person_cards",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_person_cards_person_id"),
        sa.PrimaryKeyConstraint("digest", "person_id", name="pk_person_cards"),
    )
    op.create_index("ix_person_cards_person_id", "person_cards", ["person_id"])
    op.create_table(
        "unsubscribes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_digest", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_unsubscribes_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_unsubscribes"),
        sa.UniqueConstraint("token_digest", name="uq_unsubscribes_token_digest"),
    )
    op.create_index("ix_unsubscribes_person_id_made_at", "unsubscribes", ["person_id", "made_at"])


def _proposals() -> None:
    op.create_table(
        "proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text()),
        sa.Column("step", sa.Integer()),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("send_at", MOMENT),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("rejected", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("why", sa.Text()),
        sa.Column("by_hand", sa.Text()),
        sa.Column("approvals", sa.Text(), nullable=False),
        sa.Column("standing", sa.Boolean(), nullable=False),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decided_at", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("last_useful_at", MOMENT),
        sa.Column("snoozed_until", MOMENT),
        sa.Column("policy_digest", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_proposals_case_id"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_proposals_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_proposals"),
        sa.UniqueConstraint("case_id", "rule", "step", name="uq_proposals_case_id_rule_step"),
    )
    op.create_index("ix_proposals_person_id", "proposals", ["person_id"])
    op.create_index("ix_proposals_rule_state", "proposals", ["rule", "state"])
    op.create_index(
        "ix_proposals_unanswered",
        "proposals",
        ["expires_at", "id"],
        sqlite_where=UNANSWERED,
        postgresql_where=UNANSWERED,
    )


def _offers() -> None:
    op.create_table(
        "offers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("rule", sa.Text()),
        sa.Column("step", sa.Integer()),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("token_digest", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("why", sa.Text()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("send_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("coupon_id", sa.Text()),
        sa.Column("promotion_code_id", sa.Text()),
        sa.Column("code", sa.Text()),
        sa.Column("attempts", sa.Text(), nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("sent_at", MOMENT),
        sa.Column("promised", sa.Text()),
        sa.Column("accepted_at", MOMENT),
        sa.Column("session_id", sa.Text()),
        sa.Column("session_expires_at", MOMENT),
        sa.Column("taken_up", sa.Text()),
        sa.Column("before", sa.Text()),
        sa.Column("undo_digest", sa.Text()),
        sa.Column("undo_until", MOMENT),
        sa.Column("undone_at", MOMENT),
        sa.Column("reserved", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"], name="fk_offers_proposal_id"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_offers_case_id"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_offers_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_offers"),
        sa.UniqueConstraint("proposal_id", name="uq_offers_proposal_id"),
        sa.UniqueConstraint("session_id", name="uq_offers_session_id"),
        sa.UniqueConstraint("token_digest", name="uq_offers_token_digest"),
        sa.UniqueConstraint("undo_digest", name="uq_offers_undo_digest"),
    )
    op.create_index("ix_offers_case_id", "offers", ["case_id"])
    op.create_index("ix_offers_person_id", "offers", ["person_id"])
    op.create_table(
        "checkouts",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name="fk_checkouts_offer_id"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_checkouts_person_id"),
        sa.PrimaryKeyConstraint("person_id", name="pk_checkouts"),
    )


def _reserves() -> None:
    op.create_table(
        "offer_slots",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_offer_slots_person_id"),
        sa.PrimaryKeyConstraint("person_id", name="pk_offer_slots"),
    )
    op.create_index("ix_offer_slots_offer_id", "offer_slots", ["offer_id"])
    op.create_table(
        "budgets",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "currency", name="pk_budgets"),
    )
    op.create_table(
        "standing_approvals",
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("approved_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("budget", sa.BigInteger(), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("rule", name="pk_standing_approvals"),
    )


def _pauses() -> None:
    op.create_table(
        "pauses",
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("what", name="pk_pauses"),
    )


def _outcomes() -> None:
    op.add_column("cases", sa.Column("picked_at", MOMENT))
    op.create_index("ix_cases_requested_at", "cases", ["requested_at"])
    op.create_index(
        "ix_cases_unreturned_ends_at", "cases", ["ends_at"], sqlite_where=UNRETURNED, postgresql_where=UNRETURNED
    )
    op.create_table(
        "outcomes",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("returned_at", MOMENT, nullable=False),
        sa.Column("returned_with", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("offer_id", sa.Uuid()),
        sa.Column("first_paid_at", MOMENT),
        sa.Column("kept_30", sa.Text()),
        sa.Column("kept_90", sa.Text()),
        sa.Column("stayed_30", sa.Boolean()),
        sa.Column("stayed_90", sa.Boolean()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_outcomes_case_id"),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name="fk_outcomes_offer_id"),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_outcomes_person_id"),
        sa.PrimaryKeyConstraint("case_id", name="pk_outcomes"),
    )
    op.create_index("ix_outcomes_person_id", "outcomes", ["person_id"])
