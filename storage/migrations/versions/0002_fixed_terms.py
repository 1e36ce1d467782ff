"""What tells a fixed term from a cancellation, and whether it was paid for."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("observations", sa.Column("collection_paused", sa.Boolean()))
    op.add_column("observations", sa.Column("first_period_ends_at", sa.DateTime(timezone=True)))
    op.add_column("cases", sa.Column("was_paying", sa.Boolean()))
