"""What became of a portal link, for the agent who made it."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    for step in ("sent_at", "opened_at", "code_entered_at", "returned_at"):
        op.add_column("links", sa.Column(step, sa.DateTime(timezone=True)))
    op.add_column("links", sa.Column("opened_with", sa.Text()))
    op.add_column("links", sa.Column("changed", sa.Text()))
    op.add_column("returns", sa.Column("link_id", sa.Uuid()))
