"""What a subscription was worth just before an event that shows a cancellation."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("observations", sa.Column("value", sa.Text()))
