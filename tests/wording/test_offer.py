"""Offers in words, for staff and for customers."""

from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from domain.billing.subscription import Subscription
from domain.billing.tax import UNTAXED, Tax
from domain.ids import StaffId
from domain.money import Money
from domain.winback.offer import (
    CallBack,
    DiscountOffer,
    ExtendTrial,
    FreeMonths,
    NoOffer,
    Offer,
    Pause,
    Restart,
    SwitchPlan,
)
from tests.domain.billing.subscriptions import discount, item, price, subscription
from tests.domain.winback.leaving_customers import ENDED, ENDS, PENDING, TRIALING, limits
from tests.domain.winback.priced_offers import worked
from tests.wording.emails.winback import FREE, LIGHTER, LONGER, PAUSE, READER, RESTART, TWENTY, terms_of
from wording.offer import amounts, brief_cost, offer_words, percent, terms_words, total_cost
from wording.offer_cost import cost_words
from wording.offer_for_customer import in_full, offered
from wording.reader import Reader

FIVE_EUROS = DiscountOffer(percent=None, amount=Money(500, "eur"), invoices=1)
YEARLY = subscription(item(price("49000", every=(1, "year")), until=ENDS), cancel_at=ENDS, anchor_at=ENDS)
WEEKLY = subscription(item(price("1000", every=(1, "week")), until=ENDS), cancel_at=ENDS, anchor_at=ENDS)


@pytest.mark.parametrize(
    ("offer", "said"),
    [
        (TWENTY, "20% off 3 invoices"),
        (DiscountOffer(percent=Decimal("12.50"), amount=None, invoices=1), "12.5% off the next invoice"),
        (FIVE_EUROS, "€5 off the next invoice"),
        (FREE, "1 free month"),
        (FreeMonths(months=2), "2 free months"),
        (LIGHTER, "a lighter plan at its full price"),
        (SwitchPlan(price_id="price_1"), "the price price_1"),
        (PAUSE, "a pause of 2 months"),
        (LONGER, "14 more days of trial"),
        (ExtendTrial(days=1), "1 more day of trial"),
        (RESTART, "going on at the same price"),
        (Restart(shipped="PDF\nexport"), "going on at the same price, since PDF export is there now"),
        (CallBack(who=StaffId("U1")), "a personal talk"),
        (NoOffer(), "no offer"),
    ],
)
def test_every_offer_can_be_named_without_anybody_who_gets_it(offer: Offer, said: str) -> None:
    assert offer_words(offer) == said


@pytest.mark.parametrize(
    ("offer", "of", "said", "cost"),
    [
        (
            TWENTY,
            PENDING,
            "20% off 3 invoices: 1 Jul, 1 Aug, 1 Sept",
            "Gives away at most €29.40 over 3 invoices. If they stay, €49 a month after that.",
        ),
        (
            FIVE_EUROS,
            YEARLY,
            "€5 off the next invoice: 1 Jul",
            "Gives away at most €5. If they stay, €490 a year after that.",
        ),
        (FREE, PENDING, "1 free month: 1 Jul", "Gives away at most €49. If they stay, €49 a month after that."),
        (
            LIGHTER,
            PENDING,
            "Basic at €29 a month, without a new discount",
            "€20 a month less (€49 → €29), no discount. Counts as €240 given up. If they stay, €29 a month.",
        ),
        (
            PAUSE,
            PENDING,
            "a pause of 2 months: billing restarts on 1 Sept",
            (
                "€98 not billed (2 months), and their access is blocked meanwhile. "
                "If they stay, €49 a month from 1 Sept on."
            ),
        ),
        (
            LONGER,
            TRIALING,
            "14 more days of trial, till 15 Jul",
            "Gives away at most €22.13. If they stay, €49 a month after that.",
        ),
        (RESTART, ENDED, "going on at the same price", "Gives nothing away. If they stay, €49 a month."),
        (CallBack(who=None), PENDING, "a personal talk", "Gives nothing away."),
    ],
)
def test_staff_read_when_it_is_given_and_what_it_costs_at_worst(
    offer: Offer, of: Subscription, said: str, cost: str
) -> None:
    terms = terms_of(offer, of)
    assert (terms_words(terms), cost_words(terms)) == (said, cost)


def test_a_pause_that_keeps_access_says_so() -> None:
    terms = worked(PAUSE, within=limits(pause_access="kept"))
    assert cost_words(terms).startswith("€98 not billed (2 months), and they keep access. If they stay, ")
    assert "You can go on using it meanwhile." in in_full(terms, reader=READER)
    assert "You can't use it meanwhile." in in_full(terms_of(PAUSE), reader=READER)
    assert in_full(replace(terms, access=None), reader=READER)[1].startswith("On that day billing restarts")


def test_costs_hold_at_todays_seats() -> None:
    three = replace(PENDING, items=(replace(PENDING.items[0], quantity=3),))
    assert cost_words(terms_of(TWENTY, three)) == (
        "Gives away at most €88.20 over 3 invoices, at today's 3 seats. If they stay, €147 a month after that."
    )
    assert cost_words(terms_of(LIGHTER, three)).startswith(
        "€60 a month less (€147 → €87), no discount, at today's 3 seats. Counts as €720 given up. "
    )


HALF = discount(percent="50", duration="repeating", ends_at=ENDS.replace(month=10, day=9))


@pytest.mark.parametrize(
    ("offer", "to_staff", "to_customers"),
    [
        (
            RESTART,
            "Gives nothing away. If they stay, €24.50 a month until 1 Nov, then €49 a month.",
            "From 1 Jul 2026 on it is €24.50 a month until 1 Nov 2026, then €49 a month, until you cancel.",
        ),
        (
            PAUSE,
            "If they stay, from 1 Sept on €24.50 a month until 1 Nov, then €49 a month.",
            "at €24.50 a month until 1 Nov 2026, then €49 a month, until you cancel.",
        ),
        (
            TWENTY,
            "If they stay, after that €24.50 a month until 1 Nov, then €49 a month.",
            "From 1 Oct 2026 on it is €24.50 a month until 1 Nov 2026, then €49 a month, until you cancel.",
        ),
        (
            LIGHTER,
            "Counts as €240 given up. If they stay, €14.50 a month until 1 Nov, then €29 a month.",
            "€14.50 a month",
        ),
    ],
)
def test_prices_are_told_with_their_steps(offer: Offer, to_staff: str, to_customers: str) -> None:
    terms = terms_of(offer, replace(PENDING, discounts=(HALF,)))
    assert to_staff in cost_words(terms)
    assert to_customers in " ".join(in_full(terms, reader=READER))


@pytest.mark.parametrize(
    ("tax", "to_staff"),
    [
        (Tax(included=(Decimal(19),), on_top=Decimal(0)), "€49 a month. Tax included."),
        (Tax(included=(), on_top=Decimal(19)), "€49 a month. All before tax."),
        (None, "€49 a month. Tax unknown."),
        (UNTAXED, "€49 a month."),
    ],
)
def test_staff_read_how_amounts_stand_to_tax(tax: Tax | None, to_staff: str) -> None:
    of = replace(PENDING, items=(replace(PENDING.items[0], tax=tax),))
    assert cost_words(terms_of(RESTART, of)).endswith(to_staff)


def test_the_cost_counts_the_invoices_of_the_dearest_day() -> None:
    until = replace(terms_of(FREE, WEEKLY), cost=Money(5000, "eur"), most_invoices=5)
    assert cost_words(until).startswith("Gives away at most €50 over 5 invoices.")


@pytest.mark.parametrize(
    ("offer", "of", "said"),
    [
        (TWENTY, PENDING, "at most €29.40"),
        (LIGHTER, PENDING, "€20 a month less"),
        (PAUSE, PENDING, "€98 not billed"),
        (RESTART, PENDING, "no discount"),
    ],
)
def test_costs_in_a_few_words(offer: Offer, of: Subscription, said: str) -> None:
    assert brief_cost(terms_of(offer, of)) == said


def test_several_offers_add_up_what_they_give_away_and_give_up() -> None:
    assert total_cost([terms_of(each).charge for each in (TWENTY, LIGHTER, PAUSE, RESTART)]) == "at most €367.40"
    assert total_cost([terms_of(RESTART).charge]) == "no discount"


def test_days_are_those_of_the_readers_zone() -> None:
    assert terms_words(terms_of(PAUSE), zone=ZoneInfo("Pacific/Auckland")).endswith("on 1 Sept")
    assert terms_words(terms_of(PAUSE), zone=ZoneInfo("Pacific/Honolulu")).endswith("on 31 Aug")


def test_customers_read_all_of_it_in_their_own_formats() -> None:
    terms = terms_of(TWENTY)
    assert offered(terms, reader=READER) == "20% off your next 3 invoices"
    assert in_full(terms, reader=READER) == (
        "20% off your next 3 invoices: 1 Jul 2026, 1 Aug 2026 and 1 Sept 2026.",
        "That is €39.20 each instead of €49.",
        "From 1 Oct 2026 on it is €49 a month, until you cancel.",
    )
    american = Reader(zone=READER.zone, locale="en_US")
    assert in_full(terms, reader=american)[2] == "From Oct 1, 2026 on it is €49 a month, until you cancel."


@pytest.mark.parametrize(
    ("offer", "of", "said"),
    [
        (TWENTY, ENDED, "20% off your first 3 invoices. That is €39.20 each instead of €49. After that it is"),
        (FIVE_EUROS, TRIALING, "€5 off your first invoice: 1 Jul 2026. That is €44 instead of €49. From 1 Aug 2026 on"),
        (FREE, PENDING, "A free month: nothing to pay on 1 Jul 2026. From 1 Aug 2026 on it is €49 a month"),
        (FreeMonths(months=2), ENDED, "2 free months: nothing to pay. After that it is €49 a month, until you cancel."),
        (
            FreeMonths(months=2),
            WEEKLY,
            "2 free months: nothing to pay, from 1 Jul 2026 to 19 Aug 2026. From 26 Aug 2026 on it is €10 a week",
        ),
        (LIGHTER, PENDING, "From 1 Jul 2026 on it is Basic, at €29 a month instead of €49, until you cancel."),
        (LIGHTER, ENDED, "From the day you come back on it is Basic, at €29 a month instead of €49, until you cancel."),
        (
            PAUSE,
            PENDING,
            "A pause of 2 months: you pay nothing until 1 Sept 2026. You can't use it meanwhile. On that day",
        ),
        (Pause(months=1), PENDING, "A month's pause: you pay nothing until 1 Aug 2026."),
        (
            LONGER,
            TRIALING,
            "14 more days of trial: it goes on until 15 Jul 2026, and you pay nothing before. From then",
        ),
        (RESTART, PENDING, "From 1 Jul 2026 on it is €49 a month, until you cancel."),
        (RESTART, ENDED, "From the day you come back on it is €49 a month, until you cancel."),
    ],
)
def test_customers_read_what_each_offer_does(offer: Offer, of: Subscription, said: str) -> None:
    assert " ".join(in_full(terms_of(offer, of), reader=READER)).startswith(said)


def test_invoices_that_differ_are_said_one_by_one() -> None:
    terms = terms_of(replace(TWENTY, invoices=2))
    first, second = terms.invoices
    uneven = replace(terms, invoices=(first, replace(second, before=Money(5000, "eur"), after=Money(4000, "eur"))))
    assert "That is €39.20 instead of €49 and €40 instead of €50." in in_full(uneven, reader=READER)


@pytest.mark.parametrize("offer", [CallBack(who=None), NoOffer()])
def test_what_is_not_e_mailed_has_no_words_for_customers(offer: Offer) -> None:
    terms = replace(terms_of(RESTART), offer=offer)
    for say in (offered, in_full):
        with pytest.raises(ValueError, match="in no email"):
            say(terms, reader=READER)


def test_amounts_are_added_up_per_currency() -> None:
    assert amounts([Money(20_000, "eur"), Money(2_000, "usd"), Money(11_200, "eur")]) == "€312 and $20"
    assert amounts([Money(0, "eur")]) == amounts([]) == "nothing"
    assert percent(Decimal("33.30")) == "33.3%"
