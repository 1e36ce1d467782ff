"""The store: one UnitOfWork is one transaction over all repositories.

It rolls back unless it is committed. A change that depends on something read is guarded by it, and returns False if
that has changed since: nothing was written then.
"""

from flows.ports.store.audit import Audit, AuditEntry, AuditRow, Checkpoints, SendingPause, SendingPauses
from flows.ports.store.card_batches import BatchRow, CardBatches, CardWish, FirstPost, PlannedEdit, PostsWaiting
from flows.ports.store.cases import CaseOutline, Cases, Observations, StoredSubscription, SubscriptionRow
from flows.ports.store.inbox import OVERLAP, WATERMARK, EventSetAside, Inbox, InboxRow, Urgency
from flows.ports.store.links import LinkChannel, LinkRow, Links, LinkStep, LookupRow, Lookups, ReturnRow
from flows.ports.store.offers import Budgets, Offers, Proposals, ShippedFeatures, StandingApprovals
from flows.ports.store.outbox import Outbox
from flows.ports.store.outcomes import OutcomeRow, Outcomes
from flows.ports.store.people import People, PersonKey, PersonKeyKind, RoleSnapshots, Suppression, UnsubscribeRow
from flows.ports.store.reported_case import ReportedCase
from flows.ports.store.reports import (
    CaseCounts,
    CountedDraw,
    HoldoutDraw,
    KeptOnce,
    MeasuredCase,
    ReportGroup,
    ReportLine,
    Reports,
    SharedGroup,
    SharedReturn,
)
from flows.ports.store.stops import Stops
from flows.ports.store.unit_of_work import Store, UnitOfWork
