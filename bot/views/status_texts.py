"""The state of a win-back in one sentence (mrkdwn), for the case's card and the proposal's message."""

from datetime import datetime

from bot.views import texts
from bot.views.blocks import escape
from domain.winback.case_card import OfferReminder, WinbackStatus
from domain.winback.proposal import COSTS_MORE, HELD, TAKEN_BACK
from flows.winback.offers.undo import NOT_UNDONE
from wording.decision_reasons import code_words
from wording.money import money
from wording.offer import short_words
from wording.reason import feedback
from wording.sanitize import cut, one_line

DECLINE_REASONS = {
    "too_much": "it gives away too much",
    "wrong_offer": "it is not the right offer for them",
    "in_touch": "somebody is in touch with them already",
    "let_go": "it is better to let this customer go",
    "another_reason": "for another reason",
}
"""Why a manager declines: a choice, because the audit log keeps it for good and must name nobody."""

TAKE_BACK_REASONS = {
    "mistake": "it was approved by mistake",
    "wrong_person": "it went to the wrong person",
    "wrong_offer": "it was not the right offer",
    "in_touch": "somebody is in touch with them already",
    "another_reason": "for another reason",
}
"""Why a manager takes a sent offer back: a choice, as for declining."""

_MOST = 300
_WHY = {
    **DECLINE_REASONS,
    HELD: "a manager held it",
    "unsubscribed": "they unsubscribed from such emails",
    "no_case": "there was no cancellation after all",
    "no_thanks": "they declined the offer",
    "expired": "it has expired",
    COSTS_MORE: "it would cost more than was approved",
    "no_proposal": "its proposal is gone",
    "approver_gone": "somebody who approved it may no longer approve offers",
    "bad_address": "the address on file is no email address",
    "smtputf8": "the mail server takes only addresses in plain letters",
    "coupon_differs": "Stripe has a coupon of ours with other terms",
    "code_taken": "the promotion code belongs to somebody else",
    "resource_missing": "something that the offer needs is gone at Stripe, a price or the customer",
    "customer_tax_location_invalid": "Stripe Tax has no address of theirs to go by: enter it at Stripe",
    "subscription_over": "the subscription has ended meanwhile",
    "idempotency_error": "Stripe has recorded a different request under the same key",
}


def code_text(code: str | None) -> str:
    """Return a stored code in words, to follow a colon; an unknown code is shown as it is."""
    if code is None:
        return "nobody noted why"
    return _WHY.get(code) or code_words(code) or f"the fault is called “{cut(one_line(code), _MOST)}”"


def offer_text(winback: WinbackStatus) -> str:
    """Return the offer in a few words."""
    return escape(cut(short_words(winback.terms), _MOST))


def status_text(winback: WinbackStatus) -> str:
    """Return the state of a win-back in a sentence or two: what happened and what didn't."""
    offer, at = offer_text(winback), texts.time_text(winback.at)
    by = f"<@{winback.by}>" if winback.by else "a manager"
    told = {
        "proposed": f"Proposed: {offer}. It waits for a manager's decision.",
        "snoozed": f"Proposed: {offer}. It is snoozed until {at}.",
        "approved": f"A personal talk instead of an email, approved by {by} {at}.",
        "declined": f"No offer: {by} declined {offer} {at}.",
        "expired": f"Nobody decided in time, so nothing was sent: {offer}.",
        "sending": f"Approved by {by}: {offer}. The email goes out {at}.",
        "unclear": f"Approved by {by}: {offer}. Whether its email arrived is unclear; a manager is asked.",
        "sent": f"Offer sent {at}, approved by {by}: {offer}.",
        "accepting": f"They said yes: {offer}. It is being carried out at Stripe.",
        "accepted": f"Accepted {at}: {offer}.",
        "undoing": f"They changed their mind: {offer} is being undone at Stripe.",
        "undone": f"Undone {at}: they changed their mind, and it is as before the offer.",
    }.get(winback.state)
    because = escape(code_text(winback.why))
    if winback.passed_on_by is not None and winback.state in {"sending", "sent"}:
        told = f"Approved by {by}: {offer}. Nothing is emailed; <@{winback.passed_on_by}> passes on its link."
    if winback.state == "proposed" and winback.why:
        return f"Approved before, but not sent: {because}. {told}"
    if winback.state == "declined" and winback.why:
        return f"No offer: {by} declined {offer} {at}, because {because}."
    if winback.state == "sent" and winback.no_thanks_at is not None:
        declined = _declined(winback, winback.no_thanks_at)
        return f"{told} {declined}: no reminder and no later step follows. They can still accept."
    if winback.state == "sent" and winback.reminder is not None:
        return f"{told} {_reminder_text(winback.reminder)}"
    if winback.state == "accepted" and winback.why == NOT_UNDONE:
        return f"{told} They wanted it undone, and Stripe refused: please do it there by hand."
    if winback.state == "accepted":
        return f"{told}{_cost_so_far(winback)}"
    return told or _ended(winback, offer, because)


def _declined(winback: WinbackStatus, at: datetime) -> str:
    """Return that the customer said no, when and why."""
    why = f" ({escape(feedback(winback.no_thanks_why))})" if winback.no_thanks_why is not None else ""
    return f"They declined the offer {texts.time_text(at)}{why}"


def _cost_so_far(winback: WinbackStatus) -> str:
    """Return what an accepted offer has given so far, and whether it costs more than was approved."""
    said = ""
    if winback.grown_to is not None:
        more = money(winback.grown_to - winback.terms.charge)
        said = f" By now it costs {money(winback.grown_to)}, {more} more than was approved."
    if winback.given is not None:
        said += f" Given so far: {money(winback.given)} of at most {money(winback.at_most)}."
    return said


def _reminder_text(reminder: OfferReminder) -> str:
    day = texts.time_text(reminder.at, time=False)
    match reminder.state:
        case "planned":
            return f"Reminder on {day}."
        case "sent":
            return f"Reminder sent on {day}."
        case "unclear":
            return f"A reminder may have been sent on {day}; no other follows."
        case "stopped":
            return f"No reminder is sent: {escape(code_text(reminder.why))}."


def _ended(winback: WinbackStatus, offer: str, because: str) -> str:
    """Return the text for a win-back that was withdrawn, stopped or has failed."""
    if winback.state == "failed":
        undone = "It was not carried out." if winback.email_out else "Nothing was sent."
        return f"Failed: {because}. {undone} The offer was {offer}; another can be proposed."
    if winback.why is not None and winback.why.startswith(TAKEN_BACK):
        reason = TAKE_BACK_REASONS.get(winback.why.removeprefix(TAKEN_BACK), "for another reason")
        because = reason if reason.startswith("for") else f"because {reason}"
        return f"Taken back {because}: {offer}. Its page says that it no longer stands."
    if winback.no_thanks_at is not None and winback.why == "expired":
        return f"{_declined(winback, winback.no_thanks_at)}, and no later step follows. It was {offer}."
    if winback.email_out or winback.passed_on_by is not None:
        sent = "The email was sent" if winback.email_out else "Its link may have been passed on"
        return f"{sent}, but the offer no longer holds: {because}. It was {offer}."
    return f"Not sent: {because}. It would have been {offer}."
