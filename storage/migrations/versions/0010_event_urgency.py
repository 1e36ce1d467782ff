"""Which events go first: what may be about a cancellation, before renewals."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

OPEN = sa.text("state IN ('waiting', 'running')")


def upgrade() -> None:
    op.add_column("inbox", sa.Column("urgency", sa.Integer(), nullable=False, server_default="0"))
    op.drop_index("ix_inbox_open", "inbox")
    op.create_index("ix_inbox_open", "inbox", ["urgency", "number"], sqlite_where=OPEN, postgresql_where=OPEN)
