"""What a proposal gives away and gives up at most, for sums; of those already decided nobody asks."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

SQLITE = """
UPDATE proposals SET
    charge = json_extract(terms, '$.cost.minor') + coalesce(json_extract(terms, '$.gives_up.minor'), 0),
    charge_currency = json_extract(terms, '$.cost.currency')
WHERE state = 'open'
"""
POSTGRES = """
UPDATE proposals SET
    charge = (terms::json #>> '{cost,minor}')::bigint + coalesce((terms::json #>> '{gives_up,minor}')::bigint, 0),
    charge_currency = terms::json #>> '{cost,currency}'
WHERE state = 'open'
"""


def upgrade() -> None:
    op.add_column("proposals", sa.Column("charge", sa.BigInteger()))
    op.add_column("proposals", sa.Column("charge_currency", sa.Text()))
    op.execute(POSTGRES.replace(":", r"\:") if op.get_bind().dialect.name == "postgresql" else SQLITE)
