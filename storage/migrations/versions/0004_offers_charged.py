"""What the budgets hold for an accepted offer."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("offers", sa.Column("charged", sa.Text()))
