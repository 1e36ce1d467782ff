"""What the form of an offer says, as Slack sends it."""

from typing import Any

import pytest

from bot.views.winback.offer_form_parser import OfferFormError, parse_request
from domain.ids import StaffId

AGENT = StaffId("U0AGENT001")


def form(kind: str, **entries: Any) -> dict[str, Any]:
    """Return a submitted form in which the offer's link is to be passed on."""
    chosen = {"offer_kind": kind, "offer_delivery": "link"}
    values: dict[str, Any] = {name: {name: {"selected_option": {"value": value}}} for name, value in chosen.items()}
    return {"state": {"values": values | {name: {name: entry} for name, entry in entries.items()}}}


def test_a_link_needs_a_request_and_a_talk_needs_none() -> None:
    with pytest.raises(OfferFormError, match="Only an offer that they asked for"):
        parse_request(form("discount"), by=AGENT)

    assert parse_request(form("call_back"), by=AGENT) is None


def test_a_ticket_has_no_number_sign() -> None:
    asked, ticket = {"selected_options": [{"value": "asked"}]}, {"value": " #4711 "}
    request = parse_request(form("discount", offer_asked=asked, offer_ticket=ticket), by=AGENT)

    assert request is not None
    assert (request.ticket, request.delivery) == ("4711", "link")
