"""The leases of what a process is working on, renewed: however long its calls take, nobody else does it as well."""

from flows.ports.store import Store
from jobs.worker import WorkerContext


async def renew_leases(store: Store, worker: WorkerContext) -> None:
    """Extend the leases; an idle process asks the database for nothing."""
    if not worker.events and not worker.effects:
        return
    owner, until = worker.owner, worker.wall() + worker.leases.calls
    async with store.begin() as unit:
        if worker.events:
            await unit.inbox.renew(worker.events, owner=owner, until=until)
        if worker.effects:
            await unit.outbox.renew(worker.effects, owner=owner, until=until)
        await unit.commit()
