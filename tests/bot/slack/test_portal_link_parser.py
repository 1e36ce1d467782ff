"""Every form in which Slack, clipboards and people in a hurry deliver a question (Slack: "Slash commands")."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.portal_link_parser import InvalidRequest, UsageRequest, first_address, parse
from bot.views import texts
from domain.billing.portal_access import Purpose
from flows.portal_links.answers import Address, Request


def _asked(who: str, purpose: Purpose = Purpose.HOME, ticket: str | None = None) -> Request:
    return Request(who=Address(value=who) if "@" in who else who, purpose=purpose, ticket=ticket)


DANA = _asked("dana@acme.com")


def _unknown(word: str, suggestion: str | None = None) -> InvalidRequest:
    return InvalidRequest(texts.unknown_word_text(word, suggestion=suggestion))


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("dana@acme.com", DANA),
        ("  dana@acme.com  ", DANA),
        ("<mailto:dana@acme.com|dana@acme.com>", DANA),
        ("<mailto:dana@acme.com>", DANA),
        ("<MAILTO:dana@acme.com|dana@acme.com>", DANA),
        ("<mailto:dana@acme.com|Dana Scully>", DANA),
        ("<mailto:dana@acme.com|DANA@acme.com>", DANA),
        ("<mailto:Dana@Acme.com|Dana@Acme.com>", _asked("Dana@Acme.com")),
        ("&lt;dana@acme.com&gt;", DANA),
        ("<dana@acme.com>", DANA),
        ("Dana Scully <mailto:dana@acme.com|dana@acme.com>", DANA),
        ("Dana Scully &lt;<mailto:dana@acme.com|dana@acme.com>&gt; card", _asked("dana@acme.com", Purpose.CARD)),
        ('"Scully, Dana" &lt;dana@acme.com&gt;', DANA),
        ("card <mailto:dana@acme.com|dana@acme.com>", _asked("dana@acme.com", Purpose.CARD)),
        ("“dana@acme.com”", DANA),
        ("‘dana@acme.com’", DANA),
        ('"dana@acme.com",', DANA),
        ("`dana@acme.com`", DANA),
        ("*dana@acme.com*", DANA),
        ("_dana@acme.com_", DANA),
        ("_dana@acme.com", _asked("_dana@acme.com")),
        ("dana@acme.com\u200b", DANA),
        ("\ufeffda\u200dna@acme.com", DANA),
        ("\u00a0dana@acme.com\u2003card", _asked("dana@acme.com", Purpose.CARD)),
        ("dana@acme.com\ncard", _asked("dana@acme.com", Purpose.CARD)),
        ("ｄａｎａ＠ａｃｍｅ．ｃｏｍ", DANA),  # full-width, as East Asian keyboards type
        ("dana+pro&amp;co@acme.com", _asked("dana+pro&co@acme.com")),
        ("dana+shop@acme.com", _asked("dana+shop@acme.com")),
        ("o'brien@acme.com", _asked("o'brien@acme.com")),
        ("o’brien@acme.com", _asked("o'brien@acme.com")),
        ("dana@<http://acme.com|acme.com>", DANA),
        ("<mailto:dana@acme.com|dana@acme.com>.", DANA),
        ("<mailto:dana@acme.com|dana@acme.com>, card", _asked("dana@acme.com", Purpose.CARD)),
        ("<mailto:dana@acme.com|dana@acme.com>; #4711.", _asked("dana@acme.com", ticket="4711")),
        ("<mailto:dana@acme.com|dana@acme.com>?", DANA),
        ("(<mailto:dana@acme.com|dana@acme.com>)", DANA),
        ("[dana@acme.com](<mailto:dana@acme.com|dana@acme.com>)", DANA),
        ("[dana@acme.com](mailto:dana@acme.com)", DANA),
        ("dana@acme.com.", DANA),
        ("dana@acme.com...", DANA),
        ("dana@acme.com…", DANA),
        ("dana@acme.com。", DANA),
        ("dana@acme.com:", DANA),
        ("dana@acme.com/", DANA),
        ("dana@acme.com,card", _asked("dana@acme.com", Purpose.CARD)),
        ("*dana@acme.com.*", DANA),
        ("*dana@acme.com*.", DANA),
        ("“dana@acme.com.”", DANA),
        ("Email: dana@acme.com", DANA),
        ("mailto: dana@acme.com", DANA),
        ("• dana@acme.com – card", _asked("dana@acme.com", Purpose.CARD)),
        ("mailto:dana@acme.com", DANA),
        ("MailTo:dana@acme.com?Subject=Refund", DANA),
        ("<mailto:dana@acme.com?subject=Refund&amp;body=Hi|dana@acme.com>", DANA),
        ("<mailto:dana@acme.com?subject=Refund%20me|dana@acme.com> plan", _asked("dana@acme.com", Purpose.PLAN)),
        ("<mailto:dana@acme.com?subject=Refund>", DANA),
        ("<mailto:dana@acme.com?cc=boss@acme.com|dana@acme.com>", DANA),
        ("<mailto:dana@acme.com?subject=Refund|dana@acme.com?subject=Refund>", DANA),
        ("<mailto:dana@acme.com|mailto:dana@acme.com>", DANA),
        ("<mailto:dana@acme.com|Dana Scully &lt;dana@acme.com&gt;>", DANA),
        ("<mailto:dana@acme.com|*dana@acme.com*>", DANA),
        ("<mailto:dana%2Bshop@acme.com|dana+shop@acme.com>", _asked("dana+shop@acme.com")),
        ("&lt;mailto:dana@acme.com|dana@acme.com&gt;", DANA),
        ("<mailto:who?@acme.com|who?@acme.com>", _asked("who?@acme.com")),
        ("dana@müller.de", _asked("dana@müller.de")),
        ("<mailto:dana@xn--mller-kva.de|dana@müller.de>", _asked("dana@xn--mller-kva.de")),
        ("cus_NffrFeUfNV2Hib.", _asked("cus_NffrFeUfNV2Hib")),
        ("cus_NffrFeUfNV2Hib", _asked("cus_NffrFeUfNV2Hib")),
        ("sub_1MowQVLkdIwHu7ixeRlqHVzs cancel", _asked("sub_1MowQVLkdIwHu7ixeRlqHVzs", Purpose.CANCEL)),
        ("dana@acme.com CARD", _asked("dana@acme.com", Purpose.CARD)),
        ("dana@acme.com plan", _asked("dana@acme.com", Purpose.PLAN)),
        ("dana@acme.com pause #4711", _asked("dana@acme.com", Purpose.PAUSE, "4711")),
        ("dana@acme.com #4711 details", _asked("dana@acme.com", Purpose.DETAILS, "4711")),
        ("dana@acme.com dana@acme.com", DANA),
        ("", UsageRequest()),
        ("   ", UsageRequest()),
        ("help", UsageRequest()),
        ("Help", UsageRequest()),
        ("\u200b", UsageRequest()),
        ("dana@acme.com dora@acme.com", InvalidRequest(texts.TWO_CUSTOMERS)),
        ("dana@acme.com cus_NffrFeUfNV2Hib", InvalidRequest(texts.TWO_CUSTOMERS)),
        ("<mailto:dana@acme.com|dora@acme.com>", InvalidRequest(texts.MISLEADING_LABEL)),
        ("<mailto:dana@acme.com|dana@acme.com.evil.example>", InvalidRequest(texts.MISLEADING_LABEL)),
        ("<mailto:dora@acme.com?subject=dana@acme.com|dana@acme.com>", InvalidRequest(texts.MISLEADING_LABEL)),
        ("<mailto:?to=dora@acme.com|dana@acme.com>", InvalidRequest(texts.MISLEADING_LABEL)),
        ("<mailto:dora%40acme.com|dana@acme.com>", InvalidRequest(texts.MISLEADING_LABEL)),
        ("<mailto:dana@acme.com,dora@acme.com|dana@acme.com>", InvalidRequest(texts.MISLEADING_LABEL)),
        ("<mailto:dora@acme.com|Dana (dana@acme.com)>", InvalidRequest(texts.MISLEADING_LABEL)),
        ("<mailto:dora@acme.com|dana＠acme.com>", InvalidRequest(texts.MISLEADING_LABEL)),
        ("<mailto:anna@strasse.de|anna@straße.de>", InvalidRequest(texts.MISLEADING_LABEL)),
        ("&lt;mailto:dora@acme.com|dana@acme.com&gt;", InvalidRequest(texts.MISLEADING_LABEL)),
        ("dana@acme.com,dora@acme.com", InvalidRequest(texts.TWO_CUSTOMERS)),
        ("[dana@acme.com](mailto:dora@acme.com)", InvalidRequest(texts.TWO_CUSTOMERS)),
        ("dana@acme.com card plan", InvalidRequest(texts.TWO_PURPOSES)),
        ("dana@acme.com #1 #2", InvalidRequest(texts.TWO_TICKETS)),
        ("dana@acme.com please", _unknown("please")),
        ("dana@acme.com home", _unknown("home")),
        ("dana@acme.com crad", _unknown("crad", "card")),
        ("card", InvalidRequest(texts.NOBODY_NAMED)),
        ("#4711", InvalidRequest(texts.NOBODY_NAMED)),
        ("dana@acme.com #HELP-4711/2", _asked("dana@acme.com", Purpose.HOME, "HELP-4711/2")),
        ("dana@acme.com #fay@acme.com", InvalidRequest(texts.NO_TICKET)),
        (f"dana@acme.com #{'4' * 81}", InvalidRequest(texts.NO_TICKET)),
        ("dana", InvalidRequest(texts.NO_ADDRESS)),
        ("dana@", InvalidRequest(texts.NO_ADDRESS)),
        ("dana@acme", InvalidRequest(texts.NO_ADDRESS)),
        ("dana@acme.com' OR email:'x", _unknown("OR")),
        ("<!channel>", InvalidRequest(texts.MENTION)),
        ("<@U0AGENT001>", InvalidRequest(texts.MENTION)),
        ("<#C0GENERAL1|general>", InvalidRequest(texts.MENTION)),
        ("dana@acme.com <!here>", InvalidRequest(texts.MENTION)),
        ("x" * 10_000, InvalidRequest(texts.TOO_LONG)),
        ("cus_", InvalidRequest(texts.NO_ADDRESS)),
        ("cus_" + "x" * 65, InvalidRequest(texts.NO_ADDRESS)),
    ],
)
def test_every_form_is_parsed_or_refused(text: str, read: Request | UsageRequest | InvalidRequest) -> None:
    assert parse(text) == read


@given(st.text(max_size=1500))
def test_any_text_gets_a_known_answer(text: str) -> None:
    read = parse(text)
    if isinstance(read, InvalidRequest):
        unknown = re.fullmatch(r'I don\'t recognise "([^<>\n]{1,200})"\. .*', read.sentence)
        assert unknown or read.sentence in {
            texts.TOO_LONG, texts.NO_ADDRESS, texts.NOBODY_NAMED, texts.TWO_CUSTOMERS,
            texts.TWO_PURPOSES, texts.TWO_TICKETS, texts.MENTION, texts.MISLEADING_LABEL, texts.NO_TICKET,
        }  # fmt: skip


def test_a_misspelt_page_is_suggested() -> None:
    read = parse("dana@acme.com crad")
    assert isinstance(read, InvalidRequest)
    assert read.sentence == 'I don\'t recognise "crad". Did you mean `card`?'


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Please help <mailto:dana@acme.com|dana@acme.com>, her card expired", "dana@acme.com"),
        ("From: Dana &lt;dana@acme.com&gt;", "dana@acme.com"),
        ("Write to (dana@acme.com).", "dana@acme.com"),
        ("Write to <MAILTO:dana@acme.com?subject=Hi&amp;body=Ho|dana@acme.com>.", "dana@acme.com"),
        ("Write to <mailto:dora@acme.com|dana@acme.com>", None),
        ("mailto:dana@acme.com?subject=Hi", "dana@acme.com"),
        ("<@U0AGENT001> it is @home", None),
        ("no address here", None),
    ],
)
def test_first_address_of_a_message(text: str, address: str | None) -> None:
    assert first_address(text) == address
