"""The moment from which an email can't be held any more, and the way back from it."""

from dataclasses import replace

from domain.ids import OfferId
from flows.failures import VersionConflict
from flows.outbox.dispatcher import Attempt, LeaseLost
from flows.ports.store import Store

HERE = frozenset({"waiting", "leaving"})
"""The states of an email that surely hasn't left: `leaving` without an attempt that began."""


async def begin_to_leave(offer_id: OfferId, attempt: Attempt) -> bool:
    """Commit that the attempt begins and that the offer's email leaves; False: it was held or withdrawn before.

    Raises LeaseLost if the row is no longer ours, and VersionConflict if somebody changed the offer at this moment.
    """
    async with attempt.context.store.begin() as unit:
        row = await unit.offers.get(offer_id)
        if row is None or row.state != "sending" or row.email_state not in HERE:
            return False
        if row.email_state == "waiting" and not await unit.offers.save(replace(row, email_state="leaving")):
            raise VersionConflict("the offer was changed at the same moment")
        if not await unit.outbox.begin_attempt(attempt.row.id, owner=attempt.owner, wall=attempt.context.wall()):
            raise LeaseLost
        await unit.commit()
    attempt.began = True
    return True


async def stay(offer_id: OfferId, store: Store) -> None:
    """Store that an email which had begun to leave surely didn't, so that it can be held again."""
    async with store.begin() as unit:
        row = await unit.offers.get(offer_id)
        if row is None or row.email_state != "leaving":
            return
        if await unit.offers.save(replace(row, email_state="waiting")):
            await unit.commit()
