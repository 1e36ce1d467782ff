"""When a customer pressed *No, thanks* on an offer's page."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("offers", sa.Column("no_thanks_at", sa.DateTime(timezone=True)))
