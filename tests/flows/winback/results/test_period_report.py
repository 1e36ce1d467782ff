"""The cases of a month add up to what Slack says of it, and what was given to what Stripe's invoices took off."""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.cli.records.case_table import COLUMNS, as_csv
from domain.ids import CustomerId
from domain.money import Money
from domain.winback.offer import DiscountOffer, FreeMonths, Offer, Restart
from flows.effects import TrackCost
from flows.winback.results.answers import CaseReport, LossReport
from flows.winback.results.period import Period
from flows.winback.results.period_report import report_period
from storage.store import SqlStore
from tests.flows.winback.offers.flows import KINDS
from tests.flows.winback.offers.people import MANAGER
from tests.flows.winback.offers.presses import accept
from tests.flows.winback.offers.winback import Winback
from tests.flows.winback.results.test_counted_in_sql import NOW, ZONES, History, forget_all
from tests.lanes import examples
from wording.money import digits

Line = Mapping[str, str]
NASTY = (
    "=1+1",
    "+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n@x",
    " =1",
    "−1",
    "＝1",
    "x;=1+1",
    '"=1',
    "\u200b=1",
    "\x00=1",
)


def lines(text: str) -> list[Line]:
    return list(csv.DictReader(text.splitlines()))


def minor(amount: str, currency: str) -> int:
    exact = Decimal(amount).scaleb(digits(currency))
    assert exact == int(exact)
    return int(exact)


def sums(told: Iterable[Line], name: str, currency: str) -> tuple[Money, ...]:
    """Add up a column by another one with the currency."""
    found = Counter[str]()
    for each in told:
        if each[name]:
            found[each[currency]] += minor(each[name], each[currency])
    return tuple(Money(found[each], each) for each in sorted(found))


@settings(
    max_examples=examples(4),
    print_blob=True,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(chance=st.randoms(use_true_random=True))
async def test_csv_adds_up_to_stats_and_leak(sqlite_store: SqlStore, chance: Random) -> None:
    await forget_all(sqlite_store)
    await History(sqlite_store, chance).happen()
    zone = ZoneInfo(chance.choice(ZONES))
    periods = [Period.month(f"2026-{number:02}", zone=zone, now=NOW) for number in (9, 10, 11)]
    for period in [*periods, Period.last(timedelta(days=365), now=NOW)]:
        assert period is not None
        found = await report_period(sqlite_store, period)
        told = lines(as_csv(found.cases, zone=zone))
        whole = found.summary.whole
        outcomes, others = (
            Counter(each["outcome"] for each in told),
            Counter(each["other_subscription"] for each in told),
        )
        assert len(told) == whole.cases
        assert sum(bool(each["offer"]) for each in told) == whole.offered
        assert sum(each["emailed"] == "yes" for each in told) == whole.sent
        assert outcomes["accepted"] == whole.accepted
        assert outcomes["after_email"] == whole.after_email
        assert outcomes["by_themselves"] == whole.by_themselves
        assert others["switched"] == whole.switched
        assert others["still_subscribed"] == whole.still_subscribed
        for days, stayed, kept in (("30", whole.verified_30, whole.kept_30), ("90", whole.verified_90, whole.kept_90)):
            assert sum(each[f"stayed_{days}"] == "yes" for each in told) == stayed
            assert sums(told, f"kept_{days}", f"kept_{days}_currency") == kept
        assert_like_leak(told, found.losses)


def assert_like_leak(told: list[Line], leak: LossReport) -> None:
    by_currency = sorted(leak.whole, key=lambda each: each.monthly.currency)
    assert sums(told, "lost", "currency") == tuple(each.monthly for each in by_currency)
    addressed = [each for each in told if each["rule"]]
    assert sums(addressed, "lost", "currency") == tuple(
        each.addressed
        for each in by_currency
        if any(line["currency"] == each.monthly.currency for line in addressed if line["lost"])
    )
    assert sum(bool(each["lost"]) for each in told) == sum(each.cases for each in leak.whole)
    assert sums(told, "gained", "gained_currency") == leak.gained
    not_back = [each for each in told if each["outcome"] == "not_back"]
    assert sum(not (each["lost"] or each["gained"] or each["other_subscription"]) for each in not_back) <= leak.unknown


@pytest.fixture
def tracked(winback: Winback) -> Winback:
    winback.perform(KINDS | {TrackCost})
    return winback


async def test_given_is_what_issued_invoices_took_off(tracked: Winback) -> None:
    offers: list[Offer] = [
        DiscountOffer(percent=Decimal(20), amount=None, invoices=3),
        DiscountOffer(percent=None, amount=Money(700, "eur"), invoices=1),
        FreeMonths(months=1),
        Restart(),
    ]
    began = tracked.now()
    for number, offer in enumerate(offers):
        subscription, case = await tracked.leaving()
        tracked.set_seats(subscription, number + 1)
        await accept(tracked, await tracked.sent(case, offer))
        await tracked.work()
    for _ in range(9):
        tracked.sandbox.clock.advance(timedelta(days=8))
        await tracked.work()
    period = Period(since=began, until=tracked.now())

    found = await report_period(tracked.store, period)

    told = lines(as_csv(found.cases, zone=ZoneInfo("UTC")))
    account = tracked.account
    for each in told:
        issued = [
            invoice
            for invoice in account.ledger.all("invoice", customer=each["customer"])
            if invoice["status"] in {"open", "paid", "uncollectible"}
        ]
        taken_off = sum(amount["amount"] for invoice in issued for amount in invoice["total_discount_amounts"] or ())
        assert taken_off == (minor(each["given_so_far"], "eur") if each["given_so_far"] else 0)
        assert taken_off <= minor(each["at_most"], "eur")
        assert (each["offer_state"], each["approved_by"]) == ("accepted", MANAGER.id)
    assert sum(bool(each["given_so_far"]) for each in told) == 3
    assert min(minor(each["given_so_far"], "eur") for each in told if each["given_so_far"]) > 0


async def test_no_cell_is_a_formula(tracked: Winback) -> None:
    _, case = await tracked.leaving()
    offer = await tracked.approved(case)
    found = await report_period(tracked.store, Period.last(timedelta(days=30), now=tracked.now() + timedelta(days=1)))
    (report,) = found.cases
    hostile = [
        replace(report.case, reason=nasty, decline_code=nasty, rule=nasty, customer_id=CustomerId(nasty))
        for nasty in NASTY
    ]

    cases = [CaseReport(case=each, proposal=report.proposal, offer=offer) for each in hostile]
    text = as_csv(cases, zone=ZoneInfo("UTC"))

    told = lines(text)
    assert len(told) == len(NASTY)
    assert all(tuple(each) == COLUMNS for each in told)
    for cell in (part for each in told for name in each for part in each[name].split(";")):
        assert not cell.lstrip().startswith(tuple("=+-@−＝＋－＠"))
        assert not set(cell) & set("\t\r\n\x00")
    assert "Scully" not in text
    assert "scully" not in text
