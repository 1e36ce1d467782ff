import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape

import pytest

from domain.billing.portal_access import Purpose
from domain.billing.subscription import Customer
from domain.email import Email, LinkEmail
from tests.wording.emails.winback import COMPANY, EMAILS
from tests.wording.samples import CUSTOMER
from wording.reader import locale_of

URL = "https://billing.acme.com/p/token"
UNASKED = "https://billing.acme.com/n/token"


def link(customer: Customer = CUSTOMER, *, purpose: Purpose = Purpose.HOME, agent: str = "Ada") -> Email:
    content = LinkEmail(
        customer=customer,
        url=URL,
        purpose=purpose,
        agent=agent,
        expires_at=datetime(2026, 12, 3, 14, 5, tzinfo=UTC),
        openings=5,
        unasked_url=UNASKED,
    )
    return EMAILS.link(content, message_id="1")


def code(customer: Customer = CUSTOMER) -> Email:
    return EMAILS.code(customer=customer, code="042137", minutes=10, unasked_url=UNASKED, message_id="2")


@pytest.mark.parametrize("email", [link(), code()])
def test_who_did_not_ask_can_say_so(email: Email) -> None:
    assert UNASKED in email.text
    assert f'href="{UNASKED}"' in email.html


def words(html: str) -> str:
    body = html.partition("<body")[2].partition(">")[2]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


def test_the_email_with_a_link_says_all_that_a_careful_person_asks() -> None:
    email = link()
    assert email.to == "dana@acme.com"
    assert email.subject == "Your link to your billing page at Acme"
    assert email.message_id == "1"
    for said in (" ".join(email.text.split()), words(email.html).replace("’", "'")):
        assert "Hello Dana Scully," in said
        assert "Ada from Acme support is sending you this link" in said
        assert "your billing page, with your subscription, payment method and invoices" in said
        assert URL in said
        assert "until Thu, 3 Dec 2026, 14:05 UTC and can be used 5 times" in said
        assert "Didn't ask for this?" in said
        assert "1 High Street, Springfield" in said
    assert "https://acme.com/help" in email.text
    assert "https://acme.com/privacy" in email.text


@pytest.mark.parametrize("purpose", Purpose)
def test_each_purpose_is_named_in_both_forms(purpose: Purpose) -> None:
    email = link(purpose=purpose)
    what = re.search(r"It opens (.+?)[:.]", " ".join(email.text.split()))
    assert what
    assert f"It opens {what[1]}." in words(email.html)


def test_the_email_with_a_code_says_it_once_and_not_in_the_subject() -> None:
    email = code()
    assert "042137" not in email.subject
    assert email.text.count("042137") == words(email.html).count("042137") == 1
    assert "It works once, for the next 10 minutes." in " ".join(email.text.split())
    assert "Don't share it with anyone" in email.text


def test_emails_load_nothing_and_lead_only_to_us() -> None:
    for email in (link(), code()):
        assert not re.search(r"<(img|script|link|iframe)|url\(|@import|\bsrc=", email.html)
        ours = {URL, UNASKED, "https://acme.com/help", "https://acme.com/privacy"}
        assert set(re.findall(r'href="([^"]*)"', email.html)) <= ours
        assert set(re.findall(r"https?://[^\s<\"]+", email.text)) <= ours


@pytest.mark.parametrize(
    ("name", "greeting"),
    [
        (None, "Hello,"),
        ("Dana\r\nBcc: eve@evil.example", "Hello,"),
        ("Claim your prize at evil.example", "Hello,"),
        ("https://evil.example", "Hello,"),
        ("D" * 61, "Hello,"),
        ("J. R. R. Tolkien", "Hello J. R. R. Tolkien,"),
        ("דנה", "Hello דנה,"),
        ("Dana\u202e Scully", "Hello Dana Scully,"),
    ],
)
def test_a_name_greets_only_where_it_is_one(name: str | None, greeting: str) -> None:
    email = link(replace(CUSTOMER, name=name))
    assert email.text.splitlines()[0] == greeting
    assert greeting in words(email.html)
    assert "evil" not in email.subject + email.text + email.html


def test_markup_in_names_stays_text() -> None:
    email = link(replace(CUSTOMER, name="Dana & <b>co"), agent="<script>alert(1)</script>\nAda")
    assert "<script>" not in email.html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; Ada from Acme" in email.html
    assert link(replace(CUSTOMER, name="Dana & co")).html.count("Hello Dana &amp; co,") == 1


def test_a_customer_without_an_address_gets_no_email() -> None:
    with pytest.raises(ValueError, match="cus_1 has no email address"):
        code(replace(CUSTOMER, email=None))


@pytest.mark.parametrize(
    ("locale", "country", "expected"),
    [
        (None, None, "en_GB"),
        ("en-US", "DE", "en_US"),
        ("de-DE", "DE", "en_DE"),
        ("fr", None, "en_GB"),
        (None, "US", "en_US"),
        (None, "ZZ", "en_GB"),
        ("en-nonsense-x", None, "en_GB"),
        (None, "JP", "en_GB"),
    ],
)
def test_dates_are_written_as_in_the_customers_country(locale: str | None, country: str | None, expected: str) -> None:
    assert locale_of(replace(CUSTOMER, locale=locale, country=country)) == expected


@pytest.mark.parametrize(("color", "ink"), [("#1f5eff", "#ffffff"), ("#ffd400", "#000000"), ("#777777", "#000000")])
def test_text_on_the_companys_colour_can_be_read(color: str, ink: str) -> None:
    assert replace(COMPANY, color=color).ink == ink


@pytest.mark.parametrize("color", ["blue", "#fff", "#12345g", "#123456;background:url(x)"])
def test_a_colour_is_written_in_one_way(color: str) -> None:
    with pytest.raises(ValueError, match="is no colour"):
        replace(COMPANY, color=color)


@pytest.mark.parametrize(
    ("address", "imprint"),
    [
        ("1 High Street, Springfield", "Acme, 1 High Street, Springfield"),
        ("Acme Ltd, 1 High Street", "Acme Ltd, 1 High Street"),
        (None, None),
    ],
)
def test_an_address_that_begins_with_the_name_does_not_say_it_twice(address: str | None, imprint: str | None) -> None:
    assert replace(COMPANY, address=address).imprint == imprint
