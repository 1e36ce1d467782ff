"""All effects: what flows want done outside, stored in the transaction that causes it, with our ids only."""

from flows.effects.alerts import (
    AlertChannel,
    AlertDead,
    AlertFailedOffer,
    AlertFaultyPolicy,
    AlertGuessedCodes,
    AlertLookups,
    AlertRefusedStep,
    AlertSetAside,
    AlertTwoSubscriptions,
    AlertUnaskedLink,
    AlertUnclearEmail,
    AnnounceManagers,
    NotifyUnsentEmail,
    PostManagersDigest,
    PostManagersWelcome,
    PostNothingProposed,
)
from flows.effects.cases import (
    AskFollowUp,
    CloseReasonWindow,
    EnrichCase,
    PostDigest,
    PostReturn,
    PostSample,
    PostWelcome,
    RefreshCustomer,
    RefreshSubscription,
    ShowBatch,
    ShowCard,
    TrackOutcome,
)
from flows.effects.links import CompareReturn, EmailCode, EmailLink, ExpireLink, ShowLink
from flows.effects.offers import (
    CloseCheckout,
    ClosePromotionCode,
    EmailConfirmation,
    EmailOffer,
    EmailRestart,
    EvaluateAllCases,
    EvaluateCase,
    ExpireOffer,
    ExpireProposal,
    MentionManagers,
    PostAcceptance,
    PostRewording,
    PostUndone,
    PrepareOffer,
    RedeemOffer,
    RemindApprovals,
    RemindOffer,
    ReviseOffer,
    ShowProposal,
    TellProposer,
    TrackCost,
    UndoOffer,
)
from flows.effects.priority import Priority, at_priority, current_priority
from flows.effects.row import TRIES_IN_TURN, Effect, EffectState, Lane, OutboxRow, PostQueue, UnreadableEffect

EFFECTS = tuple(kind for lane in Effect.__subclasses__() for kind in lane.__subclasses__())
"""All kinds of effect."""
