"""The first messages, and the sample of a card."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from bot.views.blocks import Message, actions, button, context, escape, header, mrkdwn, section
from bot.views.cancellations.card import CardStyle, card_message
from domain.billing.monthly_value import MonthlyValue
from domain.billing.subscription import Cancellation
from domain.cancellations.case import Episode
from domain.cancellations.stored_case import Case, Facts
from domain.ids import CaseId, CustomerId, PersonId, SubscriptionId
from domain.money import Money
from domain.results.first_days import EarlierCancellations
from domain.winback.case_card import CaseCard
from wording.grammar import count
from wording.offer import amounts
from wording.reason import feedback, kind
from wording.sanitize import cut, one_line

SAMPLE: Final = "welcome_sample"
SAMPLE_COMES = "A sample comes in a moment, as the newest message of the cancellations channel. It's counted nowhere."
_MARK = ":test_tube: *Sample*: nobody cancelled. It's counted nowhere."
_FULL = (
    "Cards show customers' names and comments, because the channel is private or `CARD_DETAIL=full` is set. "
    "`CARD_DETAIL=lean` leaves them out."
)
_LEAN = (
    "Cards show neither names nor comments, because the channel may be public or `CARD_DETAIL=lean` is set. "
    "`CARD_DETAIL=full` shows them."
)
_MOST_REASONS = 8
_MOST_REASON = 80


def welcome_message(earlier: EarlierCancellations, *, style: CardStyle) -> Message:
    """Return what will come into the channel, and who left in the 30 days before."""
    said = "From now on, each cancellation gets one message here, which is kept up to date."
    told = [
        f"{said} It says who left, what, for how much, why and until when.",
        _FULL if style.detail == "full" else _LEAN,
        "A digest comes as `DIGEST` says: built in, every Monday. `/winback help` lists what you can ask.",
    ]
    return {
        "text": said,
        "blocks": [
            header("Cancellations come here"),
            section("\n".join(told)),
            section(f"*The 30 days before*\n{escape(earlier_text(earlier))}"),
            actions(button("Post a sample", action=SAMPLE)),
            context(mrkdwn("From Stripe's events. Nothing of it is stored, and past cancellations get no message.")),
        ],
    }


def earlier_text(earlier: EarlierCancellations) -> str:
    """Return who left: "14 left, €612 a month; too expensive 5, no reason 6"."""
    if not earlier.left:
        return "Nobody left." if earlier.complete else "Nobody left, as far as the newest events tell."
    worth = f", {amounts(earlier.lost)} a month" if earlier.lost else ""
    unknown = f" and {count(earlier.unknown, 'value')} not known" if earlier.unknown else ""
    why = ", ".join(f"{_reason(name)} {number}" for name, number in earlier.reasons[:_MOST_REASONS])
    at_least = "" if earlier.complete else "At least "
    return f"{at_least}{earlier.left} left{worth}{unknown}; {why}."


def sample_message(at: datetime, *, style: CardStyle) -> Message:
    """Return an invented card without buttons, marked as a sample."""
    shown = card_message(_sample(at), style=style)
    blocks = [block for block in shown["blocks"] if block["type"] != "actions"]
    return {"text": f"Sample: {shown['text']}", "blocks": [context(mrkdwn(_MARK)), *blocks]}


def managers_welcome_text() -> str:
    """Return what keeps offers from being proposed at first, and how to change it."""
    return (
        ":wave: Offers for your decision come here. At first there may be few: an email needs the customer's consent. "
        "Set your consent key in each customer's metadata at Stripe (built in: `marketing_consent`), or list the "
        "countries that need none in `consent.not_needed`; `winback policy check` shows what is missing. Without "
        "`TIMEZONE` no offer is emailed. Every Monday I say so here if something came due and nothing was proposed; "
        "`/winback stats` shows how far each cancellation came, and what stopped it."
    )


def _reason(name: str | None) -> str:
    return "no reason" if name is None else cut(one_line(kind(feedback(name))), _MOST_REASON)


def _sample(at: datetime) -> CaseCard:
    value = MonthlyValue(now=Money(4900, "eur"), would_be=Money(4900, "eur"), usage_based=False)
    nobody = UUID(int=0)
    case = Case(
        id=CaseId(nobody),
        subscription_id=SubscriptionId("sub_sample"),
        person_id=PersonId(nobody),
        episode=Episode(
            canceled_ats=frozenset({at}),
            state="pending",
            requested_at=at,
            ends_at=at + timedelta(days=20),
            ended_at=None,
            resumed_at=None,
            cancellation=Cancellation(
                kind="cancellation_requested",
                feedback="too_expensive",
                feedback_option=None,
                comment="I need only half of it.",
            ),
        ),
        silent=True,
        enrichment=None,
        owner=None,
        owned_at=None,
        follow_up=None,
        tags=(),
        version=1,
        loss=value,
    )
    facts = Facts(
        customer_id=CustomerId("cus_sample"),
        customer_name="Sam Sample",
        customer_email="sam@example.com",
        plan="Pro",
        value=value,
        started_at=at - timedelta(days=400),
        status="active",
        livemode=False,
    )
    return CaseCard(
        case=case,
        facts=facts,
        reason_state="given",
        comeback=None,
        back_with=None,
        switched_to=None,
        switch_several=False,
        switch_shared=False,
        still_with=None,
        number=1,
        suppressed=False,
        winback=None,
        reference="sample",
    )
