"""The emails of win-back: they say what is true of the offer, and nobody's name does harm in them."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest

from domain.billing.subscription import Subscription
from domain.email import ConfirmationEmail, Email, RestartEmail
from domain.money import Money
from domain.winback.offer import CallBack, Offer, Restart
from domain.winback.terms import OfferTerms
from tests.domain.winback.leaving_customers import ENDED, PENDING, TRIALING
from tests.wording.emails.winback import (
    CELLS,
    EMAILS,
    FREE,
    LIGHTER,
    OFFER_URL,
    PAUSE,
    READER,
    RESTART,
    TWENTY,
    UNSUBSCRIBE_URL,
    flat,
    offer_email,
    terms_of,
)
from tests.wording.samples import CUSTOMER
from wording.offer_for_customer import in_full

REASONS = (
    None, "customer_service", "low_quality", "missing_features", "other", "switched_service", "too_complex",
    "too_expensive", "unused", "new_at_stripe",
)  # fmt: skip
UNDO_URL = "https://billing.acme.com/undo/" + "C" * 43


def confirmation(terms: OfferTerms, **own: Any) -> Email:
    known: dict[str, Any] = {
        "customer": CUSTOMER,
        "terms": terms,
        "plan": "Pro",
        "first_due": Money(4665, "eur"),
        "undo_url": UNDO_URL,
        "undo_until": datetime(2026, 6, 21, 12, tzinfo=UTC),
    }
    return EMAILS.confirmation(ConfirmationEmail(**known | own), message_id="4")


def restart(**own: Any) -> Email:
    known: dict[str, Any] = {
        "customer": CUSTOMER,
        "plan": "Pro",
        "restarts_at": datetime(2026, 9, 1, 9, tzinfo=UTC),
        "amount": Money(4900, "eur"),
        "tax": "on_top",
        "portal_url": "https://acme.com/account",
    }
    return EMAILS.restart(RestartEmail(**known | own), message_id="5")


def words(html: str) -> str:
    body = html.partition("<body")[2].partition(">")[2]
    said = flat(unescape(re.sub(r"<[^>]*>", " ", body))).replace("’", "'")
    return re.sub(r" ([,.])", r"\1", said)


@pytest.mark.parametrize(("offer", "of"), CELLS)
def test_every_offer_is_said_in_full_in_both_forms_for_every_reason(offer: Offer, of: Subscription) -> None:
    terms = terms_of(offer, of)
    for reason in REASONS:
        written = offer_email(terms, reason=reason)
        for said in (flat(written.text), words(written.html)):
            for sentence in in_full(terms, reader=READER):
                assert sentence in said
            assert "Hello Dana Scully," in said
            assert "The offer is open until Wed, 1 Jul 2026, 09:00 UTC" in said
            assert "Nothing changes unless you accept there" in said
            assert "Acme, 1 High Street, Springfield" in said
            assert re.search(r"You.re getting this email because you (are|were) a customer of Acme", said)
        assert OFFER_URL in written.text
        assert UNSUBSCRIBE_URL in written.text
        assert f'href="{OFFER_URL}"' in written.html
        assert f'href="{UNSUBSCRIBE_URL}"' in written.html
        assert written.unsubscribe_url == UNSUBSCRIBE_URL
        assert max(map(len, written.text.splitlines())) <= 78
        assert "\n\n\n" not in written.text
        assert len(written.subject) < 70
        assert "new_at_stripe" not in written.text


@pytest.mark.parametrize(("offer", "of"), CELLS)
def test_a_reminder_repeats_the_offer_with_its_end_in_both_forms(offer: Offer, of: Subscription) -> None:
    terms = terms_of(offer, of)
    first = offer_email(terms)
    written = offer_email(
        terms,
        reminds_of=datetime(2026, 6, 17, 9, tzinfo=UTC),
        note="As we said on the phone",
        text="Our own words",
        code="BACK-7KQM-3WXP",
    )
    assert written.subject == f"Reminder: {first.subject}"
    for said in (flat(written.text), words(written.html)):
        assert "Hello Dana Scully," in said
        assert "On 17 Jun 2026 we wrote to you about your subscription to Pro." in said
        assert "Our offer is still open, until Wed, 1 Jul 2026, 09:00 UTC:" in said
        for sentence in in_full(terms, reader=READER):
            assert sentence in said
        assert "Nothing changes unless you accept there. This is our only reminder." in said
        assert "BACK-7KQM-3WXP" in said
        assert "If you don't want emails like this, unsubscribe here" in said
        assert "Acme, 1 High Street, Springfield" in said
        assert "on the phone" not in said
        assert "Our own words" not in said
    assert OFFER_URL in written.text
    assert f'href="{OFFER_URL}"' in written.html
    assert written.unsubscribe_url == UNSUBSCRIBE_URL
    assert "\n\n\n" not in written.text


def test_a_reminder_keeps_the_subject_of_a_rule() -> None:
    written = offer_email(subject="Before you leave {{ company }}", reminds_of=datetime(2026, 6, 17, 9, tzinfo=UTC))
    assert written.subject == "Reminder: Before you leave Acme"


def test_a_first_email_is_no_reminder() -> None:
    assert "reminder" not in offer_email().text.casefold()


@pytest.mark.parametrize(("offer", "of"), CELLS)
def test_nothing_is_claimed_that_the_offer_does_not_do(offer: Offer, of: Subscription) -> None:
    said = flat(offer_email(terms_of(offer, of), reason="unused").text)
    assert ("free" in said) == (offer == FREE)
    assert (" off " in said) == (offer == TWENTY)
    assert ("costs less" in said) == (offer == LIGHTER)
    assert ("pause" in said) == (offer == PAUSE)
    ended, trial = of is ENDED, of is TRIALING
    assert ("come back" in said or "welcome back" in said or "have it back" in said) <= ended
    assert ("has ended" in said) == ended
    assert ("can still use it" in said) == (of is PENDING)
    assert ("trial" in said) == trial


@pytest.mark.parametrize(
    ("offer", "of", "reason", "said"),
    [
        (TWENTY, PENDING, "too_expensive", "You told us that it was too expensive. If you stay, you can pay less for"),
        (TWENTY, ENDED, "too_expensive", "You told us that it was too expensive. If you come back, you can pay less"),
        (
            FREE,
            PENDING,
            "customer_service",
            "We are sorry for that. If you would like to give us another try, the next",
        ),
        (PAUSE, PENDING, "unused", "You told us that you did not use it enough. Perhaps a break is enough."),
        (RESTART, ENDED, "switched_service", "you changed to another service. If it is not what you hoped for there,"),
        (Restart(shipped="Export"), ENDED, "missing_features", "There is something new: Export. If that changes your"),
        (LIGHTER, PENDING, None, "until it ends. There is a plan that costs less: Basic. Please look first whether"),
        (RESTART, PENDING, "other", "until it ends. If you would like to keep it after all, you can:"),
    ],
)
def test_an_email_answers_the_reason_that_was_given(
    offer: Offer, of: Subscription, reason: str | None, said: str
) -> None:
    assert said in flat(offer_email(terms_of(offer, of), reason=reason).text)


def test_a_dearer_plan_is_not_said_to_cost_less() -> None:
    terms = terms_of(LIGHTER)
    dearer = replace(terms, invoices=(replace(terms.invoices[0], before=Money(1900, "eur")),))
    written = offer_email(dearer)
    assert written.subject == "Another plan at Acme"
    assert "costs less" not in written.text


def test_a_payment_that_failed_is_named_as_what_happened() -> None:
    written = offer_email(terms_of(RESTART, ENDED), reason=None, kind="payment_failed")
    assert "has ended, because a payment did not go through." in flat(written.text)
    assert "If you did not mean to leave, you can simply go on:" in flat(written.text)
    assert written.subject == "Your subscription at Acme"


def test_a_code_is_told_only_where_there_is_one() -> None:
    terms = terms_of(TWENTY, ENDED)
    with_one, without = offer_email(terms, code="BACK-7KQM-3WXP"), offer_email(terms)
    for said in (with_one.text, with_one.html):
        assert "BACK-7KQM-3WXP" in said
        assert "It works only while you are logged in, once," in flat(said)
    assert "type this code" not in without.text + without.html
    assert "our own website" not in without.text + without.html


def test_the_managers_own_paragraphs_stand_before_the_offer() -> None:
    note = "I have looked at your reports:\nBasic would do.\n\nAda <b>"
    written = offer_email(note=note)
    text = flat(written.text)
    assert text.index("too expensive") < text.index("I have looked") < text.index("If you stay")
    assert '<p style="margin:0 0 16px;white-space:pre-line">Ada &lt;b&gt;</p>' in written.html


@pytest.mark.parametrize(
    "name",
    ["{{7*7}}", "{% raw %}", "Dana\r\nBcc: eve@evil.example", "<script>alert(1)</script>", "\u202e{{ company.name }}"],
)
def test_a_name_does_no_harm_anywhere(name: str) -> None:
    customer = replace(CUSTOMER, name=name)
    own: dict[str, Any] = {"subject": "{{ plan }} for you", "text": "Dear {{ name }},\n\ncome back to {{ company }}."}
    for written in (
        offer_email(customer=customer),
        offer_email(customer=customer, **own),
        confirmation(terms_of(TWENTY), customer=customer),
        restart(customer=customer),
    ):
        whole = written.subject + written.text + written.html
        assert "49" not in re.sub(r"€\d+(\.\d+)?", "", whole.replace("#4a4f57", ""))
        assert "<script" not in whole
        assert "evil" not in whole
        assert name not in written.subject
        assert "\n" not in written.subject
        assert "\r" not in whole
        assert written.to == CUSTOMER.email


def test_a_plan_or_a_feature_with_markup_stays_text() -> None:
    written = offer_email(terms_of(Restart(shipped="<b>{{7*7}}</b>\nnow"), ENDED), plan="<i>Pro</i>")
    assert "&lt;b&gt;{{7*7}}&lt;/b&gt; now." in written.html
    assert "<i>" not in written.html
    assert "{{7*7}}" not in written.subject


@pytest.mark.parametrize(("offer", "of"), CELLS)
def test_a_confirmation_repeats_the_payments_as_agreed(offer: Offer, of: Subscription) -> None:
    terms = terms_of(offer, of)
    written = confirmation(terms)
    for said in (flat(written.text), words(written.html)):
        assert "continues." in said or "again. Welcome back." in said
        assert "€46.65" in said
        assert "a month" in said
        if terms.invoices[0].after.minor < 4665:
            assert "The first payment is €46.65, tax included." in said
        assert "It renews automatically until you cancel." in said
        assert "You can undo this until Sun, 21 Jun 2026, 12:00 UTC" in said
    assert UNDO_URL in written.text
    assert f'href="{UNDO_URL}"' in written.html
    assert written.unsubscribe_url is None
    assert (written.subject == "Welcome back to Acme") == (of is ENDED)


def test_a_confirmation_without_undo_promises_none() -> None:
    written = confirmation(terms_of(TWENTY, ENDED), undo_url=None, undo_until=None, first_due=None)
    assert "undo" not in (written.text + written.html).lower()
    assert "No tax is due on these amounts now" in flat(written.text)


def test_the_email_before_a_restart_says_when_and_how_much() -> None:
    for written in (restart(), restart(portal_url=None)):
        for said in (flat(written.text), words(written.html)):
            assert "From 1 Sept 2026, your subscription to Pro will be billed again" in said
            assert "The next payment is €49 + tax. It renews automatically until you cancel." in said
            assert "Tax is added to these amounts as it then applies." in said
    assert "https://acme.com/account" in restart().text
    assert "account" not in restart(portal_url=None).text


def test_these_emails_load_nothing_and_lead_only_to_us() -> None:
    ours = {
        OFFER_URL, UNSUBSCRIBE_URL, UNDO_URL, "https://acme.com/help", "https://acme.com/privacy",
        "https://acme.com/account",
    }  # fmt: skip
    for written in (offer_email(), confirmation(terms_of(TWENTY)), restart()):
        assert not re.search(r"<(img|script|link|iframe)|url\(|@import|\bsrc=", written.html)
        assert set(re.findall(r'href="([^"]*)"', written.html)) <= ours
        assert set(re.findall(r"https?://[^\s<\"]+", written.text)) <= ours


def test_a_call_and_a_customer_without_an_address_get_no_email() -> None:
    with pytest.raises(ValueError, match="in no email"):
        offer_email(replace(terms_of(RESTART), offer=CallBack(who=None)))
    with pytest.raises(ValueError, match="no email address"):
        offer_email(customer=replace(CUSTOMER, email=None))
