"""`winback backfill`, and `winback policy simulate` on what it took in, beside a sandbox where people left long ago."""

import json
import sqlite3
from contextlib import closing

import pytest

from bot.cli.demo_sandbox import policy_without_hours
from domain.cancellations.stored_case import Case
from domain.ids import SubscriptionId
from flows.cancellations.track_case import FIRST_START
from flows.effects import EnrichCase, EvaluateCase, ShowCard
from sandbox.seed import CUSTOMERS
from tests.bot.operator import Operator

DEAR = """
[limits]
holdout = 0

[[rules]]
name = "dear"
reasons = ["too_expensive"]

  [[rules.steps]]
  after = "2 hours"
  offer = "discount"
  percent = 20
  invoices = 3
"""
LEFT = ("sven", "tara", "fred", "drew", "ugo", "walt", "xena")
"""Who left in the seed's last 90 days."""


async def case_of(operator: Operator, handle: str) -> Case:
    async with operator.store.read() as unit:
        (case,) = await unit.cases.of_subscription(SubscriptionId(CUSTOMERS[handle].subscription_id()))
    return case


def rows(operator: Operator) -> dict[str, int]:
    """Return how many rows each table has."""
    with closing(sqlite3.connect(operator.environment["DATABASE_URL"].removeprefix("sqlite:///"))) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}


async def test_backfill_is_silent_with_a_summary(operator: Operator) -> None:
    said = await operator.types("backfill", "--since", "90d")

    assert said.status == 0
    assert said.out == (
        "7 cancellations in the last 90d, 7 of them new here: 2 still paid up, 5 ended, 0 taken back. "
        "Lost a month: €147, £8 and $147.\n"
    )
    assert "imported; checked all created since" in said.err
    assert all([(await case_of(operator, handle)).silent for handle in LEFT])
    assert await operator.asked_for() == []
    async with operator.store.read() as unit:
        assert await unit.checkpoints.get(FIRST_START) is not None
    (entry,) = await operator.recorded("backfill")
    assert (entry.who, entry.note) == ("cli", "90 days, 7 new")


async def test_repeated_backfill_finds_nothing_new(operator: Operator) -> None:
    await operator.types("backfill", "--since", "4w")

    said = await operator.types("backfill", "--since", "4w")

    assert "0 of them new here" in said.out


async def test_cards_and_proposals_need_flags(operator: Operator) -> None:
    await operator.types("backfill", "--since", "90d")
    posted = await operator.types("backfill", "--since", "90d", "--post")
    assert posted.status == 0
    found = sorted([await case_of(operator, handle) for handle in LEFT], key=lambda case: case.episode.requested_at)
    cases = {case.id for case in found}
    asked = await operator.asked_for()
    newest_first = [effect.case_id for effect in asked if isinstance(effect, ShowCard)]
    assert newest_first[::-1] == [case.id for case in found]
    assert {effect.case_id for effect in asked if isinstance(effect, EnrichCase)} == cases
    assert not any(isinstance(effect, EvaluateCase) for effect in asked)

    await operator.types("backfill", "--since", "90d", "--propose")

    asked = await operator.asked_for()
    assert {effect.case_id for effect in asked if isinstance(effect, EvaluateCase)} == cases


async def test_interrupted_backfill_resumes(operator: Operator) -> None:
    stripe = operator.sandbox.stripe
    price = stripe.catalog.add_price(stripe.catalog.add_product("Team"), 900, "eur")
    customer = stripe.create_customer(name="Many", email="many@seats-mail.com")
    for _ in range(100):
        stripe.subscribe(customer, price)
    newest = f"checked all created since {operator.sandbox.clock.now():%Y-%m-%d}"
    sven = f"/v1/subscriptions/{CUSTOMERS['sven'].subscription_id()}"
    operator.sandbox.faults.add("stripe", sven, "status", times=None, status=503)

    cut = await operator.types("backfill", "--since", "90d")
    assert cut.status == 1
    assert newest in cut.err
    assert "What was imported is kept; run the same command to go on." in cut.err
    operator.sandbox.faults.clear()
    for subscription in stripe.ledger.all("subscription", customer=customer["id"]):
        subscription["created"] += 1  # newer than where it stopped: walked again they would be seen

    again = await operator.types("backfill", "--since", "90d")
    assert again.status == 0
    assert newest not in again.err
    assert again.out.startswith("7 cancellations")


@pytest.mark.parametrize("since", ["30", "-3d", "d", "0d", "soon"])
async def test_invalid_duration_is_a_usage_error(operator: Operator, since: str) -> None:
    said = await operator.types("backfill", f"--since={since}")

    assert (said.status, said.out) == (2, "")
    assert "isn't a duration" in said.err


async def test_simulation_stores_nothing(operator: Operator) -> None:
    await operator.types("backfill", "--since", "90d")
    before = rows(operator)

    said = await operator.types("policy", "simulate", operator.writes("dear.toml", DEAR), "--json")

    assert said.status == 0
    assert "7 of 7 cases read at Stripe" in said.err
    found = json.loads(said.out)
    (offer,) = found["offers"]
    assert (offer["customer"], offer["rule"], offer["step"]) == (CUSTOMERS["sven"].id, "dear", 1)
    assert (offer["cost"], offer["currency"], offer["held_back"]) == (2940, "eur", False)
    assert found["cost"] == {"eur": 2940}
    without = {each["customer"]: each["why"] for each in found["without"]}
    assert without[CUSTOMERS["drew"].id] == ["disputed", "no_rule"]
    assert without[CUSTOMERS["tara"].id] == ["no_rule"]
    assert rows(operator) == before
    assert await operator.asked_for() == []


async def test_simulation_table_ends_with_totals(operator: Operator) -> None:
    await operator.types("backfill", "--since", "90d")

    everybody = operator.writes("everybody.toml", policy_without_hours())

    said = await operator.types("policy", "simulate", everybody, "--since", "60d")

    assert said.status == 0
    table = said.out
    assert "Starter at €" in table  # the lighter plan for whom it was too expensive, three days before the end
    assert "and a person should read that first" in table
    assert "If all of it were taken up it would cost at most €" in table  # twelve months of what the plan is less
    assert "given away or given up." in table
    assert said.lines[-1].startswith("Nobody is held out (limits.holdout is 0), so the lift isn't measured. Never at")
