"""All tables of the first release."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

MOMENT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN = sa.text("state IN ('waiting', 'running')")
HELD_BACK = sa.text("state = 'waiting' AND retry_at IS NOT NULL")
RUNNING = sa.text("state = 'running'")
UNANSWERED = sa.text("state = 'open'")
UNRETURNED = sa.text("state IN ('pending', 'ended')")


def upgrade() -> None:
    _record()
    _traffic()
    _links()
    _people()
    _cases()
    _offers()
    _outcomes()


def _record() -> None:
    op.create_table(
        "audit",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("whom", sa.Text()),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("mac", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit"),
    )
    op.create_table(
        "audit_head",
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("chain", name="pk_audit_head"),
    )
    op.create_table(
        "unknown_addresses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_unknown_addresses"),
        sa.UniqueConstraint("digest", "key_id", name="uq_unknown_addresses_digest_key_id"),
    )
    op.create_table(
        "marks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_marks"),
    )
    op.create_table(
        "rosters",
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("members", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("role", name="pk_rosters"),
    )
    op.create_table(
        "pauses",
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("what", name="pk_pauses"),
    )
    op.create_table(
        "sights",
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("what", name="pk_sights"),
    )
    op.create_index("ix_sights_until", "sights", ["until"])


def _traffic() -> None:
    op.create_table(
        "inbox",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text()),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("retry_at", MOMENT),
        sa.Column("fault", sa.Text()),
        sa.Column("owner", sa.Uuid()),
        sa.Column("lease_until", MOMENT),
        sa.PrimaryKeyConstraint("number", name="pk_inbox"),
        sa.UniqueConstraint("id", name="uq_inbox_id"),
    )
    op.create_index("ix_inbox_created_at", "inbox", ["created_at"])
    op.create_index("ix_inbox_open", "inbox", ["number"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index("ix_inbox_open_subject", "inbox", ["subject", "number"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_table(
        "outbox",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ids", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("key", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("retry_at", MOMENT),
        sa.Column("attempt_started_at", MOMENT),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.Column("place_channel", sa.Text()),
        sa.Column("place_ts", sa.Text()),
        sa.Column("fault", sa.Text()),
        sa.Column("cause", sa.Text()),
        sa.Column("owner", sa.Uuid()),
        sa.Column("lease_until", MOMENT),
        sa.PrimaryKeyConstraint("number", name="pk_outbox"),
        sa.UniqueConstraint("id", name="uq_outbox_id"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
    )
    op.create_index("ix_outbox_open", "outbox", ["lane", "due_at", "number"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index(
        "ix_outbox_held_back", "outbox", ["lane", "retry_at"], sqlite_where=HELD_BACK, postgresql_where=HELD_BACK
    )
    op.create_index(
        "ix_outbox_running", "outbox", ["lane", "lease_until"], sqlite_where=RUNNING, postgresql_where=RUNNING
    )
    op.create_index("ix_outbox_state", "outbox", ["state", "number"])
    op.create_table(
        "paused_lanes",
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("lane", name="pk_paused_lanes"),
    )


def _links() -> None:
    op.create_table(
        "links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_digest", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("subscription_id", sa.Text()),
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("openings", sa.Integer(), nullable=False),
        sa.Column("openings_left", sa.Integer(), nullable=False),
        sa.Column("needs_code", sa.Boolean(), nullable=False),
        sa.Column("code_number", sa.Integer(), nullable=False),
        sa.Column("code_expires_at", MOMENT),
        sa.Column("code_tries_left", sa.Integer(), nullable=False),
        sa.Column("revoked_at", MOMENT),
        sa.Column("revoked_by", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_links"),
        sa.UniqueConstraint("token_digest", name="uq_links_token_digest"),
    )
    op.create_index("ix_links_made_by_made_at", "links", ["made_by", "made_at"])
    op.create_table(
        "lookups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("typed", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Text()),
        sa.Column("found", sa.Text(), nullable=False),
        sa.Column("subscription_id", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_lookups"),
    )
    op.create_index("ix_lookups_at", "lookups", ["at"])
    op.create_index("ix_lookups_staff_id_at", "lookups", ["staff_id", "at"])
    op.create_table(
        "returns",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_digest", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("read_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_returns"),
        sa.UniqueConstraint("token_digest", name="uq_returns_token_digest"),
    )


def _people() -> None:
    op.create_table(
        "persons",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("holdout", sa.Boolean()),
        sa.PrimaryKeyConstraint("id", name="pk_persons"),
    )
    op.create_table(
        "person_keys",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_person_keys_person_id"),
        sa.PrimaryKeyConstraint("kind", "digest", name="pk_person_keys"),
    )
    op.create_index("ix_person_keys_person_id", "person_keys", ["person_id"])
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
        "address_changes",
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name="pk_address_changes"),
    )
    op.create_table(
        "suppressions",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.Text()),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_suppressions_person_id"),
        sa.PrimaryKeyConstraint("person_id", name="pk_suppressions"),
    )
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


def _cases() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("was_live", sa.Boolean(), nullable=False),
        sa.Column("facts", sa.Text()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_subscriptions_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_subscriptions"),
    )
    op.create_index("ix_subscriptions_customer_id", "subscriptions", ["customer_id"])
    op.create_index("ix_subscriptions_person_id", "subscriptions", ["person_id"])
    op.create_table(
        "observations",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("subscription_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("event_type", sa.Text()),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("row_version", sa.Integer()),
        sa.Column("previous", sa.Text()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("canceled_at", MOMENT),
        sa.Column("cancel_at", MOMENT),
        sa.Column("cancel_at_period_end", sa.Boolean(), nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("kind", sa.Text()),
        sa.Column("feedback", sa.Text()),
        sa.Column("feedback_option", sa.Text()),
        sa.Column("comment", sa.Text()),
        sa.PrimaryKeyConstraint("number", name="pk_observations"),
        sa.UniqueConstraint("source_id", name="uq_observations_source_id"),
    )
    op.create_index("ix_observations_subscription_id", "observations", ["subscription_id"])
    op.create_table(
        "cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("canceled_ats", sa.Text(), nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT),
        sa.Column("ended_at", MOMENT),
        sa.Column("resumed_at", MOMENT),
        sa.Column("kind", sa.Text()),
        sa.Column("feedback", sa.Text()),
        sa.Column("feedback_option", sa.Text()),
        sa.Column("comment", sa.Text()),
        sa.Column("silent", sa.Boolean(), nullable=False),
        sa.Column("enrichment", sa.Text()),
        sa.Column("owner", sa.Text()),
        sa.Column("owned_at", MOMENT),
        sa.Column("follow_up", sa.Text()),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("picked_at", MOMENT),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name="fk_cases_person_id"),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscriptions.id"], name="fk_cases_subscription_id"),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
    )
    op.create_index("ix_cases_person_id", "cases", ["person_id"])
    op.create_index("ix_cases_subscription_id", "cases", ["subscription_id"])
    op.create_index("ix_cases_requested_at", "cases", ["requested_at"])
    op.create_index(
        "ix_cases_unreturned_ends_at", "cases", ["ends_at"], sqlite_where=UNRETURNED, postgresql_where=UNRETURNED
    )


def _offers() -> None:
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
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("rejected", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("why", sa.Text()),
        sa.Column("by_hand", sa.Text()),
        sa.Column("approvals", sa.Text(), nullable=False),
        sa.Column("by_standing_approval", sa.Boolean(), nullable=False),
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
        sa.Column("email_state", sa.Text(), nullable=False),
        sa.Column("sent_at", MOMENT),
        sa.Column("promised", sa.Text()),
        sa.Column("accepted_at", MOMENT),
        sa.Column("session_id", sa.Text()),
        sa.Column("session_expires_at", MOMENT),
        sa.Column("redeemed_with", sa.Text()),
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


def _outcomes() -> None:
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
