"""The form to draft an offer: its kind, the fields of that kind, its cost, and the email's words."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from bot.views import texts
from bot.views.blocks import Block, escape, option, plain_text, section, select
from bot.views.modals import View, form_field, form_modal, text_entry
from bot.views.winback import decision_replies
from domain.billing.subscription import Price
from domain.winback.offer import (
    CallBack,
    DiscountOffer,
    ExtendTrial,
    FreeMonths,
    Offer,
    OfferKind,
    Pause,
    Restart,
    SwitchPlan,
    kind_of,
)
from flows.failures import OutsideFailure
from flows.people.staff_permissions import PermissionDenied
from flows.winback.policy.eligibility import NotConfigured, NotEligible
from flows.winback.proposals.answers import DraftForm, NoSuchProposal, PricedDraft
from wording.decision_reasons import against_words
from wording.money import decimal_money, digits
from wording.offer import terms_words
from wording.offer_cost import cost_words
from wording.plan import interval, plan_name, price_name
from wording.sanitize import cut, one_line

PROPOSE, CHANGE = "propose_offer", "change_offer"
KIND, PERCENT, AMOUNT, INVOICES = "offer_kind", "offer_percent", "offer_amount", "offer_invoices"
MONTHS, PRICE, DAYS, WHO = "offer_months", "offer_price", "offer_days", "offer_who"
NOTE, SEND_AT, COST = "offer_note", "offer_send_at", "offer_cost"
ASKED, TICKET, DELIVERY = "offer_asked", "offer_ticket", "offer_delivery"
DELIVERIES = {"email": "By email", "link": "I pass on its link"}
COST_FIELDS = (PERCENT, AMOUNT, INVOICES, MONTHS, PRICE, DAYS, ASKED, DELIVERY)
"""The fields that change an offer's cost, or whether it is possible."""
LIGHTER = "lighter"
"""The value for the next lighter plan, among the prices."""
MOST_NOTE = 1000

KINDS: dict[OfferKind, str] = {
    "discount": "Something off the next invoices",
    "free_months": "Free months",
    "switch_plan": "Another plan at its full price",
    "pause": "A pause of billing",
    "extend_trial": "More days of trial",
    "restart": "Going on as before, with an email",
    "call_back": "A personal talk, no email",
}
_INITIAL_OFFERS: dict[OfferKind, Offer] = {
    "free_months": FreeMonths(months=1),
    "switch_plan": SwitchPlan(price_id=None),
    "pause": Pause(months=1),
    "extend_trial": ExtendTrial(days=7),
    "restart": Restart(),
    "call_back": CallBack(who=None),
}
_MOST_PRICES = 99  # Slack: "Select menu element": 100 options
_MOST_COUNT = 12
_MOST_NAME = 80
_TYPING = {"dispatch_action_config": {"trigger_actions_on": ["on_character_entered"]}}

Preview = PricedDraft | NotEligible | NotConfigured | NoSuchProposal | PermissionDenied | OutsideFailure | None


def initial_kind(ready: DraftForm) -> OfferKind:
    """Return the kind of offer that the form starts with: the proposal's or the rule's, if it is possible."""
    wanted = kind_of(ready.terms.offer) if ready.terms else None
    return wanted if wanted in ready.kinds else ready.kinds[0]


def initial_offer(kind: OfferKind, ready: DraftForm) -> Offer | None:
    """Return the offer of a kind that the form starts with; None if the person must enter something first."""
    if ready.terms is not None and kind_of(ready.terms.offer) == kind:
        return ready.terms.offer
    return _INITIAL_OFFERS.get(kind)


def offer_form_modal(ready: DraftForm, *, name: str, about: str, kind: OfferKind, look: Preview) -> View:
    """Return the form for a kind of offer; `look` is the draft's cost."""
    note: dict[str, Any] = {"multiline": True, **({"initial_value": ready.note} if ready.note else {})}
    sends: dict[str, Any] = {"type": "datetimepicker", "action_id": SEND_AT}
    if ready.proposal and ready.proposal.draft.send_at:
        sends["initial_date_time"] = int(ready.proposal.draft.send_at.timestamp())
    kinds = select(KIND, {each: KINDS[each] for each in ready.kinds}, initial=kind)
    return form_modal(
        name,
        "Propose win-back" if name == PROPOSE else "Change the offer",
        "Propose" if name == PROPOSE else "Change",
        section(f"*{_name(ready)}* · {escape(cut(one_line(plan_name(ready.subscription)), _MOST_NAME))}"),
        *_no_email(ready),
        form_field(KIND, "What do they get?", kinds, dispatch_action=True),
        *_fields(kind, initial_offer(kind, ready), ready),
        cost_section(look),
        *(_request(ready) if name == PROPOSE else []),
        form_field(NOTE, "Your own words in the email", text_entry(NOTE, most=MOST_NOTE) | note, optional=True),
        form_field(SEND_AT, "Not before", sends, optional=True, hint=plain_text(texts.SEND_HINT)),
        about=about,
    )


def _no_email(ready: DraftForm) -> list[Block]:
    """Return the sentence that no email can go to them, and why, unless they asked for the offer."""
    if not ready.no_email:
        return []
    why = ready.no_email[0]
    reason = "no consent is recorded" if why.why == "no_consent" else against_words(why)
    return [section(f"*No email can go to {_name(ready)}: {escape(reason)}.*")]


def _name(ready: DraftForm) -> str:
    return escape(cut(one_line(ready.customer_name or ""), _MOST_NAME)) or "this customer"


def _request(ready: DraftForm) -> list[Block]:
    """Return the box *They asked us for this*, with the ticket and the way that the offer reaches them."""
    box = {"type": "checkboxes", "action_id": ASKED, "options": [option("They asked us for this", "asked")]}
    only_link = {each.why for each in ready.no_email} & {"own_wish", "no_address", "no_zone"}
    way = select(DELIVERY, DELIVERIES, initial="link" if only_link else "email")
    return [
        form_field(ASKED, "A request", box, optional=True, dispatch_action=True, hint=plain_text(texts.ASKED_HINT)),
        form_field(TICKET, "Their ticket", text_entry(TICKET, most=80), optional=True),
        form_field(DELIVERY, "How does it reach them?", way, dispatch_action=True),
    ]


def with_cost(view: Mapping[str, Any], look: Preview) -> View:
    """Return the open form with another cost; its ids, and so what was typed, stay."""
    blocks = [cost_section(look) if block["block_id"] == COST else block for block in view["blocks"]]
    kept = {key: view[key] for key in ("type", "callback_id", "title", "submit", "close", "private_metadata")}
    return kept | {"blocks": blocks}


def cost_section(look: Preview) -> Block:
    """Return what the draft costs, or why it isn't possible; `look` None: not enough is entered yet."""
    return section(cost_text(look), block_id=COST)


def cost_text(look: Preview) -> str:
    """Return the same as mrkdwn."""
    match look:
        case None:
            return texts.NO_COST_YET
        case PricedDraft():
            said = f"*{escape(terms_words(look.terms))}*\n{escape(cost_words(look.terms))}"
            second = f"\n{texts.NEEDS_TWO_MANAGERS}" if look.needs_second else ""
            if look.overrides is not None:
                said += f"\nThe rule “{escape(look.overrides)}” never gives this."
            return said + (f"\n{texts.NEEDS_ANOTHER_MANAGER}" if look.by_hand else "") + second
        case NotEligible():
            return f"Not possible: {escape(decision_replies.rejections_text(look.rejected))}."
        case _:
            return decision_replies.decision_text(look)


def _fields(kind: OfferKind, filled: Offer | None, ready: DraftForm) -> list[Block]:
    """Return the fields of a kind, filled in with the initial offer."""
    match filled:
        case FreeMonths() | Pause():
            return [_count(MONTHS, "For how many months?", filled.months)]
        case ExtendTrial():
            entry = {"type": "number_input", "action_id": DAYS, "is_decimal_allowed": False, **_TYPING}
            bounds = {"initial_value": str(filled.days), "min_value": "1", "max_value": "90"}
            return [form_field(DAYS, "How many more days?", entry | bounds, dispatch_action=True)]
        case SwitchPlan():
            return [_prices(filled.price_id, ready.prices)]
        case CallBack():
            person = {"type": "users_select", "action_id": WHO}
            person |= {"initial_user": filled.who} if filled.who else {}
            return [form_field(WHO, "Who talks to them?", person, optional=True, hint=plain_text(texts.CALLER_HINT))]
        case DiscountOffer():
            return _discount(filled, ready.currency)
        case _:
            return _discount(None, ready.currency) if kind == "discount" else []


def _discount(filled: DiscountOffer | None, currency: str) -> list[Block]:
    percent = f"{filled.percent.normalize():f}" if filled and filled.percent is not None else None
    amount = None
    if filled and filled.amount is not None:
        amount = f"{Decimal(filled.amount.minor).scaleb(-digits(currency))}"
    return [
        form_field(
            PERCENT,
            "Per cent off each invoice",
            text_entry(PERCENT, most=6, initial=percent) | _TYPING,
            optional=True,
            dispatch_action=True,
        ),
        form_field(
            AMOUNT,
            f"Or an amount off each invoice, in {currency.upper()}",
            text_entry(AMOUNT, most=16, initial=amount) | _TYPING,
            optional=True,
            dispatch_action=True,
        ),
        _count(INVOICES, "Off how many invoices?", filled.invoices if filled else 1),
    ]


def _count(name: str, label: str, initial: int) -> Block:
    numbers = map(str, range(1, max(_MOST_COUNT, initial) + 1))
    return form_field(
        name, label, select(name, {each: each for each in numbers}, initial=str(initial)), dispatch_action=True
    )


def _prices(initial: str | None, prices: tuple[Price, ...]) -> Block:
    plans = {LIGHTER: "The next lighter plan"} | {str(each.id): _price(each) for each in prices[:_MOST_PRICES]}
    chosen = initial if initial in plans else LIGHTER
    return form_field(PRICE, "Which plan?", select(PRICE, plans, initial=chosen), dispatch_action=True)


def _price(price: Price) -> str:
    if price.unit_amount is None:
        return price_name(price)
    return f"{decimal_money(price.unit_amount, price.currency)} {interval(price)}: {price_name(price)}"
