"""Each offer in each phase; plans, pauses and trials; impossible offers and their reasons."""

from dataclasses import replace

import pytest

from domain.billing.subscription import Price, Subscription
from domain.ids import StaffId
from domain.money import Money
from domain.winback.offer import CallBack, ExtendTrial, FreeMonths, NoOffer, Offer, Pause, Restart, SwitchPlan
from domain.winback.price_offer import price_offer
from domain.winback.terms import ImpossibleOffer, OfferTerms
from tests.domain.billing.subscriptions import discount, item, price, subscription
from tests.domain.winback.leaving_customers import ENDED, ENDS, MONTHLY, PENDING, TRIALING, TWENTY, limits, pricing
from tests.domain.winback.priced_offers import NOW, amount, percent, planned, worked

BASIC = price("1900", name="price_basic", product="prod_basic")
PLUS = price("2900", name="price_plus", product="prod_plus")
PHASES = {"pending": PENDING, "trialing": TRIALING, "ended": ENDED}
EVERY_OFFER: dict[str, Offer] = {
    "discount": TWENTY,
    "free_months": FreeMonths(months=1),
    "switch_plan": SwitchPlan(price_id=None),
    "pause": Pause(months=2),
    "extend_trial": ExtendTrial(days=7),
    "restart": Restart(),
    "call_back": CallBack(who=StaffId("U1")),
    "no_offer": NoOffer(),
}


@pytest.mark.parametrize(
    ("kind", "phase", "way"),
    [
        ("discount", "pending", "resume"),
        ("discount", "ended", "checkout"),
        ("discount", "trialing", "resume"),
        ("free_months", "pending", "resume"),
        ("free_months", "ended", "checkout"),
        ("free_months", "trialing", None),
        ("switch_plan", "pending", "resume"),
        ("switch_plan", "ended", "checkout"),
        ("switch_plan", "trialing", "resume"),
        ("pause", "pending", "resume"),
        ("pause", "ended", None),
        ("pause", "trialing", None),
        ("extend_trial", "pending", None),
        ("extend_trial", "ended", None),
        ("extend_trial", "trialing", "resume"),
        ("restart", "pending", "resume"),
        ("restart", "ended", "checkout"),
        ("restart", "trialing", "resume"),
        ("call_back", "pending", "call"),
        ("call_back", "ended", "call"),
        ("call_back", "trialing", "call"),
        ("no_offer", "pending", None),
        ("no_offer", "ended", None),
        ("no_offer", "trialing", None),
    ],
)
def test_each_cell_of_the_table(kind: str, phase: str, way: str | None) -> None:
    found = price_offer(EVERY_OFFER[kind], pricing(PHASES[phase], BASIC), limits(), at=NOW)
    if way is None:
        assert found == ImpossibleOffer(why="phase", detail=phase)
    else:
        assert isinstance(found, OfferTerms)
        assert (found.way, found.phase, found.accepted_at) == (way, phase, NOW)


@pytest.mark.parametrize(
    ("offer", "of", "found"),
    [
        (amount(500, currency="usd"), PENDING, ImpossibleOffer(why="currency", detail="usd")),
        (percent("20", 4), PENDING, ImpossibleOffer(why="invoices_limit", detail="3")),
        (FreeMonths(months=4), PENDING, ImpossibleOffer(why="invoices_limit", detail="3")),
        (
            percent("20"),
            subscription(item(price("0"), until=ENDS), cancel_at=ENDS),
            ImpossibleOffer(why="nothing_to_give"),
        ),
        (percent("20"), subscription(item(price(metered=True), None, until=ENDS)), ImpossibleOffer(why="metered")),
        (Restart(), subscription(item(price(metered=True), None, until=ENDS)), ImpossibleOffer(why="metered")),
        (Restart(), subscription(item(price(None, mode="volume"), until=ENDS)), ImpossibleOffer(why="metered")),
        (TWENTY, replace(PENDING, collection_paused=True), ImpossibleOffer(why="already_paused")),
        (Pause(months=1), replace(PENDING, collection_paused=True), ImpossibleOffer(why="already_paused")),
        (Restart(), replace(PENDING, items=()), ImpossibleOffer(why="no_end_known")),
        (ExtendTrial(days=7), replace(TRIALING, trial_end_at=None), ImpossibleOffer(why="no_end_known")),
        (ExtendTrial(days=7), replace(TRIALING, trial_end_at=NOW), ImpossibleOffer(why="phase", detail="pending")),
        (Pause(months=1), subscription(item(price(every=(1, "year")), until=ENDS)), ImpossibleOffer(why="interval")),
        (
            FreeMonths(months=1),
            subscription(item(price(every=(1, "year")), until=ENDS)),
            ImpossibleOffer(why="interval"),
        ),
        (
            SwitchPlan(price_id=None),
            subscription(MONTHLY, item(price(), name="si_2")),
            ImpossibleOffer(why="several_items"),
        ),
    ],
)
def test_impossible_offers_name_their_reason(offer: Offer, of: Subscription, found: ImpossibleOffer) -> None:
    made = price_offer(offer, pricing(of, BASIC), limits(), at=NOW)
    assert made == found


def test_a_call_is_always_possible() -> None:
    metered = subscription(item(price(metered=True), None, until=ENDS))
    terms = worked(CallBack(who=None), metered)
    assert (terms.invoices, terms.cost, terms.later, terms.way) == ((), Money(0, "eur"), Money(0, "eur"), "call")


CATALOG = (BASIC, PLUS, price("4900"), price("9900", name="price_team"))


@pytest.mark.parametrize(
    ("asked", "catalog", "found"),
    [
        (None, CATALOG, "price_plus"),
        ("price_basic", CATALOG, "price_basic"),
        (None, (), ImpossibleOffer(why="no_cheaper_plan")),
        (None, (price("4900"), price("0", name="price_free")), ImpossibleOffer(why="no_cheaper_plan")),
        (None, (price("900", name="price_usd", currency="usd"),), ImpossibleOffer(why="no_cheaper_plan")),
        (None, (price("900", name="price_y", every=(1, "year")),), ImpossibleOffer(why="no_cheaper_plan")),
        (None, (price("9", name="price_m", metered=True),), ImpossibleOffer(why="no_cheaper_plan")),
        ("price_gone", CATALOG, ImpossibleOffer(why="no_such_price", detail="price_gone")),
        ("price_team", CATALOG, ImpossibleOffer(why="no_cheaper_plan", detail="price_team")),
        (
            "price_usd",
            (price("900", name="price_usd", currency="usd"),),
            ImpossibleOffer(why="currency", detail="price_usd"),
        ),
        (
            "price_y",
            (price("900", name="price_y", every=(1, "year")),),
            ImpossibleOffer(why="interval", detail="price_y"),
        ),
        ("price_m", (price("9", name="price_m", metered=True),), ImpossibleOffer(why="metered", detail="price_m")),
    ],
)
def test_a_cheaper_plan_is_chosen(asked: str | None, catalog: tuple[Price, ...], found: str | ImpossibleOffer) -> None:
    made = price_offer(SwitchPlan(price_id=asked), pricing(PENDING, *catalog), limits(), at=NOW)
    if isinstance(found, ImpossibleOffer):
        assert made == found
    else:
        assert isinstance(made, OfferTerms)
        assert made.offer == SwitchPlan(price_id=found)


def test_a_cheaper_plan_gives_up_the_difference() -> None:
    terms = worked(
        SwitchPlan(price_id=None), subscription(item(price(), 2, until=ENDS), cancel_at=ENDS, anchor_at=ENDS), *CATALOG
    )
    assert (planned(terms), terms.cost) == ([("2026-07-01", 9800, 5800)], Money(0, "eur"))
    assert (terms.gives_up, terms.charge, terms.seats) == (Money(48000, "eur"), Money(48000, "eur"), 2)
    assert (terms.price, terms.later, terms.later_at) == (PLUS, Money(5800, "eur"), ENDS.replace(month=8))


def test_a_product_discount_stays_with_its_product() -> None:
    of = replace(PENDING, discounts=(discount(percent="10", products=frozenset({"prod_pro"})),))
    assert planned(worked(SwitchPlan(price_id=None), of, PLUS)) == [("2026-07-01", 4410, 2900)]


def test_a_pause_skips_invoices() -> None:
    terms = worked(Pause(months=2))
    restart = ENDS.replace(month=9)
    assert (terms.restarts_at, terms.cost, planned(terms)) == (restart, Money(0, "eur"), [("2026-09-01", 4900, 4900)])
    assert (terms.gives_up, terms.most_invoices, terms.access) == (Money(9800, "eur"), 2, "blocked")
    kept = worked(Pause(months=2), within=limits(pause_access="kept"))
    assert (kept.cost, kept.gives_up, kept.access) == (Money(9800, "eur"), Money(0, "eur"), "kept")
    weekly = subscription(item(price("1000", every=(1, "week")), until=ENDS), cancel_at=ENDS)
    assert planned(worked(Pause(months=1), weekly)) == [("2026-08-05", 1000, 1000)]


def test_a_longer_trial_costs_its_days() -> None:
    terms = worked(ExtendTrial(days=7), TRIALING)
    assert terms.trial_ends_at == ENDS.replace(day=8)
    assert planned(terms) == [("2026-07-08", 4900, 4900)]
    assert terms.cost == Money(1107, "eur")  # 4900 * 7 / 31 = 1106.45, up
    assert terms.later_at == ENDS.replace(month=8, day=8)


def test_a_restart_changes_nothing() -> None:
    terms = worked(Restart())
    assert (planned(terms), terms.cost, terms.coupon) == ([("2026-07-01", 4900, 4900)], Money(0, "eur"), None)
    assert worked(Restart(), ENDED).invoices[0].at == NOW
