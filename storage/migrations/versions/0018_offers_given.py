"""What an accepted offer's coupon has taken off invoices so far."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("offers", sa.Column("given", sa.Text()))
