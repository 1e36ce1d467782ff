"""What the flows need to remember: one Unit is one transaction over a few small stores.

A Unit rolls back unless told to commit. Changes that were decided on something read are guarded by it, and answer
with `False` when it no longer stood: nothing was written then.
"""

from flows.memory.cases import Cases, Observations, SubscriptionRow
from flows.memory.inbox import Inbox, InboxRow
from flows.memory.links import LinkDoor, LinkRow, Links, LookupRow, Lookups, ReturnRow
from flows.memory.offers import Offers, Proposals, Reserves, StandingApprovals
from flows.memory.outbox import Outbox
from flows.memory.outcomes import Draw, Measured, OutcomeRow, Outcomes
from flows.memory.people import People, PersonKey, PersonKeyKind, Suppression, UnsubscribeRow
from flows.memory.record import Audit, AuditEntry, AuditRow, Marks, PauseRow, Pauses
from flows.memory.rosters import Rosters
from flows.memory.unit import Store, Unit

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
