"""Parse the form of an offer: an offer with its words and time, or a fault beside a field."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from bot.views import modals, texts
from bot.views.button_values import UnreadableValue, own_text, own_value, read_number
from bot.views.winback import offer_form
from domain.ids import CaseId, ProposalId, StaffId
from domain.winback.offer import CallBack, DiscountOffer, ExtendTrial, FreeMonths, Offer, Pause, Restart, SwitchPlan
from domain.winback.proposal import CustomerRequest
from wording.grammar import capital
from wording.money import NotAnAmount, typed_money
from wording.sanitize import one_line, plain

_MOST_COUNT = 24
"""As many invoices as a policy can allow (`bot/policy/rule_schema.py`)."""
_CURRENCY = re.compile(r"[a-z]{3}", re.ASCII)
_PERCENT = re.compile(r"\d{1,2}(?:\.\d{1,2})?", re.ASCII)


class OfferFormError(ValueError):
    """A field can't be parsed; `sentence` says how to write it."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferFormContext:
    """What a form is about; `proposal` None: it proposes an offer of the person's own."""

    case_id: CaseId
    proposal: tuple[ProposalId, int] | None
    currency: str

    @property
    def proposal_id(self) -> ProposalId | None:
        """The proposal's id without the version."""
        return self.proposal[0] if self.proposal else None

    def written(self) -> str:
        """Return the context as a form's `private_metadata`."""
        proposal = () if self.proposal is None else map(str, self.proposal)
        return " ".join([str(self.case_id), self.currency, *proposal])

    @classmethod
    @own_value()
    def read(cls, text: str) -> "OfferFormContext":
        """Read what `written` returns; raises UnreadableValue."""
        case_id, currency, *proposal = text.split(" ")
        if not _CURRENCY.fullmatch(currency):
            raise UnreadableValue
        pressed = (ProposalId(UUID(proposal[0])), read_number(proposal[1])) if proposal else None
        return cls(case_id=CaseId(UUID(case_id)), proposal=pressed, currency=currency)


def parse_kind(view: Mapping[str, Any]) -> str:
    """Return the chosen kind of offer."""
    return modals.typed_value(view, offer_form.KIND)


def parse_offer(view: Mapping[str, Any], currency: str) -> Offer:
    """Return the offer; raises OfferFormError."""
    match parse_kind(view):
        case "discount":
            return _discount(view, currency)
        case "free_months":
            return FreeMonths(months=_count(view, offer_form.MONTHS))
        case "pause":
            return Pause(months=_count(view, offer_form.MONTHS))
        case "switch_plan":
            price = modals.typed_value(view, offer_form.PRICE)
            return SwitchPlan(price_id=None if price == offer_form.LIGHTER else price)
        case "extend_trial":
            return ExtendTrial(days=_days(_typed(view, offer_form.DAYS)))
        case "call_back":
            person = modals.form_entry(view, offer_form.WHO)
            return CallBack(who=StaffId(own_text(person, "selected_user")) if person.get("selected_user") else None)
        case "restart":
            return Restart()
        case _:
            raise OfferFormError(offer_form.KIND, texts.NO_KIND)


def parse_request(view: Mapping[str, Any], *, by: StaffId) -> CustomerRequest | None:
    """Return what the customer asked for in which ticket, or None if they didn't; raises OfferFormError."""
    ticket = one_line(_typed(view, offer_form.TICKET)).removeprefix("#")
    by_link = _typed(view, offer_form.DELIVERY) == "link"
    if not is_asked_for(view):
        if by_link and parse_kind(view) != "call_back":  # a call has no link, and the form may propose one
            raise OfferFormError(offer_form.DELIVERY, texts.LINK_NEEDS_REQUEST)
        return None
    if not ticket:
        raise OfferFormError(offer_form.TICKET, texts.NO_REQUEST_TICKET)
    return CustomerRequest(ticket=ticket, by=by, delivery="link" if by_link else "email")


def drafted_request(view: Mapping[str, Any], *, by: StaffId) -> CustomerRequest | None:
    """Return the same while the form is being filled in, with any ticket or none."""
    if not is_asked_for(view):
        return None
    way: Literal["email", "link"] = "link" if _typed(view, offer_form.DELIVERY) == "link" else "email"
    return CustomerRequest(ticket="", by=by, delivery=way)


def is_asked_for(view: Mapping[str, Any]) -> bool:
    """Return whether the box *They asked us for this* is ticked."""
    with own_value():
        return bool(modals.form_entry(view, offer_form.ASKED).get("selected_options"))


def parse_note(view: Mapping[str, Any]) -> str | None:
    """Return the person's own words for the email, or None."""
    return plain(_typed(view, offer_form.NOTE)) or None


def parse_send_at(view: Mapping[str, Any], *, now: datetime) -> datetime | None:
    """Return the earliest time to send the email, or None. Raises OfferFormError for a time in the past."""
    chosen = modals.form_entry(view, offer_form.SEND_AT).get("selected_date_time")
    if chosen is None:
        return None
    with own_value():
        at = datetime.fromtimestamp(int(chosen), UTC)
    if at <= now:
        raise OfferFormError(offer_form.SEND_AT, texts.TIME_PASSED)
    return at


def _discount(view: Mapping[str, Any], currency: str) -> DiscountOffer:
    percent, amount = _typed(view, offer_form.PERCENT), _typed(view, offer_form.AMOUNT)
    invoices = _count(view, offer_form.INVOICES)
    if percent and amount:
        raise OfferFormError(offer_form.AMOUNT, texts.PERCENT_OR_AMOUNT)
    if amount:
        try:
            return DiscountOffer(percent=None, amount=typed_money(amount, currency), invoices=invoices)
        except NotAnAmount as fault:
            raise OfferFormError(offer_form.AMOUNT, f"{capital(str(fault))}.") from None
    if not _PERCENT.fullmatch(percent) or not Decimal(percent):
        raise OfferFormError(offer_form.PERCENT, texts.NO_PERCENT)
    return DiscountOffer(percent=Decimal(percent), amount=None, invoices=invoices)


def _days(typed: str) -> int:
    if not re.fullmatch(r"\d{1,2}", typed, re.ASCII) or not int(typed):
        raise OfferFormError(offer_form.DAYS, texts.NO_DAYS)
    return int(typed)


def _count(view: Mapping[str, Any], name: str) -> int:
    number = read_number(modals.typed_value(view, name))
    if not 1 <= number <= _MOST_COUNT:
        raise UnreadableValue
    return number


def _typed(view: Mapping[str, Any], name: str) -> str:
    return modals.typed_value(view, name).strip()
