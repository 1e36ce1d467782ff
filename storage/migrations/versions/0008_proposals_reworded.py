"""Who changed only the words of a proposal's email, and when."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("proposals", sa.Column("reworded", sa.Text()))
