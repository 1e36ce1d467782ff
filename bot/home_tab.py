"""The App Home as a value: what somebody of these roles sees."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

from bot import words
from bot.answers import REVOKE
from bot.blocks import Block, button, context, escape, mrkdwn, section
from domain.ids import StaffId
from domain.rights import Role
from flows.health import Health
from flows.memory import LinkRow
from wording.ordinal import count

MOST_LINKS = 40  # Slack: "Home tabs": 100 blocks
_DOORS = {"mail": "by letter", "shown": "shown to you"}


def home(
    *, roles: AbstractSet[Role], ask: Sequence[StaffId], links: Sequence[LinkRow], health: Health | None, now: datetime
) -> dict[str, Any]:
    """Show links to those who make them and the health to admins; to nobody else more than whom to ask."""
    blocks: list[Block] = []
    if not roles:
        whom = f" Ask {words.people(ask)}." if ask else " Ask whoever runs me."
        blocks.append(section(f"{words.NO_ROLE}, so there is nothing to see.{whom}"))
    if roles & {Role.SUPPORT, Role.MANAGER}:
        blocks += _links(links, now=now)
    if health is not None:
        blocks += _health(health)
    blocks.append(context(mrkdwn(f"Updated {words.moment(now)}. Open this tab again for news.")))
    return {"type": "home", "blocks": blocks}


def _links(links: Sequence[LinkRow], *, now: datetime) -> list[Block]:
    blocks: list[Block] = [_header("My links")]
    if not links:
        return [*blocks, section(words.NO_LINKS)]
    blocks += [_link(link, now=now) for link in links[:MOST_LINKS]]
    if len(links) > MOST_LINKS:
        blocks.append(context(mrkdwn(f"The newest {MOST_LINKS} of {len(links)}.")))
    return blocks


def _link(link: LinkRow, *, now: datetime) -> Block:
    made = f"`…{escape(link.customer_id[-6:])}` · {_DOORS[link.door]} {words.moment(link.made_at)}"
    made += f" · for {words.page(link.purpose)}"
    if link.revoked_at is not None:
        return section(f"{made}\nRevoked {words.moment(link.revoked_at)}")
    if link.expires_at <= now:
        return section(f"{made}\nExpired {words.moment(link.expires_at)}")
    if link.guessed_out:
        return section(f"{made}\nEnded: the wrong code was typed too often")
    if link.openings_left <= 0:
        return section(f"{made}\nAll openings are used up")
    left = f"{count(link.openings_left, 'opening')} left until {words.moment(link.expires_at)}"
    revoke = button("Revoke", action=REVOKE, value=str(link.id), style="danger")
    return section(f"{made}\n{left}", accessory=revoke)


def _health(health: Health) -> list[Block]:
    newest = words.moment(health.newest_event_at) if health.newest_event_at else "none yet"
    told = [
        f"*Newest event from Stripe:* {newest}",
        f"*Waiting:* {count(health.waiting_events, 'event')}, {count(health.waiting_effects, 'effect')}",
        f"*Dead effects:* {health.dead_effects}" + (" — see `winback effects`" if health.dead_effects else ""),
    ]
    told += [f"*Paused:* {escape(lane)}, since {escape(why)}" for lane, why in health.paused.items()]
    return [_header("Health"), section("\n".join(told))]


def _header(text: str) -> Block:
    return {"type": "header", "text": {"type": "plain_text", "text": text, "emoji": False}}
