"""The cases of a period, each with what it adds to the reports."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.ids import CaseId, CustomerId, SubscriptionId
from domain.money import Money
from flows.ports.store import ReportedCase
from storage import tables

_line = tables.report_lines.c


async def read_reported(connection: AsyncConnection, *, since: datetime, until: datetime) -> list[ReportedCase]:
    """Return the cases requested in a span, the oldest first."""
    case, subscription, outcome = tables.cases.c, tables.subscriptions.c, tables.outcomes.c
    statement = (
        select(
            tables.report_lines,
            case.subscription_id,
            case.ends_at,
            case.ended_at,
            case.loss,
            subscription.customer_id,
            subscription.facts,
            outcome.how,
            outcome.stayed_30,
            outcome.stayed_90,
        )
        .join_from(tables.report_lines, tables.cases, case.id == _line.case_id)
        .join(tables.subscriptions, subscription.id == case.subscription_id)
        .outerjoin(tables.outcomes, outcome.case_id == case.id)
        .where(_line.requested_at >= since, _line.requested_at < until)
        .order_by(_line.requested_at, _line.case_id, _line.currency)
    )
    found = (await connection.execute(statement)).mappings().all()
    return [_reported(list(lines), until) for _, lines in groupby(found, key=lambda each: each["case_id"])]


def _reported(lines: Sequence[RowMapping], until: datetime) -> ReportedCase:
    one = lines[0]
    value = one["loss"] or one["facts"].value
    counting = [each for each in lines if each["is_shared"] and (each["next_at"] is None or each["next_at"] >= until)]
    return ReportedCase(
        case_id=CaseId(one["case_id"]),
        subscription_id=SubscriptionId(one["subscription_id"]),
        customer_id=CustomerId(one["customer_id"]),
        requested_at=one["requested_at"],
        ends_at=one["ended_at"] or one["ends_at"],
        currency=value.now.currency,
        value=value.now if value.has_amount else None,
        reason=one["reason"] or None,
        decline_code=one["decline_code"] or None,
        rule=one["rule"] or None,
        sent=any(each["sent"] for each in lines),
        how=one["how"],
        switched=any(each["switched"] for each in lines),
        still_subscribed=any(each["still_subscribed"] for each in lines),
        stayed_30=one["stayed_30"],
        stayed_90=one["stayed_90"],
        lost=_amount(lines, "lost_cases", "lost"),
        gained=_amount(lines, "gained_cases", "gained"),
        kept_30=_amount(lines, "paid_30", "kept_30") or _amount(counting, "shared_paid_30", "shared_kept_30"),
        kept_90=_amount(lines, "paid_90", "kept_90") or _amount(counting, "shared_paid_90", "shared_kept_90"),
    )


def _amount(lines: Sequence[RowMapping], number: str, minor: str) -> Money | None:
    return next((Money(each[minor], each["currency"]) for each in lines if each[number]), None)
