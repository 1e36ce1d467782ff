"""Since when an event fails, and which are set aside."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

SET_ASIDE = sa.text("state = 'set_aside'")


def upgrade() -> None:
    op.add_column("inbox", sa.Column("failing_since", sa.DateTime(timezone=True)))
    op.create_index("ix_inbox_set_aside", "inbox", ["number"], sqlite_where=SET_ASIDE, postgresql_where=SET_ASIDE)
