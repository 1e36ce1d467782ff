"""Cases as the reports count them, their sums by day, and triggers that note whose cases must be counted again.

Everybody with a case is noted here, so what is stored already is counted within minutes of the next start.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

COUNTS = (
    "cases", "offered", "sent", "accepted", "after_email", "by_themselves", "verified_30", "verified_90", "paid_30",
    "paid_90", "kept_30", "kept_90", "switched", "still_subscribed", "lost_cases", "lost", "addressed", "gained_cases",
    "gained", "unknown",
)  # fmt: skip
SHARED = ("shared_paid_30", "shared_paid_90", "shared_kept_30", "shared_kept_90")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
WATCHED = ("cases", "subscriptions", "proposals", "offers", "outcomes", "persons")
READ_ANEW = "person_id, created_at, was_live, facts"
"""A subscription is stored at each read; only what the figures depend on counts as a change."""

FUNCTION = """
CREATE OR REPLACE FUNCTION note_report_change_of_PERSON() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO report_changes (person_id) VALUES (OLD.PERSON);
        IF TG_OP = 'UPDATE' AND NEW.PERSON = OLD.PERSON THEN
            RETURN NULL;
        END IF;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO report_changes (person_id) VALUES (NEW.PERSON);
    END IF;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    _make_lines()
    _make_days()
    op.create_table(
        "report_changes",
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_report_changes"),
    )
    if op.get_bind().dialect.name == "postgresql":
        _watch_on_postgresql()
    else:
        _watch_on_sqlite()
    op.execute("INSERT INTO report_changes (person_id) SELECT DISTINCT person_id FROM cases")


def _make_lines() -> None:
    op.create_table(
        "report_lines",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("requested_at", TIME, nullable=False),
        sa.Column("requested_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decline_code", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in COUNTS),
        sa.Column("draw_at", TIME),
        sa.Column("held_out", sa.Integer()),
        sa.Column("won", sa.Integer()),
        sa.Column("talked_to", sa.Integer()),
        sa.Column("drawn_before_at", TIME),
        sa.Column("drawn_after_at", TIME),
        sa.Column("returned_at", TIME),
        sa.Column("returned_with", sa.Text()),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("next_at", TIME),
        sa.Column("next_of_reason_at", TIME),
        sa.Column("next_of_rule_at", TIME),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in SHARED),
        sa.PrimaryKeyConstraint("case_id", "currency", name="pk_report_lines"),
    )
    drawn = ["requested_at", "draw_at", "drawn_before_at", "drawn_after_at", "held_out", "won", "talked_to"]
    for name, columns, condition in (
        ("requested_at", ["requested_at", "cases", "switched"], None),
        ("returned_at", ["returned_at", "requested_at", "cases"], "returned_at IS NOT NULL"),
        ("returned_with", ["returned_with"], "returned_with IS NOT NULL"),
        ("shared", ["requested_at"], "is_shared"),
        ("drawn", drawn, "draw_at IS NOT NULL"),
    ):
        where = None if condition is None else sa.text(condition)
        op.create_index(f"ix_report_lines_{name}", "report_lines", columns, sqlite_where=where, postgresql_where=where)


def _make_days() -> None:
    op.create_table(
        "report_days",
        sa.Column("requested_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decline_code", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in COUNTS),
        sa.PrimaryKeyConstraint("requested_on", "reason", "decline_code", "rule", "currency", name="pk_report_days"),
    )
    empty = sa.text("lines = 0")
    op.create_index("ix_report_days_empty", "report_days", ["lines"], sqlite_where=empty, postgresql_where=empty)


def _watch_on_sqlite() -> None:
    for table in WATCHED:
        person = "id" if table == "persons" else "person_id"
        only = ""
        if table == "subscriptions":
            names = READ_ANEW.split(", ")
            only = f"WHEN {' OR '.join(f'OLD.{name} IS NOT NEW.{name}' for name in names)} "
        for happening, when, whose in (
            ("INSERT", "", f"SELECT NEW.{person}"),
            ("UPDATE", only, f"SELECT OLD.{person} UNION SELECT NEW.{person}"),
            ("DELETE", "", f"SELECT OLD.{person}"),
        ):
            if table == "persons" and happening != "UPDATE":
                continue  # a new one has no case yet, and a merged one none any more
            op.execute(
                f"CREATE TRIGGER {table}_{happening.lower()}_changes_reports AFTER {happening} ON {table} {when}"
                f"BEGIN INSERT INTO report_changes (person_id) {whose}; END"
            )


def _watch_on_postgresql() -> None:
    for person in ("person_id", "id"):
        op.execute(FUNCTION.replace("PERSON", person))
    for table in WATCHED:
        person = "id" if table == "persons" else "person_id"
        note = f"EXECUTE FUNCTION note_report_change_of_{person}()"
        if table != "persons":  # a new one has no case yet, and a merged one none any more
            op.execute(f"CREATE TRIGGER {table}_changes_reports AFTER INSERT OR DELETE ON {table} FOR EACH ROW {note}")
        only = ""
        if table == "subscriptions":
            old, new = (", ".join(f"{row}.{name}" for name in READ_ANEW.split(", ")) for row in ("OLD", "NEW"))
            only = f"WHEN (({old}) IS DISTINCT FROM ({new}))"
        op.execute(f"CREATE TRIGGER {table}_update_changes_reports AFTER UPDATE ON {table} FOR EACH ROW {only} {note}")
