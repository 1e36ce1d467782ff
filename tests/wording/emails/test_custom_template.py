"""A rule's own words: what they may name, what is found to be wrong with them, and what they can never do."""

import pytest

from tests.domain.winback.leaving_customers import ENDED
from tests.wording.emails.winback import OFFER_URL, RESTART, TWENTY, UNSUBSCRIBE_URL, flat, offer_email, terms_of
from wording.emails.custom_template import UnusableTemplate, check_override

ALL = "{{ name }}|{{ plan }}|{{ offer }}|{{ reason }}|{{ company }}|{{ code }}|{{ expires }}"


def test_own_words_stand_in_for_ours_and_the_rest_stays_ours() -> None:
    written = offer_email(
        subject="{{ offer }}: {{ plan }}", text="We miss you,\nreally.\n\n  Come back to {{ company }}.  "
    )
    text = flat(written.text)
    assert written.subject == "20% off your next 3 invoices: Pro"
    assert "Hello Dana Scully, We miss you, really. Come back to Acme. 20% off your next 3 invoices:" in text
    assert "You told us" not in text
    assert OFFER_URL in text
    assert UNSUBSCRIBE_URL in text
    assert ">Come back to Acme.</p>" in written.html


def test_every_name_that_may_be_used_is_filled() -> None:
    written = offer_email(terms_of(TWENTY, ENDED), text=ALL, code="BACK-7KQM-3WXP")
    filled = (
        "Dana Scully|Pro|20% off your first 3 invoices|too expensive|Acme|BACK-7KQM-3WXP|Wed, 1 Jul 2026, 09:00 UTC"
    )
    assert filled in flat(written.text)
    assert check_override(None, ALL) == ()


def test_what_a_customer_lacks_is_empty() -> None:
    text = "{% if code %}{{ code }}{% else %}no code{% endif %}, {{ reason }}."
    assert "no code, ." in flat(offer_email(terms_of(RESTART, ENDED), text=text, reason=None).text)


def test_values_are_never_read_as_a_template_or_as_markup() -> None:
    written = offer_email(text="About {{ plan }} & <b>you</b>", plan="{{ 7 * 7 }}<i>")
    assert "About {{ 7 * 7 }}<i> & <b>you</b>" in written.text
    assert "About {{ 7 * 7 }}&lt;i&gt; &amp; &lt;b&gt;you&lt;/b&gt;" in written.html


def test_a_subject_is_one_line_whatever_the_plan_is_called() -> None:
    assert (
        offer_email(subject="{{ plan }} now", plan="Pro\r\nBcc: eve@evil.example").subject
        == "Pro Bcc: eve@evil.example now"
    )


@pytest.mark.parametrize(
    ("subject", "text", "fault"),
    [
        ("{{ plan", None, "subject: line 1: "),
        (None, "Hello\n{% if %}", "text: line 2: "),
        ("Dear {{ name }}", None, "subject: name cannot be named there; what can: company, plan, offer, expires"),
        ("{{ reason }}", None, "subject: reason cannot be named there"),
        (None, "{{ nam }} {{ email }}", "text: email, nam cannot be named there; what can: company, plan"),
        (None, "{% if code %}{{ typo }}{% endif %}", "text: typo cannot be named there"),
        (None, "{{ name.__class__.__mro__ }}", "text: access to attribute '__class__' of 'str' object is unsafe."),
        (None, "{{ name.nothing }}", "text: 'str object' has no attribute 'nothing'"),
        (None, "{{ 1 / 0 }}", "text: division by zero"),
        (None, "{{ range(9) }}", "text: range cannot be named there"),
        (None, "{% include 'offer.txt.j2' %}", "text: no loader for this environment specified"),
        (None, "{{ plan + 1 }}", "text: "),
        (None, "{{ name }}", "text: nothing is left of it for a customer without name, reason or code"),
        (None, "  \n ", "text: nothing is left of it"),
        (None, "{{ 'x' * 10001 }}", "text: longer than 10,000 characters when it is filled"),
        ("{{ 'x' * 151 }}", None, "subject: longer than 150 characters when it is filled"),
    ],
)
def test_what_is_wrong_is_found_before_anybody_gets_it(subject: str | None, text: str | None, fault: str) -> None:
    (found,) = check_override(subject, text)
    assert found.startswith(fault)


def test_every_fault_is_told_at_once_and_good_words_have_none() -> None:
    assert len(check_override("{{ x }}", "{{ y }}")) == 2
    assert check_override(None, None) == ()
    assert check_override("{{ offer }} at {{ company }}", "Till {{ expires }}.") == ()


def test_a_template_that_turns_out_faulty_sends_nothing() -> None:
    with pytest.raises(UnusableTemplate, match="division by zero"):
        offer_email(text="{% if not code %}{{ 1 / 0 }}{% endif %}")
