"""The sentences that staff read outside cards, as mrkdwn; other people's words are escaped here."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime

from bot.views.blocks import Message, escape, message
from domain.billing.portal_access import Purpose, PurposeRefused
from domain.ids import StaffId
from domain.permissions import Role, who_may
from flows.cancellations.case_actions import Already
from flows.failures import OutsideFailure
from flows.people.staff_permissions import PermissionDenied
from flows.portal_links.address_guard import FreshAddress
from flows.portal_links.answers import LookupLimited
from wording.dates import day_and_time
from wording.grammar import count, with_article
from wording.sanitize import cut, one_line

EXAMPLE = "`/portal-link customer@example.com`"
ADDRESS = "`customer@example.com`"
"""The example in faults of any command or form."""
USAGE = (
    "*Get a billing portal link for a customer.*\n"
    f"{EXAMPLE} or a customer's `cus_…` or a subscription's `sub_…` id, then if you like one page: `card`, `cancel`, "
    "`plan`, `pause` or `details`, and your ticket as `#4711`.\n"
    "For example: `/portal-link dana@acme.com card #4711`. In a thread use the message's menu: *Portal link…*"
)
TOO_LONG = f"That's too long. One address is enough: {ADDRESS}"
NO_ADDRESS = f"The first word is neither an email address nor a `cus_…` or `sub_…` id. For example: {ADDRESS}"
NOBODY_NAMED = f"Which customer? Start with an email address or an id: {ADDRESS}"

TWO_CUSTOMERS = "That's two customers. Ask for one at a time."
TWO_PURPOSES = "That's two pages. Ask for one: `card`, `cancel`, `plan`, `pause` or `details`."
TWO_TICKETS = "That's two tickets. Give one."
NO_TICKET = "A ticket is a number or a short name, like `#4711`, without spaces. An email address can't be one."
MENTION = f"That mentions a channel or a colleague, not a customer. For example: {ADDRESS}"
MISLEADING_LABEL = (
    "The link you pasted shows one address but points to another, so I looked up neither. Type the address instead."
)

STILL_LOOKING = "Stripe is slow. Still looking…"
STILL_WORKING = "That takes a moment. Still working on it…"
LOOKUP_TIMED_OUT = (
    "Stripe took too long, so I stopped. No link was shown. If you had asked for an email or a link, look at my Home "
    "tab under *My links* before you try again."
)
READING_TIMED_OUT = "Stripe is slow just now, so I can't show it. Nothing was changed. Try again in a minute."
DECISION_TIMED_OUT = (
    "That took too long, so I stopped waiting. It may still have worked: look at the message before you press again."
)
UNREADABLE_VALUE = "That request wasn't made by one of my buttons, so I did nothing. Run the command again."
BUTTON_EXPIRED = "That button has expired. Run `/portal-link` again."
NO_SUCH_CASE = "I no longer have the case behind that card."
CARD_COMES = "Its card comes in a moment, as the newest message of the channel."
TALKING = "It's yours: the card now says that you're talking to them. I'll ask you in two days how it went."
HANDED_BACK = "Handed back. Anyone can talk to them now."
NO_FEATURE = "Name the feature in a few words."
NEVER_CONTACTED = "Done: they won't be contacted again. The card says so too."
NO_APPROVALS = "APPROVALS_CHANNEL is not set, so there is nowhere to show a proposal"
CHANNEL_SHARED = "the channel is shared with another company, and customers' data is not posted there"
SHARING_UNKNOWN = "Slack does not say whether the channel is shared, and until it does nothing is posted there"
CHANNEL_PUBLIC = "the channel is not private any more, and proposals are not posted where everybody can read them"
PRIVACY_UNKNOWN = "Slack does not say whether the channel is private, and until it does nothing is posted there"
NEVER_CONTACT_QUESTION = "This person will never get an offer again, for any of their subscriptions."
CONTACT_AGAIN_QUESTION = "This person can get offers again. If they unsubscribed themselves, they still won't."
CONTACT_AGAIN_REASONS = {
    "they_asked": "They asked to hear from us",
    "by_mistake": "It was pressed by mistake",
    "settled": "The problem is solved",
}
CONTACTED_AGAIN = "Done: they can be contacted again. The card says so too."
SNOOZE_HINT = "It comes back in time to decide, before the offer stops making sense."
ONE_MOMENT = "One moment: checking their account at Stripe."
SEND_HINT = "Within the sending hours. Leave it empty to send as soon as they allow."
CALLER_HINT = "Leave it empty if anybody may take the case."
NO_REQUEST_TICKET = "In which ticket did they ask? The manager who approves sees it."
LINK_NEEDS_REQUEST = "Only an offer that they asked for can be passed on as a link: tick the box above."
ASKED_HINT = "Then it answers their request: no consent is needed, and somebody else approves it."
NO_COST_YET = "The cost will appear here."
NEEDS_TWO_MANAGERS = "This amount needs approval from two managers."
NEEDS_ANOTHER_MANAGER = "This counts as your own proposal, so somebody else must approve it."
NO_KIND = "Choose what they get."
NO_PERCENT = "Enter a number above 0 and below 100, like 20 or 12.5. Or leave it empty and enter an amount."
PERCENT_OR_AMOUNT = "Enter a percentage or an amount, not both."
NO_DAYS = "Enter a number of days from 1 to 90."
TIME_PASSED = "That time has passed. Choose a later one, or none."
STILL_PRICING = "Stripe is slow. Still working on it…"
NO_ROLE = "You don't have a role here"
NO_ADDRESS_ON_FILE = (
    "There's no email address on file, so I can't send an email or the code that proves who opens a link. "
    "Add their address in Stripe, then ask again."
)
NOTHING_WAITS = "Nothing is waiting for you. New proposals appear here and in the approvals channel."
PICK_HINT = "Take out the ones you want to look at one by one."
FAULTY_POLICY = "The new policy file has faults, so I'm still using the one before:"
NO_LINKS = "You haven't made any links in the last 24 hours. Ask for one with `/portal-link customer@example.com`."
REVOKED_NOTE = "A page that's already open may keep working for a while."

_PAGES = {
    Purpose.HOME: "the billing portal",
    Purpose.CARD: "the page to change the card",
    Purpose.CANCEL: "the page to cancel",
    Purpose.PLAN: "the page to change the plan",
    Purpose.PAUSE: "the page to pause",
    Purpose.DETAILS: "the page to change their details",
}
_ROLE = {Role.SUPPORT: "support agent", Role.MANAGER: "manager", Role.ADMIN: "admin", Role.VIEWER: "viewer"}
_WHY_DENIED = {
    "guest": "Guests of this workspace can't do this.",
    "outsider": "Only members of this company can do this, not people from other workspaces.",
    "bot": "Bots can't do this.",
    "deactivated": "This account is deactivated.",
}
_HINDRANCES = {
    "already_canceling": "This subscription is already set to cancel, so there's no page to cancel it again.",
    "nothing_to_pause": "This subscription is paused or about to end, so there's nothing to pause.",
    "classic_billing": (
        "This subscription is in Stripe's classic billing mode, which has no pause. It can be moved to the flexible "
        "mode in Stripe."
    ),
    "several_prices": "This subscription has several prices, and Stripe's page can't change those.",
}
_HELPS = {
    "unpaid": "They can pay on the page of their open invoice, which you find in Stripe.",
    "paused": "It can be resumed in Stripe.",
    "incomplete": "They can finish the first payment on the page of their open invoice, which you find in Stripe.",
}
_TROUBLES = {
    "stripe": "I can't reach Stripe right now, so nothing was done.",
    "database": "I can't reach my database right now, so nothing was done.",
    "permission": "Stripe doesn't let me do this.",
}


def page_text(purpose: Purpose) -> str:
    """Return the name of a page of the portal."""
    return _PAGES[purpose]


def unknown_word_text(word: str, *, suggestion: str | None) -> str:
    """Return that a word behind `/portal-link` isn't known, and the page that it resembles."""
    unknown = f'I don\'t recognise "{escape(cut(one_line(word), 40))}".'
    if suggestion:
        return f"{unknown} Did you mean `{suggestion}`?"
    return (
        f"{unknown} After the customer you can add one of `card`, `cancel`, `plan`, `pause` or `details`, and a ticket "
        "such as `#4711`."
    )


def people_text(ids: Sequence[StaffId]) -> str:
    """Return people as Slack mentions, joined by "or"."""
    return " or ".join(f"<@{each}>" for each in ids)


def denied_text(denial: PermissionDenied) -> str:
    """Return why a person may not do something, and whom to ask."""
    if denial.why in _WHY_DENIED:
        return _WHY_DENIED[denial.why]
    whom = f" Ask {people_text(denial.ask)}." if denial.ask else " Ask your bot's administrator."
    if denial.why == "unknown":
        return f"Slack isn't telling me who you are right now, so I can't do this. Try again in a minute.{whom}"
    roles = [with_article(_ROLE[role]) for role in sorted(who_may(denial.action), key=list(Role).index)]
    return f"Only {' or '.join(roles)} can do this.{whom}"


def limit_text(limit: LookupLimited) -> str:
    """Return that a person has reached the limit of lookups."""
    said = f"That is the limit: {limit.limit} customers a {limit.per}. Nobody was looked up this time."
    if limit.per == "minute":
        return f"{said} Try again in {count(math.floor(limit.wait.total_seconds()) + 1, 'second')}."
    minutes = math.ceil(limit.wait.total_seconds() / 60)
    wait = count(minutes, "minute") if minutes < 120 else count(math.ceil(minutes / 60), "hour")
    return f"{said} Try again in {wait}, or ask a manager: they have a notice with the button *Add 50 for today*."


def refused_page_text(refusal: PurposeRefused) -> str:
    """Return why a page of the portal can't be opened, and which setting would change that."""
    if refusal.why != "setting":
        return _HINDRANCES[refusal.why]
    return (
        f"Your portal configuration doesn't allow {page_text(refusal.purpose)}. Stripe's setting for it is "
        f"`{refusal.setting}`; without a page, `/portal-link` opens the portal itself."
    )


def inactive_help_text(status: str | None) -> str:
    """Return what helps a customer who isn't active, by the status of their last subscription."""
    if status in {"unpaid", "paused"}:
        return f"{_HELPS[status]} Your bot's administrator can let such customers in, too: `PORTAL_STATUSES`."
    return _HELPS.get(status or "", "They can subscribe again on your site; old invoices are in Stripe.")


def failure_text(failure: OutsideFailure) -> str:
    """Return what failed, with the log's reference."""
    if failure.what == "permission":
        detail = f" {escape(cut(one_line(failure.why), 300))}"
    else:
        detail = " Try again in a minute."
    return f"{_TROUBLES[failure.what]}{detail} (Reference {failure.reference})"


def refusal_text(answer: PermissionDenied | OutsideFailure) -> str:
    """Return why nothing was done: somebody may not, or something failed."""
    return denied_text(answer) if isinstance(answer, PermissionDenied) else failure_text(answer)


def unexpected_error_message(reference: str) -> Message:
    """Return the answer after an error of ours."""
    return message(
        "Something went wrong on my side, and I stopped. Tell your bot's administrator, with this reference: "
        f"`{reference}`"
    )


def unavailable_message(reference: str) -> Message:
    """Return the answer when the database, Slack or Stripe couldn't be reached, so nothing was done."""
    return message(f"I couldn't get through, so nothing was done. Try again in a minute. ({reference})")


def unchanged_text(answer: Already) -> str:
    """Return why a click changed nothing."""
    who = f"<@{answer.by}>" if answer.by else "Nobody"
    return {
        "owned": f"{who} is already talking to them.",
        "not_owned": f"{who} is talking to them now, so this isn't yours to answer.",
        "open": "It has a card of its own already, further down in the channel.",
        "tagged": "The card already says so.",
        "suppressed": "They already won't be contacted.",
        "answered": "That question has already been answered.",
        "not_suppressed": "They can already be contacted.",
        "deleted": "This customer has been deleted at Stripe, so there's nobody to talk to. I changed nothing.",
        "reason_given": "They gave a reason themselves, and it stands.",
        "own_word": "They unsubscribed themselves, and nobody here can undo that.",
    }[answer.what]


def fresh_address_text(fresh: FreshAddress) -> str:
    """Return that an address on file changed lately, or may have."""
    if fresh.at is None:
        return "I couldn't check whether their address on file changed in the last 7 days. Make sure it's really them."
    return f"Their address on file changed {time_text(fresh.at)}. Make sure it's really them."


def time_text(at: datetime, *, time: bool = True) -> str:
    """Return a time that Slack shows in each reader's own zone."""
    style = "{date_short_pretty} at {time}" if time else "{date_short_pretty}"
    return f"<!date^{int(at.timestamp())}^{style}|{day_and_time(at, zone=UTC)}>"
