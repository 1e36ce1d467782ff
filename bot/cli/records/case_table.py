"""The cases of a report as CSV: ids, dates, codes and amounts, without names and comments."""

import csv
from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from decimal import Decimal
from io import StringIO

from domain.money import Money
from domain.winback.status import status_of
from flows.winback.results.answers import CaseReport
from wording.money import digits
from wording.offer import short_words
from wording.reason import feedback, kind
from wording.sanitize import one_line

COLUMNS = (
    "case", "subscription", "customer", "requested_at", "ends_at", "currency", "monthly_value", "reason",
    "decline_code", "rule", "outcome", "other_subscription", "lost", "gained", "gained_currency", "offer",
    "offer_state", "emailed", "offer_currency", "at_most", "gives_up", "given_so_far", "stayed_30", "kept_30",
    "kept_30_currency", "stayed_90", "kept_90", "kept_90_currency", "approved_by",
)  # fmt: skip

_BEGINS_A_FORMULA = tuple("=+-@\u2212\uff1d\uff0b\uff0d\uff20")
"""What spreadsheets take for a formula at a cell's beginning (OWASP: CSV Injection), wide forms included."""


def as_csv(cases: Iterable[CaseReport], *, zone: tzinfo) -> str:
    """Return a line for each case, below one with the columns' names; what is not known or doesn't apply is empty."""
    text = StringIO()
    written = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    written.writeheader()
    for each in cases:
        written.writerow({name: _cell(value) for name, value in _row(each, zone).items()})
    return text.getvalue()


def _row(report: CaseReport, zone: tzinfo) -> Mapping[str, str | None]:
    case = report.case
    other = "switched" if case.switched else "still_subscribed" if case.still_subscribed else None
    return {
        "case": str(case.case_id),
        "subscription": case.subscription_id,
        "customer": case.customer_id,
        "requested_at": _time(case.requested_at, zone),
        "ends_at": _time(case.ends_at, zone),
        "currency": case.currency,
        "monthly_value": _amount(case.value),
        "reason": None if case.reason is None else kind(feedback(case.reason)),
        "decline_code": case.decline_code,
        "rule": case.rule,
        "outcome": case.how or "not_back",
        "other_subscription": other,
        "lost": _amount(case.lost),
        "gained": _amount(case.gained),
        "gained_currency": _currency(case.gained),
        "emailed": _answer(case.sent),
        "stayed_30": _answer(case.stayed_30),
        "kept_30": _amount(case.kept_30),
        "kept_30_currency": _currency(case.kept_30),
        "stayed_90": _answer(case.stayed_90),
        "kept_90": _amount(case.kept_90),
        "kept_90_currency": _currency(case.kept_90),
        **_offer(report),
    }


def _offer(report: CaseReport) -> Mapping[str, str | None]:
    if report.proposal is None:
        return {}
    status = status_of(report.proposal, report.offer)
    approvers = [each.by for each in report.proposal.approvals]
    if report.offer is not None and report.offer.approved_by not in approvers:
        approvers.append(report.offer.approved_by)
    return {
        "offer": short_words(status.terms),
        "offer_state": status.state,
        "offer_currency": status.terms.cost.currency,
        "at_most": _amount(status.at_most),
        "gives_up": _amount(status.terms.gives_up),
        "given_so_far": _amount(status.given),
        "approved_by": " ".join(approvers),
    }


def _cell(value: str | None) -> str:
    """Return a text that no spreadsheet takes for a formula, nor for two cells."""
    text = one_line(value or "").replace(";", ",")
    return f"'{text}" if text.startswith(_BEGINS_A_FORMULA) else text


def _amount(amount: Money | None) -> str | None:
    """Return an amount in whole units of its currency: 49.00, 4900 yen, 4.900 dinars."""
    return None if amount is None else f"{Decimal(amount.minor).scaleb(-digits(amount.currency)):f}"


def _currency(amount: Money | None) -> str | None:
    return None if amount is None else amount.currency


def _time(moment: datetime | None, zone: tzinfo) -> str | None:
    return None if moment is None else moment.astimezone(zone).isoformat(timespec="seconds")


def _answer(stayed: bool | None) -> str | None:  # noqa: FBT001  # three answers of a check, not a switch
    return None if stayed is None else "yes" if stayed else "no"
