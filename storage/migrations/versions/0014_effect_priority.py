"""Which effects go first: what somebody waits for, then new cards, then edits, then the rest."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

OPEN = sa.text("state IN ('waiting', 'running')")
HELD_BACK = sa.text("state = 'waiting' AND retry_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("outbox", sa.Column("priority", sa.Integer(), nullable=False, server_default="2"))
    for name, columns, where in (
        ("ix_outbox_open", ["lane", "priority", "due_at", "number"], OPEN),
        ("ix_outbox_held_back", ["lane", "priority", "retry_at"], HELD_BACK),
    ):
        op.drop_index(name, "outbox")
        op.create_index(name, "outbox", columns, sqlite_where=where, postgresql_where=where)
