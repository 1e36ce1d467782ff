"""Persons who turned out to be one and had been drawn into the holdout and out of it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("persons", sa.Column("drawn_both_ways", sa.Boolean(), nullable=False, server_default=sa.false()))
