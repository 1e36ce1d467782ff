"""For any account: the monthly value is the formula's, and the price steps are the invoices of the next two years."""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from domain.billing.billing_schedule import Course
from domain.billing.monthly_value import monthly_value
from domain.billing.price_steps import PriceSteps, price_steps
from domain.billing.subscription import Subscription
from domain.ids import CustomerId, SubscriptionId
from sandbox.stripe.account import Account
from sandbox.stripe.ledger import Json
from tests.accounts.conftest import Stage
from tests.accounts.drawn import KINDS, Drawn, set_up, shares, subscriptions
from tests.accounts.formula import net_a_month
from tests.lanes import LANE, examples

EXAMPLES = settings(
    max_examples=500 if LANE == "soak" else examples(40),
    print_blob=True,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
TAX_UNKNOWN = "(tax unknown)"
TWO_YEARS = timedelta(days=730)
Interval = tuple[int, str]
Steps = list[tuple[datetime, int]]
"""From when on each invoice is how much, in minor units."""


@pytest.fixture(scope="module")
def kinds() -> Iterator[Counter[str]]:
    """How often each kind of thing was drawn; nothing may be rare."""
    counted = Counter[str]()
    yield counted
    examples_drawn = counted.pop("")
    sys.stdout.write("\n".join(["", f"{examples_drawn} accounts", *shares(counted, examples_drawn), ""]))
    assert counted.pop(TAX_UNKNOWN, 0) <= examples_drawn / 100
    assert counted.keys() == KINDS
    assert min(counted.values()) >= examples_drawn / 20


@pytest.mark.timeout(3000)
@EXAMPLES
@given(drawn=subscriptions())
async def test_value_is_the_formulas_and_steps_are_the_invoices(
    stage: Stage, kinds: Counter[str], drawn: Drawn
) -> None:
    kinds.update(["", *drawn.kinds])
    account = stage.open_account(drawn.start)
    made = set_up(drawn, account)
    at = account.clock.now()
    read = (await stage.billing.read_subscription(SubscriptionId(made["id"]))).subscription
    (listed,) = await stage.billing.subscriptions_of(CustomerId(made["customer"]))
    assert listed == read
    value = monthly_value(read, at=at)
    assert value.known
    if value.tax_known:
        assert value.would_be.minor == net_a_month(drawn, made, account)
    else:  # the first invoice was free, and a schedule refuses the previews that would show it
        kinds[TAX_UNKNOWN] += 1
        assert drawn.tax == "stripe"
        assert drawn.scheduled
    assert told(read, at) == billed(account, made, at)


def told(read: Subscription, at: datetime) -> dict[Interval, Steps]:
    """Return the steps told of the next two years."""
    found = price_steps(Course.resumed(read, at=at), at=at)
    assert found is not None
    return within_two_years(found, at)


def within_two_years(found: Sequence[PriceSteps], at: datetime) -> dict[Interval, Steps]:
    """Return steps that begin in the two years from a moment on."""
    return {
        (each.count, each.interval): [
            (step.starts_at, step.amount.minor) for step in each.steps if step.starts_at <= at + TWO_YEARS
        ]
        for each in found
        if any(step.starts_at <= at + TWO_YEARS for step in each.steps)
    }


def billed(account: Account, subscription: Json, at: datetime) -> dict[Interval, Steps]:
    """Let two years pass and return what was to be paid by then, before tax on top, in steps."""
    until = at + TWO_YEARS
    account.clock.advance(max(timedelta(), until - account.clock.now()))
    licensed = {
        item["id"]: (item["price"]["recurring"]["interval_count"], item["price"]["recurring"]["interval"])
        for item in subscription["items"]["data"]
        if item["price"]["recurring"]["usage_type"] == "licensed"
    }
    steps: defaultdict[Interval, Steps] = defaultdict(list)
    for invoice in account.invoices.of(subscription):
        created = datetime.fromtimestamp(invoice["created"], UTC)
        if not at < created <= until or invoice["status"] == "void":
            continue
        amounts = Counter[Interval]()
        for line in invoice["lines"]["data"]:
            item_id = line["parent"]["subscription_item_details"]["subscription_item"]
            if item_id in licensed:
                amounts[licensed[item_id]] += line["amount"] - sum(each["amount"] for each in line["discount_amounts"])
        for interval, amount in amounts.items():
            if not steps[interval] or steps[interval][-1][1] != amount:
                steps[interval].append((created, amount))
    return dict(steps)
