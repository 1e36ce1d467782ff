"""Who pays by invoice reads when the first one comes, over how much, and when it is due; no card is spoken of."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from domain.billing.subscription import OpenInvoice, Subscription
from domain.billing.tax import Tax
from domain.email import ConfirmationEmail, RestartEmail
from domain.money import Money
from domain.winback.offer import DiscountOffer, FreeMonths, Offer
from tests.domain.winback.leaving_customers import PENDING, TRIALING
from tests.wording.emails.winback import (
    EMAILS,
    FREE,
    LIGHTER,
    LONGER,
    PAUSE,
    READER,
    RESTART,
    TWENTY,
    flat,
    offer_email,
    terms_of,
)
from tests.wording.samples import CUSTOMER
from wording.accept_page import button, caption, opening, remarks
from wording.by_invoice import open_invoice
from wording.offer_cost import cost_words
from wording.schedule import FirstPayment

INVOICED = replace(PENDING, pays_by_invoice=True, days_until_due=30)
ON_TOP = Tax(included=(), on_top=Decimal(19))
AMOUNT = DiscountOffer(percent=None, amount=Money(900, "eur"), invoices=1)
BY_INVOICE = "You pay by invoice, so no card is charged; each invoice is due 30 days after its date."


@pytest.mark.parametrize(
    ("offer", "of", "minor", "said", "pressed"),
    [
        (
            TWENTY,
            INVOICED,
            3920,
            "You will get an invoice for €39.20 on 1 Jul 2026, due 31 Jul 2026.",
            "Continue; you'll get an invoice for €39.20 on 1 July",
        ),
        (
            AMOUNT,
            INVOICED,
            4000,
            "You will get an invoice for €40 on 1 Jul 2026, due 31 Jul 2026.",
            "Continue; you'll get an invoice for €40 on 1 July",
        ),
        (
            LIGHTER,
            INVOICED,
            2900,
            "You will get an invoice for €29 on 1 Jul 2026, due 31 Jul 2026.",
            "Continue; you'll get an invoice for €29 on 1 July",
        ),
        (
            RESTART,
            replace(INVOICED, days_until_due=0),
            4900,
            "You will get an invoice for €49 on 1 Jul 2026, due the same day.",
            "Continue; you'll get an invoice for €49 on 1 July",
        ),
        (
            RESTART,
            replace(INVOICED, days_until_due=None),
            4900,
            "You will get an invoice for €49 on 1 Jul 2026.",
            "Continue; you'll get an invoice for €49 on 1 July",
        ),
        (
            FREE,
            INVOICED,
            0,
            "You will get an invoice for €49 on 1 Aug 2026, due 31 Aug 2026.",
            "Continue and pay nothing on 1 July",
        ),
        (
            FreeMonths(months=2),
            INVOICED,
            0,
            "You will get an invoice for €49 on 1 Sept 2026, due 1 Oct 2026.",
            "Continue and pay nothing on 1 July",
        ),
        (
            PAUSE,
            INVOICED,
            None,
            "You will get an invoice for €49 on 1 Sept 2026, due 1 Oct 2026.",
            "Pause for 2 months",
        ),
        (
            LONGER,
            replace(TRIALING, pays_by_invoice=True, days_until_due=30),
            None,
            "You will get an invoice for €49 on 15 Jul 2026, due 14 Aug 2026.",
            "Continue the trial for 14 more days",
        ),
    ],
)
def test_the_first_invoice_and_its_due_day_are_told(
    offer: Offer, of: Subscription, minor: int | None, said: str, pressed: str
) -> None:
    terms = terms_of(offer, of)
    first = None if minor is None else FirstPayment(due=Money(minor, "eur"), at=terms.invoices[0].at)
    told = opening(terms, first=first, reader=READER)
    assert told is not None
    assert told.endswith(said)
    assert button(terms, first=first, reader=READER) == pressed
    assert caption(terms) == "Your invoices, and when they come"
    assert remarks(terms, first=first, reader=READER)[-1].startswith("You pay by invoice, so no card is charged")
    email = offer_email(terms)
    for written in (flat(email.text), email.html):
        assert said in written
        assert "You pay by invoice, so no card is charged" in written


def test_tax_on_top_is_in_the_first_invoice_and_said_of_the_others() -> None:
    terms = terms_of(TWENTY, replace(INVOICED, items=(replace(INVOICED.items[0], tax=ON_TOP),)))
    first = FirstPayment.agreed(Money(4665, "eur"), terms)
    told = opening(terms, first=first, reader=READER)
    assert told == "You will get an invoice for €46.65 (tax included) on 1 Jul 2026, due 31 Jul 2026."
    assert remarks(terms, first=first, reader=READER) == (
        "The first invoice is for €46.65, tax included. Tax is added to the other amounts as it then applies.",
        "It renews automatically until you cancel.",
        BY_INVOICE,
    )
    assert "You will get an invoice for €39.20 + tax on 1 Jul 2026, due 31 Jul 2026." in flat(offer_email(terms).text)


def test_what_was_agreed_is_confirmed_with_its_due_day() -> None:
    content = ConfirmationEmail(
        customer=CUSTOMER,
        terms=terms_of(TWENTY, INVOICED),
        plan="Pro",
        first_due=Money(3920, "eur"),
        undo_url=None,
        undo_until=None,
    )
    email = EMAILS.confirmation(content, message_id="4")
    for written in (flat(email.text), email.html):
        assert "You will get an invoice for €39.20 on 1 Jul 2026, due 31 Jul 2026." in written
        assert "Your invoices, and when they come:" in written
        assert BY_INVOICE in written
        assert "What you pay" not in written


def test_after_a_pause_an_invoice_comes() -> None:
    content = RestartEmail(
        customer=CUSTOMER,
        plan="Pro",
        restarts_at=datetime(2026, 9, 1, 9, tzinfo=UTC),
        amount=Money(4900, "eur"),
        tax="on_top",
        portal_url=None,
        pays_by_invoice=True,
        days_until_due=14,
    )
    email = EMAILS.restart(content, message_id="5")
    for written in (flat(email.text), email.html):
        assert "You will get an invoice for €49 + tax on 1 Sept 2026, due 15 Sept 2026." in written
        assert "payment" not in written


def test_who_pays_by_card_reads_nothing_of_invoices() -> None:
    terms = terms_of(TWENTY)
    first = FirstPayment.agreed(Money(3920, "eur"), terms)
    assert opening(terms, first=first, reader=READER) is None
    assert caption(terms) == "What you pay, and when"
    assert "You will get an invoice" not in offer_email(terms).text
    assert "You pay by invoice" not in offer_email(terms).text


def test_an_open_invoice_is_told() -> None:
    due = OpenInvoice(id="in_1", remaining=Money(4900, "eur"), due_at=datetime(2026, 6, 30, tzinfo=UTC))
    told = open_invoice(due, reader=READER)
    assert told == "An earlier invoice is still open: €49, due 30 Jun 2026. This offer doesn't change it."
    assert open_invoice(replace(due, due_at=None), reader=READER) == (
        "An earlier invoice is still open: €49. This offer doesn't change it."
    )
    assert open_invoice(replace(due, remaining=Money(0, "eur")), reader=READER) is None
    assert open_invoice(None, reader=READER) is None


def test_staff_read_how_they_pay() -> None:
    assert cost_words(terms_of(TWENTY, INVOICED)).endswith("They pay by invoice, due 30 days after its date.")
    assert cost_words(terms_of(TWENTY, replace(INVOICED, days_until_due=0))).endswith("due on its date.")
    assert cost_words(terms_of(TWENTY, replace(INVOICED, days_until_due=None))).endswith("They pay by invoice.")
    assert "invoice, due" not in cost_words(terms_of(TWENTY))
