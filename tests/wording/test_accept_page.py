"""The page's words: what is paid when, and what the button says."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from domain.billing.subscription import Subscription
from domain.billing.tax import Tax
from domain.money import Money
from domain.winback.offer import FreeMonths, Offer, Restart
from domain.winback.terms import OfferTerms
from tests.domain.billing.subscriptions import discount, item, price, subscription
from tests.domain.winback.leaving_customers import ENDED, ENDS, PENDING, TRIALING
from tests.wording.emails.winback import FREE, LIGHTER, LONGER, PAUSE, READER, RESTART, TWENTY, terms_of
from wording.accept_page import button, heading, opening, remarks
from wording.schedule import FirstPayment, schedule

INCLUDED = Tax(included=(Decimal(19),), on_top=Decimal(0))
ON_TOP = Tax(included=(), on_top=Decimal(19))
WEEKLY = subscription(item(price("1000", every=(1, "week")), until=ENDS), cancel_at=ENDS, anchor_at=ENDS)


def first(terms: OfferTerms, minor: int = 4665) -> FirstPayment:
    return FirstPayment(due=Money(minor, "eur"), at=terms.invoices[0].at)


def taxed(terms: OfferTerms) -> FirstPayment:
    return replace(first(terms), before_tax=terms.invoices[0].after)


def rows(terms: OfferTerms, due: FirstPayment | None) -> list[tuple[str, str]]:
    return [(each.when, each.amount) for each in schedule(terms, first=due, reader=READER)]


def test_the_first_payment_is_stripes_and_the_others_are_as_worked_out() -> None:
    terms = terms_of(TWENTY)
    assert rows(terms, first(terms, 3920)) == [
        ("1 Jul 2026", "€39.20"),
        ("1 Aug 2026", "€39.20"),
        ("1 Sept 2026", "€39.20"),
        ("from 1 Oct 2026", "€49 a month"),
    ]


@pytest.mark.parametrize(
    ("offer", "of", "paid"),
    [
        (RESTART, PENDING, [("from 1 Jul 2026", "€49 a month")]),
        (PAUSE, PENDING, [("from 1 Sept 2026", "€49 a month")]),
        (LONGER, TRIALING, [("from 15 Jul 2026", "€49 a month")]),
        (LIGHTER, PENDING, [("from 1 Jul 2026", "€29 a month")]),
        (FreeMonths(months=2), WEEKLY, [("1 Jul 2026 to 19 Aug 2026", "8 × €0"), ("from 26 Aug 2026", "€10 a week")]),
    ],
)
def test_without_a_first_payment_only_what_is_worked_out_is_shown(
    offer: Offer, of: Subscription, paid: list[tuple[str, str]]
) -> None:
    assert rows(terms_of(offer, of), None) == paid


@pytest.mark.parametrize(
    ("offer", "of", "minor", "said"),
    [
        (TWENTY, PENDING, 3920, "Continue and pay €39.20 on 1 July"),
        (TWENTY, ENDED, 4665, "Continue and pay €46.65 today"),
        (FREE, PENDING, 0, "Continue and pay nothing on 1 July"),
        (LIGHTER, PENDING, 2900, "Continue and pay €29 on 1 July"),
        (RESTART, TRIALING, 4900, "Continue and pay €49 on 1 July"),
    ],
)
def test_the_button_says_what_is_paid_first(offer: Offer, of: Subscription, minor: int, said: str) -> None:
    terms = terms_of(offer, of)
    assert button(terms, first=first(terms, minor), reader=READER) == said


def test_a_day_of_another_year_is_said_with_it() -> None:
    terms = terms_of(TWENTY)
    due = FirstPayment(due=Money(3920, "eur"), at=datetime(2027, 1, 3, tzinfo=UTC))
    assert button(terms, first=due, reader=READER) == "Continue and pay €39.20 on 3 January 2027"


def test_where_nothing_is_paid_first_the_button_says_what_happens() -> None:
    assert button(terms_of(PAUSE), first=None, reader=READER) == "Pause for 2 months"
    assert button(terms_of(LONGER, TRIALING), first=None, reader=READER) == "Continue the trial for 14 more days"
    with pytest.raises(ValueError, match="first payment"):
        button(terms_of(TWENTY), first=None, reader=READER)


@pytest.mark.parametrize(
    ("offer", "of", "said"),
    [
        (TWENTY, PENDING, "20% off your next 3 invoices"),
        (FREE, ENDED, "A free month"),
        (LIGHTER, PENDING, "Basic, a lighter plan"),
        (PAUSE, PENDING, "A pause of 2 months"),
        (LONGER, TRIALING, "14 more days of trial"),
        (RESTART, PENDING, "Go on as before"),
        (Restart(shipped="Export"), ENDED, "Come back as before"),
    ],
)
def test_a_page_is_headed_by_its_offer(offer: Offer, of: Subscription, said: str) -> None:
    assert heading(terms_of(offer, of), reader=READER) == said


def test_what_the_table_leaves_open_is_said_beside_it() -> None:
    assert opening(terms_of(TWENTY), first=None, reader=READER) is None
    assert "nothing until 1 Sept 2026" in (opening(terms_of(PAUSE), first=None, reader=READER) or "")
    assert "until 15 Jul 2026" in (opening(terms_of(LONGER, TRIALING), first=None, reader=READER) or "")
    terms = terms_of(TWENTY)
    assert remarks(terms, first=taxed(terms), reader=READER) == (
        "The first payment is €46.65, tax included. Tax is added to the other amounts as it then applies.",
        "It renews automatically until you cancel.",
    )
    untaxed = "No tax is due on these amounts now; any that applies later is added."
    assert remarks(terms_of(PAUSE), first=None, reader=READER)[0] == untaxed
    earlier = replace(terms, steps=())  # of an earlier version
    assert remarks(earlier, first=None, reader=READER) == (
        "We can't say yet whether tax is added to these amounts.",
        "Any discount you already have stays for as long as it runs.",
        "It renews automatically until you cancel.",
    )


@pytest.mark.parametrize(
    ("tax", "minor", "paid", "remark"),
    [
        (INCLUDED, 3920, ["€39.20", "€39.20", "€39.20", "€49 a month"], "Tax included."),
        (
            ON_TOP,
            4665,
            ["€39.20 + tax", "€39.20 + tax", "€39.20 + tax", "€49 a month + tax"],
            "The first payment is €46.65, tax included. Tax is added to the other amounts as it then applies.",
        ),
        (
            None,
            3920,
            ["€39.20", "€39.20", "€39.20", "€49 a month"],
            "We can't say yet whether tax is added to these amounts.",
        ),
    ],
)
def test_net_and_gross_are_never_mixed(tax: Tax | None, minor: int, paid: list[str], remark: str) -> None:
    of = replace(PENDING, items=(replace(PENDING.items[0], tax=tax),))
    terms = terms_of(TWENTY, of)
    agreed = FirstPayment.agreed(Money(minor, "eur"), terms)
    assert [amount for _, amount in rows(terms, agreed)] == paid
    assert remarks(terms, first=agreed, reader=READER)[0] == remark


def test_steps_of_a_running_discount_are_rows() -> None:
    half = discount(percent="50", duration="repeating", ends_at=ENDS.replace(month=10, day=9))
    terms = terms_of(RESTART, replace(PENDING, discounts=(half,)))
    assert rows(terms, None) == [("from 1 Jul 2026", "€24.50 a month"), ("from 1 Nov 2026", "€49 a month")]
    assert rows(terms, first(terms, 2450)) == [
        ("1 Jul 2026", "€24.50"),
        ("from 1 Aug 2026", "€24.50 a month"),
        ("from 1 Nov 2026", "€49 a month"),
    ]


def test_the_agreed_payment_is_on_the_first_day() -> None:
    terms = terms_of(TWENTY)
    assert FirstPayment.agreed(None, terms) is None
    assert FirstPayment.agreed(Money(1, "eur"), terms) == first(terms, 1)
    assert FirstPayment.agreed(Money(4665, "eur"), terms) == taxed(terms)
    assert rows(replace(terms, later_at=None), None)[-1][0] == "1 Sept 2026"
