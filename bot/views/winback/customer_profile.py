"""Everything that is known about one person: `/winback customer`."""

from datetime import UTC

from bot.views import status_texts, texts
from bot.views.blocks import Block, Message, actions, context, escape, message, mrkdwn, section
from bot.views.portal_links.customer import customer_name_line, left_out_line, stripe_button
from domain.cancellations.stored_case import Case, Facts
from domain.winback.consent import ConsentState
from domain.winback.status import status_of
from flows.failures import OutsideFailure
from flows.people.staff_permissions import PermissionDenied
from flows.portal_links.answers import Address, LookupLimited
from flows.winback.results.answers import CustomerProfile, FoundProfiles
from wording.dates import full_day
from wording.grammar import count
from wording.money import monthly
from wording.reason import why
from wording.sanitize import cut, one_line

NOBODY = "There's no such customer at Stripe, and none has cancelled here."
UNCHECKED = "Stripe's search did not answer: other spellings of the address were not checked."
_CONSENT: dict[ConsentState, str] = {
    "given": "agreed to win-back emails",
    "not_needed": "needs no consent to emails in their country",
    "missing": "has not agreed to win-back emails",
    "ended": "agreed to emails once, and that has run out",
}
_STATES = {
    "pending": "cancelled, still paid up",
    "resumed": "took it back",
    "ended": "over",
    "withdrawn": "was no cancellation after all",
}
_SUPPRESSED = {
    "phrase": "they asked for it in their own words",
    "never contact": "said so on a card",
    "unsubscribed": "by themselves, and nobody here can undo that",
}
_MOST_PEOPLE, _MOST_LINES = 4, 6  # Slack: 50 blocks a message
_MOST_PLAN = 80


def profiles_message(
    answer: FoundProfiles | LookupLimited | PermissionDenied | OutsideFailure, *, who: Address | str
) -> Message:
    """Return what is known about each person that matches; `who` is the address or id that was asked for."""
    match answer:
        case LookupLimited():
            return message(texts.limit_text(answer))
        case PermissionDenied() | OutsideFailure():
            return message(texts.refusal_text(answer))
        case FoundProfiles():
            return _found(answer, who)


def _found(answer: FoundProfiles, who: Address | str) -> Message:
    if not answer.people and isinstance(who, str):
        what = "subscription" if who.startswith("sub_") else "customer"
        return message(f"There's no {what} `{escape(who)}` at Stripe.")
    if not answer.people:
        return message(NOBODY if answer.search_answered else f"{NOBODY} {UNCHECKED}")
    blocks = [block for each in answer.people[:_MOST_PEOPLE] for block in _person(each)]
    if len(answer.people) > _MOST_PEOPLE:
        blocks.append(left_out_line(_MOST_PEOPLE, len(answer.people), prefix="cus_"))
    if not answer.search_answered:
        blocks.append(context(mrkdwn(UNCHECKED)))
    return {"text": f"{count(len(answer.people), 'person', 'people')} found.", "blocks": blocks}


def _person(dossier: CustomerProfile) -> list[Block]:
    blocks: list[Block] = []
    for customer, consent in dossier.customers[:2]:
        blocks += [customer_name_line(customer), context(mrkdwn(f"This customer {_CONSENT[consent]}."))]
        blocks.append(actions(stripe_button(customer)))
    if not dossier.customers:
        blocks.append(section("Somebody who left; their account at Stripe is gone."))
    if dossier.suppression is not None:
        by = f"<@{dossier.suppression.by}> " if (dossier.suppression.by or "").startswith(("U", "W")) else ""
        reason = _SUPPRESSED.get(dossier.suppression.why, one_line(dossier.suppression.why))
        since = texts.time_text(dossier.suppression.at, time=False)
        blocks.append(section(f"*Never contact*, since {since}: {by}{escape(reason)}."))
    blocks += _lines("Cancellations", [_case(case, facts) for case, facts in reversed(dossier.cases)])
    offers = {each.proposal_id: each for each in dossier.offers}
    told = [status_texts.status_text(status_of(each, offers.get(each.id))) for each in reversed(dossier.proposals)]
    return [*blocks, *_lines("Win-back", told), {"type": "divider"}]


def _case(case: Case, facts: Facts) -> str:
    on = full_day(case.episode.requested_at, zone=UTC)
    said = why(case.episode.cancellation)
    plan = cut(one_line(facts.plan), _MOST_PLAN)
    told = [f"{on}: {plan}", monthly(case.lost(facts)), said or "no reason given", _STATES[case.episode.state]]
    return escape(" · ".join(told))


def _lines(title: str, lines: list[str]) -> list[Block]:
    if not lines:
        return []
    more = [f"• and {len(lines) - _MOST_LINES} more"] if len(lines) > _MOST_LINES else []
    told = [f"• {cut(line, 400)}" for line in lines[:_MOST_LINES]]
    return [section("\n".join([f"*{title}*", *told, *more]))]
