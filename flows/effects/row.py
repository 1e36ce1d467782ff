"""An effect in the outbox: its lane and how far it got."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.cancellations.stored_case import Place
from domain.ids import EffectId
from flows.effects.alerts import (
    AlertDead,
    AlertLookups,
    AlertTwoSubscriptions,
    AlertUnclearEmail,
    AnnounceManagers,
    NotifyUnsentEmail,
)
from flows.effects.cases import (
    AskFollowUp,
    CloseReasonWindow,
    EnrichCase,
    PostReturn,
    RefreshCustomer,
    RefreshSubscription,
    ShowCard,
    TrackOutcome,
)
from flows.effects.links import EmailCode, EmailLink
from flows.effects.offers import (
    CloseCheckout,
    EmailConfirmation,
    EmailOffer,
    EmailRestart,
    EvaluateAllCases,
    EvaluateCase,
    ExpireOffer,
    ExpireProposal,
    PostAcceptance,
    PrepareOffer,
    RedeemOffer,
    RemindApprovals,
    ShowProposal,
    UndoOffer,
)

Lane = Literal["slack", "stripe", "mail"]
"""What an effect needs to work: a lane is paused as a whole when its credential fails."""

Effect = (
    ShowCard
    | EnrichCase
    | CloseReasonWindow
    | PostReturn
    | AskFollowUp
    | RefreshSubscription
    | RefreshCustomer
    | EmailLink
    | EmailCode
    | AlertDead
    | NotifyUnsentEmail
    | AlertLookups
    | AnnounceManagers
    | EvaluateCase
    | EvaluateAllCases
    | ShowProposal
    | ExpireProposal
    | RemindApprovals
    | PrepareOffer
    | EmailOffer
    | ExpireOffer
    | CloseCheckout
    | RedeemOffer
    | EmailConfirmation
    | UndoOffer
    | EmailRestart
    | PostAcceptance
    | AlertUnclearEmail
    | AlertTwoSubscriptions
    | TrackOutcome
)
LANES: dict[type[Effect], Lane] = {
    ShowCard: "slack",
    EnrichCase: "stripe",
    CloseReasonWindow: "slack",
    PostReturn: "slack",
    AskFollowUp: "slack",
    RefreshSubscription: "stripe",
    RefreshCustomer: "stripe",
    EmailLink: "mail",
    EmailCode: "mail",
    AlertDead: "slack",
    NotifyUnsentEmail: "slack",
    AlertLookups: "slack",
    AnnounceManagers: "slack",
    EvaluateCase: "stripe",
    EvaluateAllCases: "stripe",
    ShowProposal: "slack",
    ExpireProposal: "slack",
    RemindApprovals: "slack",
    PrepareOffer: "stripe",
    EmailOffer: "mail",
    ExpireOffer: "slack",
    CloseCheckout: "stripe",
    RedeemOffer: "stripe",
    EmailConfirmation: "mail",
    UndoOffer: "stripe",
    EmailRestart: "mail",
    PostAcceptance: "slack",
    AlertUnclearEmail: "slack",
    AlertTwoSubscriptions: "slack",
    TrackOutcome: "stripe",
}

EffectState = Literal["waiting", "running", "done", "dead", "unclear"]
"""`unclear`: it may have happened and cannot be looked up; a person settles it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """An effect with its progress.

    `due_at` is business time; `retry_at`, `attempt_started_at` and the lease are wall time. `attempt_started_at` is
    committed before each call that may have an effect: set on a row just claimed, it means that an earlier attempt
    may have succeeded. `wanted` counts what was asked, `shown` what was done. `place` is where the message stands,
    `cause` the id of the event that asked for it last.
    """

    id: EffectId
    effect: Effect
    state: EffectState
    due_at: datetime
    retry_at: datetime | None
    attempt_started_at: datetime | None
    attempts: int
    wanted: int
    shown: int
    place: Place | None
    fault: str | None
    cause: str | None
