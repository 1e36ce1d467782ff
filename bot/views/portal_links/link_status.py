"""What became of a portal link: under *My links*, and in the bot's direct message to its agent."""

from collections.abc import Mapping
from datetime import datetime

from bot.views import texts
from bot.views.blocks import Block, Message, button, escape, section
from bot.views.portal_links.lookup import REVOKE
from domain.billing.portal_changes import PortalChange
from flows.ports.store import LinkRow
from wording.grammar import count

_CHANNELS = {"mail": "by email", "shown": "shown to you"}
_CHANGES: Mapping[PortalChange, str] = {
    "card": "changed the card",
    "details": "changed their details",
    "plan": "changed the plan",
    "cancelled": "cancelled",
    "kept": "took the cancellation back",
    "paused": "paused",
    "resumed": "ended the pause",
}


def link_section(link: LinkRow, *, now: datetime) -> Block:
    """Return a link with the steps taken so far and its state; one that can be opened has *Revoke*."""
    made = f"`…{escape(link.customer_id[-6:])}` · {_CHANNELS[link.channel]} {texts.time_text(link.made_at)}"
    made += f" · for {texts.page_text(link.purpose) if link.offer_id is None else 'an offer'}"
    told = "\n".join(part for part in (made, _steps(link), _state(link, now=now)) if part)
    if not _is_open(link, now=now):
        return section(told)
    return section(told, accessory=button("Revoke", action=REVOKE, value=str(link.id), style="danger"))


def link_message(link: LinkRow, *, now: datetime) -> Message:
    """Return the message to the agent; its notification names no customer."""
    return {"text": f"Your portal link: {_newest(link, now=now)}.", "blocks": [link_section(link, now=now)]}


def _steps(link: LinkRow) -> str:
    """Return the steps in order, each with its time, and what the customer changed."""
    taken = {
        "sent": link.sent_at,
        "opened": link.opened_at,
        "code entered": link.code_entered_at,
        "came back": link.returned_at,
    }
    steps = [f"{step} {texts.time_text(at)}" for step, at in taken.items() if at is not None]
    if link.changed is not None:
        steps.append(" and ".join(_CHANGES[each] for each in link.changed) or "changed nothing")
    told = " → ".join(steps)
    return told[:1].upper() + told[1:]


def _newest(link: LinkRow, *, now: datetime) -> str:
    if link.revoked_at is not None:
        return "revoked"
    if link.guessed_out:
        return "ended by wrong codes"
    if link.changed:
        return "they came back and " + " and ".join(_CHANGES[each] for each in link.changed)
    steps = {"came back": link.returned_at, "code entered": link.code_entered_at, "opened": link.opened_at}
    last = next((step for step, at in steps.items() if at is not None), None)
    if last is None and link.expires_at <= now:
        return "expired, never opened"
    return last or ("sent" if link.sent_at is not None else "made")


def _is_open(link: LinkRow, *, now: datetime) -> bool:
    over = link.revoked_at is not None or link.expires_at <= now or link.guessed_out
    return not over and link.openings_left > 0


def _state(link: LinkRow, *, now: datetime) -> str:
    if link.revoked_at is not None:
        return f"Revoked {texts.time_text(link.revoked_at)}"
    if link.guessed_out:
        return "Ended: the wrong code was typed too often"
    if link.expires_at <= now:
        return f"Expired {texts.time_text(link.expires_at)}"
    if link.openings_left <= 0:
        return "All openings are used up"
    return f"{count(link.openings_left, 'opening')} left until {texts.time_text(link.expires_at)}"
