"""The one reminder of an offer."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("offers", sa.Column("reminder", sa.Text()))
