"""Indexes of finished rows, by which they are pruned; failed ones have an index of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

DONE = sa.text("state = 'done'")
FAILED = sa.text("state IN ('dead', 'unclear')")
KEY_TABLES = ("audit", "links", "offers", "person_cards", "person_keys", "unknown_addresses", "unsubscribes")


def upgrade() -> None:
    op.create_index("ix_inbox_done", "inbox", ["received_at"], sqlite_where=DONE, postgresql_where=DONE)
    op.create_index("ix_outbox_done", "outbox", ["kind", "due_at"], sqlite_where=DONE, postgresql_where=DONE)
    op.create_index("ix_outbox_failed", "outbox", ["state", "number"], sqlite_where=FAILED, postgresql_where=FAILED)
    op.drop_index("ix_outbox_state", "outbox")
    for table in KEY_TABLES:
        op.create_index(f"ix_{table}_key_id", table, ["key_id"])
