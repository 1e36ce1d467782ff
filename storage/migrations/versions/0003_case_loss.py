"""What a case lost, fixed when it was requested or ended; null in cases of earlier releases."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("cases", sa.Column("loss", sa.Text()))
