"""An effect in the outbox: its lane and how far it got."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.cancellations.stored_case import Place
from domain.ids import EffectId
from flows.effects.alerts import AlertDead, AlertLookups, AlertTwice, AlertUnclearLetter, AnnounceManagers, TellUnsent
from flows.effects.cases import (
    AskOwner,
    CloseReasonWindow,
    EnrichCase,
    ReadAgain,
    ReadCustomer,
    ShowCard,
    TellComeback,
    WatchReturn,
)
from flows.effects.links import MailCode, MailLink
from flows.effects.offers import (
    ApplyOffer,
    CloseCheckout,
    ConsiderAll,
    ConsiderCase,
    EndOffer,
    EndProposal,
    MailConfirmation,
    MailOffer,
    MailRestart,
    PrepareOffer,
    RemindApprovals,
    ShowProposal,
    TellAccepted,
    UndoOffer,
)

Lane = Literal["slack", "stripe", "mail"]
"""What an effect needs to work: a lane is paused as a whole when its credential fails."""

Effect = (
    ShowCard
    | EnrichCase
    | CloseReasonWindow
    | TellComeback
    | AskOwner
    | ReadAgain
    | ReadCustomer
    | MailLink
    | MailCode
    | AlertDead
    | TellUnsent
    | AlertLookups
    | AnnounceManagers
    | ConsiderCase
    | ConsiderAll
    | ShowProposal
    | EndProposal
    | RemindApprovals
    | PrepareOffer
    | MailOffer
    | EndOffer
    | CloseCheckout
    | ApplyOffer
    | MailConfirmation
    | UndoOffer
    | MailRestart
    | TellAccepted
    | AlertUnclearLetter
    | AlertTwice
    | WatchReturn
)
LANES: dict[type[Effect], Lane] = {
    ShowCard: "slack",
    EnrichCase: "stripe",
    CloseReasonWindow: "slack",
    TellComeback: "slack",
    AskOwner: "slack",
    ReadAgain: "stripe",
    ReadCustomer: "stripe",
    MailLink: "mail",
    MailCode: "mail",
    AlertDead: "slack",
    TellUnsent: "slack",
    AlertLookups: "slack",
    AnnounceManagers: "slack",
    ConsiderCase: "stripe",
    ConsiderAll: "stripe",
    ShowProposal: "slack",
    EndProposal: "slack",
    RemindApprovals: "slack",
    PrepareOffer: "stripe",
    MailOffer: "mail",
    EndOffer: "slack",
    CloseCheckout: "stripe",
    ApplyOffer: "stripe",
    MailConfirmation: "mail",
    UndoOffer: "stripe",
    MailRestart: "mail",
    TellAccepted: "slack",
    AlertUnclearLetter: "slack",
    AlertTwice: "slack",
    WatchReturn: "stripe",
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
