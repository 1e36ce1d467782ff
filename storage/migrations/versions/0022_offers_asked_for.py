"""Offers that a customer asked for, links that open an offer's page, and why somebody said *No, thanks*."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.add_column("proposals", sa.Column("request", sa.Text()))
    op.add_column("proposals", sa.Column("overrides", sa.Text()))
    op.add_column("offers", sa.Column("no_thanks_why", sa.Text()))
    op.add_column("offers", sa.Column("request", sa.Text()))
    op.add_column("links", sa.Column("offer_id", sa.Uuid()))
