"""The private answers about portal links, with what helps to verify the customer."""

from datetime import UTC, datetime

from bot.views import texts
from bot.views.blocks import Block, Message, actions, button, confirm, context, escape, message, mrkdwn, section
from bot.views.portal_links.choices import (
    MOST_LISTED,
    button_value,
    confirm_spelling_message,
    pick_customer_message,
    pick_subscription_message,
)
from bot.views.portal_links.customer import (
    customer_name_line,
    email_text,
    left_out_line,
    stripe_button,
    subscription_row,
    subscription_section,
)
from domain.billing.portal_access import Deleted, NotActive, PurposeRefused, WrongMode
from domain.billing.subscription import Customer
from domain.ids import LinkId
from flows.failures import OutsideFailure
from flows.people.staff_permissions import PermissionDenied
from flows.portal_links import answers
from wording.grammar import count
from wording.status import status_line

UNREADABLE_MAILBOX = (
    "Can't read that mailbox? After your usual identity check, change the address in Stripe; then a manager can email "
    "the link."
)
EMAIL, SHOW, REVOKE = "email_link", "show_link", "revoke_link"


def lookup_message(answer: answers.LookupAnswer, *, now: datetime) -> Message:
    """Return the answer to a lookup."""
    match answer:
        case answers.CustomerFound():
            return _found(answer, now=now)
        case answers.SeveralFound():
            return pick_customer_message(answer)
        case answers.ConfirmSpelling():
            return confirm_spelling_message(answer)
        case answers.PickSubscription():
            return pick_subscription_message(answer, now=now)
        case answers.NobodyFound():
            return message(_nobody(answer))
        case answers.LookupLimited():
            return message(texts.limit_text(answer))
        case _:
            return _no(answer, now=now)


def delivery_message(answer: answers.DeliveryAnswer, *, now: datetime) -> Message:
    """Return the answer to *Email it* or *Show the link…*."""
    match answer:
        case answers.LinkEmailed():
            said = f"An email with the link is on its way to {escape(answer.address)}."
            until = f"It works until {texts.time_text(answer.expires_at)}, for {count(answer.openings, 'opening')}."
            return message(said, section(f"{said} {until}"), actions(_revoke(answer.link_id)))
        case answers.LinkShown():
            return _shown(answer)
        case _:
            return _no(answer, now=now)


def revoked_message(
    answer: answers.LinkRevoked | PermissionDenied | answers.ButtonExpired | OutsideFailure, *, now: datetime
) -> Message:
    """Return the answer to *Revoke*."""
    if isinstance(answer, answers.LinkRevoked):
        return message(f"The link was revoked {texts.time_text(answer.at)}. {texts.REVOKED_NOTE}")
    return _no(answer, now=now)


def _found(found: answers.CustomerFound, *, now: datetime) -> Message:
    customer = found.customer
    blocks = [customer_name_line(customer)]
    if found.typed is not None:
        differs = f"You typed *{escape(found.typed)}*; the address on file is written {escape(email_text(customer))}."
        blocks.append(section(differs))
    line = subscription_row if len(found.subscriptions) > 1 else subscription_section
    blocks += [line(subscription, now=now) for subscription in found.subscriptions[:MOST_LISTED]]
    if len(found.subscriptions) > MOST_LISTED:
        blocks.append(left_out_line(MOST_LISTED, len(found.subscriptions), prefix="sub_"))
    if found.fresh_address is not None:
        fresh = texts.fresh_address_text(found.fresh_address)
        blocks.append(section(f"*Careful:* {fresh}{_manager_only(found)}"))
    if not found.can_show:
        blocks.append(section(texts.NO_ADDRESS_ON_FILE))
    blocks.append(context(mrkdwn(_checking(customer))))
    blocks.append(context(mrkdwn(f"The link will open {_page(found)}.")))
    if found.can_email:
        blocks.append(context(mrkdwn(UNREADABLE_MAILBOX)))
    blocks.append(actions(*_ways(found)))
    said = f"Found: an active customer, for {texts.page_text(found.purpose)}. No link exists yet."
    return {"text": said, "blocks": blocks}


def _ways(found: answers.CustomerFound) -> list[Block]:
    value = button_value(found.target)
    ways = []
    if found.can_email and not found.email_needs_manager:
        ways.append(button(f"Email it to {email_text(found.customer)}", action=EMAIL, value=value, style="primary"))
    if found.can_show:
        title = "Show the link?"
        ask = "Anyone with this link can change the card, cancel, and see invoices. Are you sure who you're talking to?"
        agreed = confirm(title=title, text=ask, yes="Yes, show the link")
        ways.append(button("Show the link…", action=SHOW, value=value, confirm=agreed))
    return [*ways, stripe_button(found.customer)]


def _manager_only(found: answers.CustomerFound) -> str:
    return " Only a manager can have the link emailed." if found.email_needs_manager and found.can_email else ""


def _checking(customer: Customer) -> str:
    if customer.card is None:
        return "There's no card on file to check against."
    return f"Ask them for the card's last four digits. Don't read them out. On file: {escape(customer.card.last4)}"


def _page(about: answers.CustomerFound | answers.LinkShown) -> str:
    """Return which page a link opens, and for which ticket."""
    page = texts.page_text(about.purpose)
    return page if about.ticket is None else f"{page}, for ticket {escape(about.ticket)}"


def _shown(shown: answers.LinkShown) -> Message:
    # A link behind a button is not fetched by Slack, and one in `text` would show on locked screens.
    needs = " Its page first asks for a code, which we send to the address on file." if shown.needs_code else ""
    terms = "It's Stripe's own link: it works for a short while and can't be revoked."
    if shown.expires_at is not None and shown.openings is not None:
        terms = f"It works until {texts.time_text(shown.expires_at)}, for {count(shown.openings, 'opening')}."
    whose = f"This link is for them only. It opens {_page(shown)}. {terms}{needs}"
    unreadable = [context(mrkdwn(UNREADABLE_MAILBOX))] if shown.needs_code else []
    copy = link_to_copy(shown.url, shown.link_id)
    blocks = [customer_name_line(shown.customer), section(whose), copy[0], *unreadable, *copy[1:]]
    return {"text": "Here's the link. Pass it on only to the customer.", "blocks": blocks}


def link_to_copy(url: str, link_id: LinkId | None) -> list[Block]:
    """Return a link as text to copy, which Slack doesn't fetch, and *Revoke* unless it is Stripe's own link."""
    copy = {
        "type": "rich_text",
        "elements": [{"type": "rich_text_preformatted", "elements": [{"type": "text", "text": url}]}],
    }
    return [copy, *([actions(_revoke(link_id))] if link_id is not None else [])]


def _revoke(link_id: LinkId) -> Block:
    return button("Revoke", action=REVOKE, value=str(link_id), style="danger")


def _nobody(nobody: answers.NobodyFound) -> str:
    asked_by_id = "@" not in nobody.typed
    what = "subscription" if nobody.typed.startswith("sub_") else "customer"
    said = f"There's no {what} with that {'id' if asked_by_id else 'address'} at Stripe."
    if not nobody.search_answered and not asked_by_id:
        said += " Stripe's search didn't answer, so other spellings weren't checked."
    return f"{said} Check the spelling, or ask them which address is on their invoice."


def _no(
    answer: answers.Unopenable | PermissionDenied | OutsideFailure | answers.ButtonExpired, *, now: datetime
) -> Message:
    match answer:
        case Deleted():
            return message("That customer was deleted at Stripe, so there's no billing to open. No link was made.")
        case WrongMode():
            return message(
                "That customer is in Stripe's other mode (test or live), not the one I work in. No link was made."
            )
        case NotActive():
            return _inactive(answer, now=now)
        case PurposeRefused():
            return message(texts.refused_page_text(answer))
        case PermissionDenied() | OutsideFailure():
            return message(texts.refusal_text(answer))
        case answers.ButtonExpired():
            return message(texts.BUTTON_EXPIRED)


def _inactive(inactive: NotActive, *, now: datetime) -> Message:
    last = inactive.last
    if last is None:
        found = "They have never had a subscription."
    else:
        found = f"Their last subscription: {escape(status_line(last, now=now, zone=UTC))}."
    said = f"No active subscription, so no link was made. {found}"
    help_ = texts.inactive_help_text(last.status if last else None)
    return message(
        said,
        section(said),
        customer_name_line(inactive.customer),
        section(help_),
        actions(stripe_button(inactive.customer)),
    )
