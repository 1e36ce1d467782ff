"""The reason that staff noted for a case, and how many reasons are known, by whom, in the reports."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("cases", sa.Column("noted", sa.Text()))
    for table in ("report_lines", "report_days"):
        for name in ("asked_why", "reason_known", "reason_noted"):
            op.add_column(table, sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
    op.execute("INSERT INTO report_changes (person_id) SELECT DISTINCT person_id FROM cases")
