"""The texts of `/winback`: its usage, and the short answers of its subcommands."""

from datetime import datetime, timedelta, tzinfo
from difflib import get_close_matches

from bot.views import texts
from bot.views.blocks import Message, actions, button, escape, message, section
from bot.views.winback.decision_replies import pause_text
from flows.failures import OutsideFailure
from flows.people.staff_permissions import PermissionDenied
from flows.ports.store import SendingPause
from flows.winback.policy.sending_pause import NotPaused, PauseQuestion, SendingResumed
from flows.winback.results.period import Period
from wording.grammar import capital, count
from wording.sanitize import cut, one_line

SPANS = {
    "30d": (timedelta(days=30), "The last 30 days"),
    "90d": (timedelta(days=90), "The last 90 days"),
    "12m": (timedelta(days=365), "The last 12 months"),
}
"""The periods for `stats` and `leak`, besides months."""
DEFAULT_SPAN = "30d"
"""The default period."""
USAGE = (
    "*Win customers back, and see what came of it.*\n"
    "`/winback pending` what waits for a manager's decision\n"
    "`/winback customer <email or id>` all that is known of one person\n"
    "`/winback stats [30d|90d|12m|2026-11]` who left, who is back, and whether offers make a difference\n"
    "`/winback leak [30d|90d|12m|2026-11]` what is lost a month, and why\n"
    "`/winback digest` what the digest would say now\n"
    "`/winback shipped <feature>` who left because it was missing, and an email to them; other words for it "
    "follow a `=`: `/winback shipped SSO = single sign-on, SAML`. Without a feature: what has shipped, and "
    "who asks for it now\n"
    "`/winback rules` the policy's rules, and which of them may send by themselves\n"
    "`/winback pause` all sending; an admin can `/winback resume` it\n"
    "For example: `/winback customer dana@acme.com`"
)
SUBCOMMANDS = ("pending", "customer", "stats", "leak", "digest", "shipped", "rules", "pause", "resume", "help")
NO_SPAN = "I know `30d`, `90d`, `12m` and any month that has begun, like `{}`."
NOTHING_PENDING = "Nothing waits for a decision."
NO_FEATURE = "Nothing has shipped yet. Name a feature that is there now: `/winback shipped SSO = single sign-on, SAML`."
NO_REQUESTS = "Nobody who left and is not back asked for that, by tag, by reason or in their own words."
NO_CUSTOMER = "Who do you mean? For example: `/winback customer dana@acme.com`"
COMMAND_TIMED_OUT = "That took too long, so I stopped. Try again in a minute."
BATCH_TIMED_OUT = "That took too long, so I stopped waiting. Look in the approvals channel first to see what was done."
NOBODY_PICKED = "Nobody was picked, so nothing was proposed."
WORKING = "Working on it: each is checked afresh at Stripe…"


def period_in(text: str, *, zone: tzinfo, now: datetime) -> tuple[Period, str] | str:
    """Return the period that a text names and how it is called, or the sentence that it names none."""
    said = text.lower() or DEFAULT_SPAN
    if said in SPANS:
        span, name = SPANS[said]
        return Period.last(span, now=now), name
    month = Period.month(said, zone=zone, now=now)
    if month is None:
        return NO_SPAN.format(f"{now.astimezone(zone):%Y-%m}")
    name = f"{month.since.astimezone(zone):%B %Y}"
    return month, f"{name} so far" if month.until == now else name


PAUSE = "pause_sending"
"""The button that pauses all sending, after the question."""


def pause_message(answer: PauseQuestion | SendingPause | PermissionDenied | OutsideFailure) -> Message:
    """Return the question before all sending is paused, or that it is paused already."""
    if not isinstance(answer, PauseQuestion):
        return message(paused_text(answer))
    number = answer.waiting
    waits = f"{count(number, 'approved email')} {'waits' if number == 1 else 'wait'} to be sent" if number else ""
    said = (
        f"Pause all sending? {waits or 'No approved email waits to be sent'}. Nothing is sent until an admin resumes "
        "it; customers can still accept offers that they already have."
    )
    return message(said, section(said), actions(button("Pause all sending", action=PAUSE, style="danger")))


def paused_text(answer: SendingPause | PermissionDenied | OutsideFailure) -> str:
    """Return who paused all sending, and what that means."""
    if not isinstance(answer, SendingPause):
        return texts.refusal_text(answer)
    return (
        f"{capital(pause_text(answer))}. Approved emails wait, and nothing more is approved that would be sent. "
        "Customers can still accept offers that they already have."
    )


def resumed_text(answer: SendingResumed | NotPaused | PermissionDenied | OutsideFailure) -> str:
    """Return the answer to `/winback resume`."""
    match answer:
        case SendingResumed():
            return "Sending has resumed: what waited goes out within minutes, as far as the sending hours allow."
        case NotPaused():
            return "Nothing was paused, so nothing changed."
        case PermissionDenied() | OutsideFailure():
            return texts.refusal_text(answer)


def unknown_text(word: str) -> str:
    """Return that a word is no subcommand, with the one that it's most like."""
    like = get_close_matches(word.lower(), SUBCOMMANDS, n=1)
    meant = f" Did you mean `/winback {like[0]}`?" if like else ""
    return f"I don't recognise “{escape(cut(one_line(word), 30))}”.{meant}"
