"""A database of many cases, written by SQL: people with two cases each, spread evenly over the last 17 months."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, NullPool, text

from domain.billing.monthly_value import MonthlyValue
from domain.cancellations.stored_case import Facts
from domain.ids import CustomerId
from domain.keyring import Keyring
from domain.money import Money
from domain.winback.offer import DiscountOffer
from domain.winback.terms import CouponTerms, OfferTerms, PlannedInvoice
from flows.winback.results.count_cases import lines_of
from storage.database import migrate
from storage.database.column_types import StoredTerms, adapter_of
from storage.database.engine import database, is_sqlite, make_engine
from storage.store import SqlStore

NOW = datetime(2026, 11, 22, 12, 34, 56, tzinfo=UTC)
SPREAD = timedelta(days=517)  # the year of the lift and the five months since
PEOPLE_AT_ONCE = 500
AMOUNT = Money(4900, "xxx")
"""`xxx` becomes one of three currencies."""

NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :size)"
REASON = """CASE n % 9 WHEN 0 THEN NULL WHEN 1 THEN 'too_expensive' WHEN 2 THEN 'unused' WHEN 3 THEN 'missing_features'
    WHEN 4 THEN 'switched_service' WHEN 5 THEN 'other' WHEN 6 THEN 'low_quality' WHEN 7 THEN 'too_complex' END"""
RULE = "'rule ' || (n % 9 + n / 18 % 3)"  # three for each reason
CODE = """CASE n / 9 % 4 WHEN 0 THEN 'expired_card' WHEN 1 THEN 'insufficient_funds' WHEN 2 THEN 'do_not_honor'
    ELSE 'lost_card' END"""
CURRENCY = "CASE n / 2 % 5 WHEN 0 THEN '\"usd\"' WHEN 1 THEN '\"gbp\"' ELSE '\"eur\"' END"
HELD_OUT = "n / 2 % 10 = 0"
DECIDED = "n % 5 < 3"
SENT = f"n % 5 = 0 AND NOT ({HELD_OUT})"
BACK = "n % 7 = 0 OR n % 70 = 1"  # of seventy people one pair of cases ends with one return

TABLES = {
    "persons": f"""(id, created_at, holdout, drawn_both_ways)
        {NUMBERS} SELECT {{person}}, {{long_ago}}, {HELD_OUT}, false FROM numbers WHERE n % 2 = 0 OR n = 1""",
    "subscriptions": f"""(id, customer_id, person_id, created_at, was_live, facts, version)
        {NUMBERS} SELECT 'sub_' || n, 'cus_' || n, {{person}}, {{long_ago}}, true,
            replace(:facts, '"xxx"', {CURRENCY}), 1 FROM numbers""",
    "cases": f"""(id, subscription_id, person_id, state, canceled_ats, requested_at, ends_at, ended_at, resumed_at,
            kind, feedback, silent, enrichment, owner, tags, version, loss)
        {NUMBERS} SELECT {{id}}, 'sub_' || n, {{person}}, CASE WHEN {BACK} THEN 'resumed' ELSE 'ended' END, '[]',
            {{requested}}, {{later}}, CASE WHEN {BACK} THEN NULL ELSE {{later}} END,
            CASE WHEN {BACK} THEN {{later}} END,
            CASE WHEN n % 9 = 8 THEN 'payment_failed' ELSE 'cancellation_requested' END, {REASON}, false,
            CASE WHEN n % 9 = 8 THEN '{{{{"paid": null, "decline_code": "' || {CODE} || '"}}}}' END,
            CASE WHEN n % 50 = 0 THEN 'U1' END, '[]', 1, replace(:loss, '"xxx"', {CURRENCY}) FROM numbers""",
    "proposals": f"""(id, case_id, person_id, subscription_id, customer_id, rule, step, terms, reasons, rejected, state,
            approvals, by_standing_approval, created_at, expires_at, policy_digest, version, charge, charge_currency)
        {NUMBERS} SELECT {{id}}, {{id}}, {{person}}, 'sub_' || n, 'cus_' || n, {RULE}, 0,
            replace(:terms, '"xxx"', {CURRENCY}), '[]', '[]',
            CASE WHEN {HELD_OUT} THEN 'held_out' WHEN n % 5 = 0 THEN 'approved' WHEN n > :newest THEN 'open'
                ELSE 'expired' END,
            '[]', false, {{later}}, {{expires}}, 'digest', 1, 980, replace({CURRENCY}, '"', '') FROM numbers
        WHERE {DECIDED}""",
    "offers": f"""(id, proposal_id, case_id, person_id, subscription_id, customer_id, terms, rule, step, approved_by,
            token_digest, key_id, state, created_at, send_at, expires_at, attempts, email_state, sent_at, reserved,
            version)
        {NUMBERS} SELECT {{id}}, {{id}}, {{id}}, {{person}}, 'sub_' || n, 'cus_' || n,
            replace(:terms, '"xxx"', {CURRENCY}), {RULE}, 0, 'U1', 'digest ' || n, 'key', 'over', {{later}}, {{later}},
            {{expires}}, '[]', 'sent', {{later}}, '[]', 1 FROM numbers WHERE {SENT}""",
    "outcomes": f"""(case_id, person_id, returned_at, returned_with, how, first_paid_at, kept_30, kept_90, stayed_30,
            stayed_90, version)
        {NUMBERS} SELECT {{id}}, {{person}}, {{shared_later}}, 'sub_' || (n - n % 2),
            CASE n % 3 WHEN 0 THEN 'accepted' WHEN 1 THEN 'after_email' ELSE 'by_themselves' END, {{later}},
            replace(:kept, '"xxx"', {CURRENCY}), replace(:kept, '"xxx"', {CURRENCY}), true, n % 4 > 0, 1
        FROM numbers WHERE {BACK}""",
}


def fill(url: str, size: int) -> None:
    """Make a database with so many cases, and check that it has them."""
    migrate.upgrade(url)
    parsed = database(url)
    engine = make_engine(parsed, pool=NullPool)
    first, step = NOW - SPREAD, SPREAD / size
    spell = _sqlite if is_sqlite(parsed) else _postgres
    words = {
        "id": spell("n"),
        "person": spell("n / 2"),
        "long_ago": _time(spell, first - timedelta(days=200), step, "0"),
        "requested": _time(spell, first, step, "n"),
        "later": _time(spell, first + timedelta(days=3), step, "n"),
        "shared_later": _time(spell, first + timedelta(days=3), step, "(n - n % 2)"),
        "expires": _time(spell, first + timedelta(days=10), step, "n"),
    }
    values = {"size": size, "newest": size - max(25, size // 250)} | _json()
    with engine.begin() as connection:
        if not is_sqlite(parsed):
            connection.execute(text("SET LOCAL statement_timeout = 0"))
        for table, rows in TABLES.items():
            statement = text(f"INSERT INTO {table} {rows.format(**words)}")
            given = {name: value for name, value in values.items() if f":{name}" in rows}
            connection.execute(statement, given)
        # Filling noted each person several times.
        connection.execute(text("DELETE FROM report_changes"))
        connection.execute(text("INSERT INTO report_changes (person_id) SELECT id FROM persons"))
    with engine.connect() as connection:
        _check(connection, size)
    _analyze(url)


async def count(url: str, size: int) -> float:
    """Count all cases as the bot does, in larger steps, and check them; return how many a second."""
    store = SqlStore(url, keyring=Keyring(["a secret key that the bench does not use"]), new_id=uuid4)
    loop = asyncio.get_running_loop()
    began = loop.time()
    while True:
        async with store.begin() as unit:
            people = await unit.reports.take_changed(limit=PEOPLE_AT_ONCE)
            if not people:
                break
            await unit.reports.replace(people, lines_of(await unit.reports.measured(people)))
            await unit.commit()
    took = loop.time() - began
    async with store.read() as unit:
        groups = await unit.reports.groups(since=NOW - 2 * SPREAD, until=NOW + SPREAD)
    await store.close()
    counted = sum(each.counts.cases for each in groups)
    assert counted == size, f"{counted} cases were counted, not {size}"
    await asyncio.to_thread(_analyze, url)
    return size / took


def _analyze(url: str) -> None:
    parsed = database(url)
    engine = make_engine(parsed, pool=NullPool)
    if is_sqlite(parsed):
        with engine.begin() as connection:
            connection.execute(text("ANALYZE"))
    else:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SET statement_timeout = 0"))
            connection.execute(text("VACUUM ANALYZE"))


def _check(connection: Connection, size: int) -> None:
    for table, least in {"cases": size, "subscriptions": size, "proposals": size // 2, "outcomes": size // 8}.items():
        found = connection.scalar(text(f"SELECT count(*) FROM {table}"))
        assert found >= least, f"{found} rows in {table}, not {least}"


def _sqlite(number: str) -> str:
    return f"printf('%032x', {number})"


def _postgres(number: str) -> str:
    return f"CAST(lpad(to_hex(({number})), 32, '0') AS uuid)"


def _time(spell: Any, first: datetime, step: timedelta, number: str) -> str:
    seconds = f"({number} * {step.total_seconds():.6f})"
    if spell is _sqlite:
        return f"strftime('%Y-%m-%d %H:%M:%f', '{first:%Y-%m-%d %H:%M:%S}', {seconds} || ' seconds') || '000'"
    return f"CAST('{first:%Y-%m-%d %H:%M:%S}+00' AS timestamptz) + {seconds} * CAST('1 second' AS interval)"


def _json() -> dict[str, str]:
    value = MonthlyValue(now=AMOUNT, would_be=AMOUNT, usage_based=False)
    facts = Facts(
        customer_id=CustomerId("cus_1"),
        customer_name="Dana Scully",
        customer_email="dana@scully-mail.com",
        plan="Pro",
        value=value,
        started_at=NOW - 2 * SPREAD,
        status="canceled",
        livemode=False,
    )
    terms = OfferTerms(
        offer=DiscountOffer(percent=Decimal(20), amount=None, invoices=1),
        phase="ended",
        way="checkout",
        accepted_at=NOW,
        invoices=(PlannedInvoice(at=NOW, before=AMOUNT, after=Money(3920, "xxx")),),
        cost=Money(980, "xxx"),
        later=AMOUNT,
        later_at=NOW,
        price=None,
        coupon=CouponTerms(id="winback-20", percent_off=Decimal(20), amount_off=None, duration="once", months=None),
    )
    shapes = {
        "facts": (Facts, facts),
        "loss": (MonthlyValue, value),
        "terms": (StoredTerms, terms),
        "kept": (Money, AMOUNT),
    }
    return {name: adapter_of(shape).dump_json(each).decode() for name, (shape, each) in shapes.items()}
