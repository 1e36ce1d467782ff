"""How far each case has come: what the policy last said of it, where it stopped, and what it brought a month.

Everybody with a case is noted to be counted again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

FUNCTION = """
CREATE OR REPLACE FUNCTION note_report_change_of_case() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO report_changes (person_id) SELECT person_id FROM cases WHERE id = NEW.case_id;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "evaluations",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.Text()),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name="pk_evaluations"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_evaluations_case_id_cases"),
    )
    op.create_index("ix_evaluations_due_at", "evaluations", ["due_at"])
    op.create_table(
        "report_stops",
        sa.Column("requested_on", sa.Date(), nullable=False),
        sa.Column("stop", sa.Text(), nullable=False),
        sa.Column("cases", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("requested_on", "stop", name="pk_report_stops"),
    )
    op.add_column("report_lines", sa.Column("stop", sa.Text(), nullable=False, server_default="0:not_evaluated"))
    op.add_column("report_lines", sa.Column("monthly", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(
        "INSERT INTO report_stops (requested_on, stop, cases) "
        "SELECT requested_on, '0:not_evaluated', SUM(cases) FROM report_lines GROUP BY requested_on"
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(FUNCTION)
        op.execute(
            "CREATE TRIGGER evaluations_change_reports AFTER INSERT OR UPDATE ON evaluations "
            "FOR EACH ROW EXECUTE FUNCTION note_report_change_of_case()"
        )
    else:
        note = "BEGIN INSERT INTO report_changes (person_id) SELECT person_id FROM cases WHERE id = NEW.case_id; END"
        for happening in ("INSERT", "UPDATE"):
            name = f"evaluations_{happening.lower()}_changes_reports"
            op.execute(f"CREATE TRIGGER {name} AFTER {happening} ON evaluations {note}")
    op.execute("INSERT INTO report_changes (person_id) SELECT DISTINCT person_id FROM cases")
