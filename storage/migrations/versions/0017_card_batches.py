"""Cancellations that come in a burst: they are posted in batches, each a message with many rows."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

FIRST_POST = sa.text("state = 'waiting' AND place_ts IS NULL AND kind IN ('show_card', 'show_batch')")
CARD_WANTED = sa.text("own_card IN ('asked', 'due')")


def upgrade() -> None:
    op.create_table(
        "card_batches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("formed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edit_at", sa.DateTime(timezone=True)),
        sa.Column("shown", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_card_batches"),
    )
    op.create_index("ix_card_batches_formed_at", "card_batches", ["formed_at"])
    op.create_index("ix_card_batches_edit_at", "card_batches", ["edit_at"])
    op.create_table(
        "batch_rows",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("card_key", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("own_card", sa.Text()),
        sa.PrimaryKeyConstraint("case_id", name="pk_batch_rows"),
        sa.UniqueConstraint("card_key", name="uq_batch_rows_card_key"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_batch_rows_case_id_cases"),
        sa.ForeignKeyConstraint(["batch_id"], ["card_batches.id"], name="fk_batch_rows_batch_id_card_batches"),
    )
    op.create_index("ix_batch_rows_batch_id", "batch_rows", ["batch_id", "position"])
    op.create_index(
        "ix_batch_rows_card_wanted", "batch_rows", ["own_card"], sqlite_where=CARD_WANTED, postgresql_where=CARD_WANTED
    )
    op.create_index(
        "ix_outbox_first_post",
        "outbox",
        ["kind", "due_at", "number"],
        sqlite_where=FIRST_POST,
        postgresql_where=FIRST_POST,
    )
