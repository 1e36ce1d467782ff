"""Why somebody is back, and how much of it counts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.cancellations.stored_case import CustomerReturn
from domain.ids import SubscriptionId
from domain.money import Money
from domain.winback.outcome import Retention, ReturnAttribution, attribute_return, retention_at
from domain.winback.proposal import OfferRow
from tests.storage.offers import offer_of, proposal
from tests.storage.samples import NOW, case

DAY = timedelta(days=1)
BACK_WITH = SubscriptionId("sub_back")


def offer(*, sent_days_ago: int | None = None) -> OfferRow:
    sent_at = None if sent_days_ago is None else NOW - sent_days_ago * DAY
    made = replace(offer_of(proposal(case())), created_at=NOW - 100 * DAY, sent_at=sent_at)
    return replace(made, coupon_id="winback-20pct-3m", promotion_code_id=f"promo_{made.id}")


def cause(*offers: OfferRow, coupons: frozenset[str] = frozenset()) -> ReturnAttribution:
    comeback = CustomerReturn(at=NOW, subscription_id=BACK_WITH, same_subscription=False)
    return attribute_return(comeback, requested_at=NOW - 90 * DAY, coupons=coupons, offers=offers)


def test_without_an_offer_the_return_is_organic() -> None:
    assert cause() == cause(offer()) == ReturnAttribution(how="by_themselves", offer_id=None)


def test_a_redeemed_offer_is_a_strong_return() -> None:
    taken = replace(offer(sent_days_ago=60), redeemed_with=BACK_WITH)
    assert cause(offer(sent_days_ago=1), taken) == ReturnAttribution(how="accepted", offer_id=taken.id)
    elsewhere = replace(taken, redeemed_with=SubscriptionId("sub_other"))
    assert cause(elsewhere).how == "by_themselves"


def test_what_was_accepted_before_they_cancelled_brings_nobody_back() -> None:
    earlier = replace(offer(sent_days_ago=99), redeemed_with=BACK_WITH, accepted_at=NOW - 95 * DAY)
    assert cause(earlier).how == "by_themselves"
    assert cause(replace(earlier, accepted_at=NOW - 80 * DAY)).how == "accepted"
    same = CustomerReturn(at=NOW, subscription_id=BACK_WITH, same_subscription=True)
    coupons = frozenset({"winback-20pct-3m"})  # of an offer that began this very subscription
    found = attribute_return(same, requested_at=NOW - 9 * DAY, coupons=coupons, offers=[offer(sent_days_ago=60)])
    assert found.how == "by_themselves"


def test_a_redeemed_code_is_a_strong_return() -> None:
    coded = offer(sent_days_ago=60)
    assert cause(coded, coupons=frozenset({"winback-20pct-3m"})) == ReturnAttribution(how="accepted", offer_id=coded.id)
    assert cause(coded, coupons=frozenset({"SPRING"})).how == "by_themselves"


def test_other_coupons_do_not_count() -> None:
    uncoded = replace(offer(), promotion_code_id=None)
    later = replace(offer(), created_at=NOW + DAY)
    assert cause(uncoded, later, coupons=frozenset({"winback-20pct-3m"})).how == "by_themselves"


@pytest.mark.parametrize(("days", "how"), [(0, "after_email"), (14, "after_email"), (15, "by_themselves")])
def test_an_email_counts_for_14_days(days: int, how: str) -> None:
    assert cause(offer(sent_days_ago=days)).how == how


def test_a_later_email_does_not_count() -> None:
    assert cause(offer(sent_days_ago=-1)).how == "by_themselves"


def test_the_newer_of_two_emails_counts() -> None:
    older, newer = offer(sent_days_ago=10), offer(sent_days_ago=2)
    assert cause(newer, older) == ReturnAttribution(how="after_email", offer_id=newer.id)


def test_payments_up_to_the_day_count() -> None:
    payments = [(NOW, Money(3920, "eur")), (NOW + 30 * DAY, Money(3920, "eur")), (NOW + 31 * DAY, Money(4900, "eur"))]
    assert retention_at(payments, left_at=None, by=NOW + 30 * DAY, currency="eur") == Retention(
        stayed=True, amount=Money(7840, "eur")
    )


@pytest.mark.parametrize(("left", "stayed"), [(29, False), (30, False), (31, True)])
def test_who_left_by_the_day_counts_nothing(left: int, *, stayed: bool) -> None:
    seen = retention_at([(NOW, Money(3920, "eur"))], left_at=NOW + left * DAY, by=NOW + 30 * DAY, currency="eur")
    assert seen == Retention(stayed=stayed, amount=Money(3920 if stayed else 0, "eur"))
