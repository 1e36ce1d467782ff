"""What the flows need to remember: one Unit is one transaction over a few small stores.

A Unit rolls back unless told to commit. Changes that were decided on something read are guarded by it, and answer
with `False` when it no longer stood: nothing was written then.
"""

from flows.ports.store.audit import Audit, AuditEntry, AuditRow, Marks, PauseRow, Pauses
from flows.ports.store.cases import Cases, Observations, SubscriptionRow
from flows.ports.store.inbox import Inbox, InboxRow
from flows.ports.store.links import LinkDoor, LinkRow, Links, LookupRow, Lookups, ReturnRow
from flows.ports.store.offers import Offers, Proposals, Reserves, StandingApprovals
from flows.ports.store.outbox import Outbox
from flows.ports.store.outcomes import Draw, Measured, OutcomeRow, Outcomes
from flows.ports.store.people import People, PersonKey, PersonKeyKind, Suppression, UnsubscribeRow
from flows.ports.store.role_snapshots import Rosters
from flows.ports.store.unit_of_work import Store, Unit

__all__ = [
    "Audit",
    "AuditEntry",
    "AuditRow",
    "Cases",
    "Draw",
    "Inbox",
    "InboxRow",
    "LinkDoor",
    "LinkRow",
    "Links",
    "LookupRow",
    "Lookups",
    "Marks",
    "Measured",
    "Observations",
    "Offers",
    "Outbox",
    "OutcomeRow",
    "Outcomes",
    "PauseRow",
    "Pauses",
    "People",
    "PersonKey",
    "PersonKeyKind",
    "Proposals",
    "Reserves",
    "ReturnRow",
    "Rosters",
    "StandingApprovals",
    "Store",
    "SubscriptionRow",
    "Suppression",
    "Unit",
    "UnsubscribeRow",
]
