"""The App Home tab, by role."""

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.views import texts
from bot.views.alerts import faulty_policy_text
from bot.views.blocks import Block, actions, button, confirm, context, escape, header, mrkdwn, option, section
from bot.views.button_values import own_value
from bot.views.portal_links.link_status import link_section
from bot.views.winback import proposal as proposal_view
from bot.views.winback import reports as reports_view
from bot.views.winback.corrections import unsent_blocks
from bot.views.winback.decision_replies import pause_text
from bot.views.winback.proposal import customer_name, listed_text, total_cost_text, waiting_section
from bot.views.winback.proposal_texts import brief
from domain.ids import ProposalId, StaffId
from domain.permissions import Role
from domain.winback.proposal import WaitingProposal, WaitingProposals
from domain.winback.status import UnsentOffers
from flows.health import Health
from flows.ports.store import LinkRow, SendingPause
from flows.winback.results.answers import HomeFigures
from wording.grammar import count

MOST_LINKS = 40  # Slack: "Home tabs": 100 blocks
PICK, APPROVE = "home_pick", "home_approve"


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemStatus:
    """What admins see: the bot's health, and who paused all sending."""

    health: Health
    pause: SendingPause | None


def home_view(
    *,
    roles: AbstractSet[Role],
    ask: Sequence[StaffId],
    waiting: WaitingProposals | None,
    unsent: UnsentOffers | None,
    picked: Collection[ProposalId] | None,
    month: HomeFigures | None,
    links: Sequence[LinkRow],
    running: SystemStatus | None,
    faults: Sequence[str],
    now: datetime,
) -> dict[str, Any]:
    """Return the tab: for managers what waits, for agents their links, for admins the health, for all roles the month.

    `waiting` None: they decide nothing; `unsent` is what they can still hold. `picked` None: all that is listed. `ask`
    names whom somebody without a role may ask. `faults` is what is wrong with a newer policy, for those who see that.
    """
    blocks: list[Block] = []
    if not roles:
        whom = f" Ask {texts.people_text(ask)}." if ask else " Ask your bot's administrator."
        blocks.append(section(f"{texts.NO_ROLE}, so there is nothing to see.{whom}"))
    if waiting is not None:
        blocks += _pending(waiting.listed, picked, listed_text(waiting))
    if unsent is not None:
        blocks += unsent_blocks(unsent)
    if faults:
        blocks.append(section(faulty_policy_text(faults)))
    if month is not None:
        blocks += reports_view.month_blocks(month, managing=Role.MANAGER in roles)
    if roles & {Role.SUPPORT, Role.MANAGER}:
        blocks += _links(links, now=now)
    if running is not None:
        blocks += _running(running)
    blocks.append(context(mrkdwn(f"Updated {texts.time_text(now)}. Open this tab again to update it.")))
    return {"type": "home", "blocks": blocks}


@own_value()
def picked_proposals(action: Mapping[str, Any]) -> list[ProposalId]:
    """Return the proposals that are picked now."""
    return [proposal_view.read_button(each["value"])[0] for each in action["selected_options"]]


@own_value()
def proposals_to_approve(value: str) -> list[tuple[ProposalId, int]]:
    """Return the proposals and shown versions of the button *Approve selected*."""
    return [proposal_view.read_button(each) for each in value.split(",")]


@own_value()
def proposal_names(view: Mapping[str, Any]) -> dict[ProposalId, str]:
    """Return the name of each listed proposal."""
    select: Block = next((block["accessory"] for block in view["blocks"] if block.get("block_id") == PICK), {})
    return {proposal_view.read_button(each["value"])[0]: each["text"]["text"] for each in select["options"]}


def _pending(
    waiting: Sequence[WaitingProposal], picked: Collection[ProposalId] | None, rest: str | None
) -> list[Block]:
    blocks: list[Block] = [header("Waiting for a decision")]
    if not waiting:
        return [*blocks, section(texts.NOTHING_WAITS)]
    chosen = [each for each in waiting if picked is None or each.proposal.id in picked]
    options = {each.proposal.id: _option(each) for each in waiting}
    select: Block = {"type": "multi_static_select", "action_id": PICK, "options": list(options.values())}
    if chosen:
        select["initial_options"] = [options[each.proposal.id] for each in chosen]
    blocks += map(waiting_section, waiting)
    blocks += [context(mrkdwn(rest))] if rest else []
    blocks += [section(texts.PICK_HINT, block_id=PICK, accessory=select)]
    return [*blocks, actions(_approve(chosen))] if chosen else blocks


def _option(waiting: WaitingProposal) -> Block:
    proposal = waiting.proposal
    label = f"{customer_name(waiting)}: {brief(proposal.draft.terms)}"
    return option(label, proposal_view.button_value(proposal))


def _approve(chosen: Sequence[WaitingProposal]) -> Block:
    most = total_cost_text(chosen)
    sure = confirm(
        title="Approve them all?",
        text=f"{count(len(chosen), 'person', 'people')} get what is listed for them, {most}. Each is checked again.",
        yes="Approve & send",
    )
    value = ",".join(proposal_view.button_value(each.proposal) for each in chosen)
    label = f"Approve selected ({len(chosen)}), {most.removesuffix(' in all')}"
    return button(label, action=APPROVE, value=value, style="primary", confirm=sure)


def _links(links: Sequence[LinkRow], *, now: datetime) -> list[Block]:
    blocks: list[Block] = [header("My links")]
    if not links:
        return [*blocks, section(texts.NO_LINKS)]
    blocks += [link_section(link, now=now) for link in links[:MOST_LINKS]]
    if len(links) > MOST_LINKS:
        blocks.append(context(mrkdwn(f"The newest {MOST_LINKS} of {len(links)}.")))
    return blocks


def _see(count: int) -> str:
    return " — see `winback effects`" if count else ""


def _running(running: SystemStatus) -> list[Block]:
    health = running.health
    newest = texts.time_text(health.newest_event_at) if health.newest_event_at else "none yet"
    told = [
        f"*Newest event from Stripe:* {newest}",
        f"*Waiting:* {count(health.waiting_events, 'event')}, {count(health.waiting_effects, 'effect')}",
        f"*Events set aside:* {health.set_aside_events}{_see(health.set_aside_events)}",
        f"*Dead effects:* {health.dead_effects}{_see(health.dead_effects)}",
    ]
    told += [f"*Paused:* {escape(lane)}, since {escape(why)}" for lane, why in health.paused.items()]
    if running.pause is not None:
        told.append(f"*Sending is paused:* {pause_text(running.pause)}.")
    return [header("Health"), section("\n".join(told))]
