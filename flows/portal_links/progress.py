"""What became of a link, for the agent who made it: a direct message of the bot's that is kept up to date."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from domain.billing.portal_access import CustomerAccount
from domain.billing.portal_changes import PortalState, portal_changes, portal_state
from domain.ids import LinkId, StaffId
from flows.effects import CompareReturn, ExpireLink, ShowLink
from flows.failures import ignore_missing
from flows.outbox.dispatcher import Attempt
from flows.portal_links.verify_customer import CustomerVerification
from flows.ports import NotStaff, Staff
from flows.ports.context import Context
from flows.ports.store import LinkRow, LinkStep, UnitOfWork


async def record_step(unit: UnitOfWork, link_id: LinkId, step: LinkStep, *, now: datetime) -> None:
    """Record when a step was first taken with a link, and have its agent told."""
    if await unit.links.record_step(link_id, step, at=now):
        await show_link(unit, link_id, now=now)


async def show_link(unit: UnitOfWork, link_id: LinkId, *, now: datetime) -> None:
    """Have the message about a link show it as it is now."""
    await unit.outbox.request(ShowLink(link_id), key=_key(link_id), due_at=now)


async def show_revoked(unit: UnitOfWork, link: LinkRow, *, by: StaffId, now: datetime) -> None:
    """Have a revoked link's message updated; its agent, who has just revoked it, gets no new one."""
    if by != link.made_by or await unit.outbox.by_key(_key(link.id)) is not None:
        await show_link(unit, link.id, now=now)


def _was_open(link: LinkRow) -> bool:
    """Return whether a link that has expired could be opened till then; one whose email failed reached nobody."""
    is_out = link.channel == "shown" or link.sent_at is not None
    return is_out and link.revoked_at is None and link.openings_left > 0 and not link.guessed_out


def _key(link_id: LinkId) -> str:
    return f"link:{link_id}"


def state_of(context: Context, link: LinkRow, account: CustomerAccount) -> PortalState:
    """Return what a link's customer may change in the portal, as it is now."""
    return portal_state(
        account.customer,
        account.subscriptions,
        digest=lambda text: context.keyring.mac("portal", text.encode(), key_id=link.key_id).hex(),
    )


@dataclass(frozen=True, slots=True)
class LinkProgress:
    """Runs `ShowLink`, `CompareReturn` and `ExpireLink`."""

    context: Context
    verification: CustomerVerification

    async def show(self, effect: ShowLink, attempt: Attempt, now: datetime) -> None:
        """Post or edit the message to the agent; one that they deleted is not posted again."""
        async with self.context.store.read() as unit:
            link = await unit.links.get(effect.link_id)
        if link is None:
            return
        if isinstance(await self.context.directory.roles(Staff(id=link.made_by, team_id=None)), NotStaff):
            return  # who has left is told nothing of customers any more
        edit = partial(self.context.chat.edit_link, link, now=now)
        if attempt.row.place is not None:
            await attempt.edit(edit)
        else:
            await attempt.post(partial(self.context.chat.post_link, link, now=now), edit=edit, near=link.made_by)

    async def compare(self, effect: CompareReturn, attempt: Attempt, now: datetime) -> None:
        """Read a customer who came back from the portal afresh, and store what is different from before."""
        async with self.context.store.read() as unit:
            link = await unit.links.get(effect.link_id)
        if link is None or link.opened_with is None:
            return
        with ignore_missing():
            account = await self.verification.account(link.customer_id)
            changed = portal_changes(link.opened_with, state_of(self.context, link, account))
            async with self.context.store.begin() as unit:
                await unit.links.keep_changes(link.id, changed)
                await show_link(unit, link.id, now=now)
                await unit.commit()

    async def expire(self, effect: ExpireLink, attempt: Attempt, now: datetime) -> None:
        """Have the agent told that a link has expired that could still have been opened."""
        async with self.context.store.begin() as unit:
            link = await unit.links.get(effect.link_id)
            if link is not None and _was_open(link):
                await show_link(unit, link.id, now=now)
                await unit.commit()
