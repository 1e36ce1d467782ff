"""The alerts: what happened, what didn't, and what to do next, in mrkdwn."""

from collections.abc import Sequence
from datetime import datetime

from bot.views import texts
from bot.views.blocks import escape
from bot.views.status_texts import code_text
from domain.ids import ChannelId, CustomerId, StaffId
from domain.winback.decision import Rejection
from domain.winback.proposal import OfferRow, ProposalRow
from flows import effects
from flows.outbox.dispatcher import PROGRAM_FAULT
from flows.ports.store import EventSetAside, LinkRow
from wording.decision_reasons import against_words
from wording.offer import offer_words, short_words
from wording.sanitize import cut, one_line

EFFECT_FAILURES: dict[type[effects.Effect], str] = {
    effects.ShowCard: "A cancellation's card could not be shown, so a cancellation is missing from its channel.",
    effects.ShowBatch: "A message with many cancellations could not be shown, so they are missing from their channel.",
    effects.PostDigest: "The digest could not be posted. `/winback digest` shows what it would say now.",
    effects.PostManagersDigest: "What waits for a decision could not be posted with the digest.",
    effects.PostNothingProposed: "The managers could not be told that nothing was proposed last week.",
    effects.PostWelcome: "The first message of the cancellations channel could not be posted.",
    effects.PostManagersWelcome: "The first message of the approvals channel could not be posted.",
    effects.PostSample: "The sample could not be posted.",
    effects.PostReturn: "The reply that a customer came back could not be posted.",
    effects.AskFollowUp: "The owner of a case could not be asked what came of it.",
    effects.CloseReasonWindow: "A card could not be updated to say that no reason was given.",
    effects.EnrichCase: "A card does not show what the customer paid so far.",
    effects.RefreshSubscription: "A subscription could not be read again.",
    effects.RefreshCustomer: "A customer's subscriptions could not be read again.",
    effects.EmailLink: "An email with a portal link was not sent.",
    effects.ShowLink: "An agent could not be told what became of a portal link.",
    effects.CompareReturn: "An agent could not be told what a customer changed in the portal.",
    effects.ExpireLink: "An agent could not be told that a portal link has expired.",
    effects.EmailCode: "An email with a code was not sent.",
    effects.AlertDead: "An alert could not be posted.",
    effects.NotifyUnsentEmail: "An agent could not be told that an email with a portal link was not sent.",
    effects.AlertSetAside: "An alert could not be posted.",
    effects.AlertChannel: "An alert could not be posted.",
    effects.AlertLookups: "An alert could not be posted.",
    effects.AlertGuessedCodes: "An alert could not be posted.",
    effects.AlertFaultyPolicy: "The managers could not be told that the newer policy has faults.",
    effects.AnnounceManagers: "A change of who is a manager could not be announced.",
    effects.TrackCost: "Whether an accepted offer costs more than was approved is not known.",
    effects.ReviseOffer: "An offer that would cost more than was approved was not proposed anew.",
    effects.EvaluateCase: "A cancellation was not checked against the policy, so nothing was proposed for it.",
    effects.EvaluateAllCases: "The open cancellations were not checked against the new policy.",
    effects.ShowProposal: "A proposal could not be shown in the approvals channel.",
    effects.ExpireProposal: "A proposal could not be closed when it expired.",
    effects.RemindApprovals: "The list of what waits for a decision could not be posted.",
    effects.PrepareOffer: "An approved offer was not made at Stripe, and its email was not sent.",
    effects.EmailOffer: "The email of an approved offer was not sent.",
    effects.RemindOffer: "The reminder of an offer was not sent. The offer itself is still open.",
    effects.ExpireOffer: "An offer could not be closed when it expired.",
    effects.CloseCheckout: "A customer may still pay in the Checkout of an offer that was withdrawn.",
    effects.RedeemOffer: "An offer that a customer accepted was not carried out at Stripe.",
    effects.EmailConfirmation: "The confirmation of an accepted offer was not sent.",
    effects.UndoOffer: "An offer that a customer took back was not undone at Stripe.",
    effects.EmailRestart: "The email that billing restarts after a pause was not sent.",
    effects.PostAcceptance: "The reply that an offer was accepted could not be posted.",
    effects.MentionManagers: "The managers could not be told that a proposal is about to expire.",
    effects.PostRewording: "The reply that only the words of an email were changed could not be posted.",
    effects.PostUndone: "The reply that an acceptance was undone could not be posted.",
    effects.AlertUnclearEmail: "Nobody could be asked whether an email arrived.",
    effects.AlertFailedOffer: "Nobody could be told that an offer which a customer was sent can't be kept.",
    effects.AlertRefusedStep: "Nobody could be told that Stripe would refuse what a rule offers in a case.",
    effects.AlertTwoSubscriptions: "Nobody could be told that a customer has two subscriptions now.",
    effects.TrackOutcome: "Whether a customer who came back has paid is not known.",
    effects.UnreadableEffect: "Something was not done, because it is damaged or written by another version.",
}


_MOST_FAULTS, _MOST_FAULT = 5, 300


def faulty_policy_text(faults: Sequence[str]) -> str:
    """Return that a newer policy isn't used, what is wrong with it, and that the one before holds."""
    told = [f"• {escape(cut(fault, _MOST_FAULT))}" for fault in faults[:_MOST_FAULTS]]
    more = [f"• and {len(faults) - _MOST_FAULTS} more: `winback policy check` lists them all"]
    return "\n".join([f"*{texts.FAULTY_POLICY}*", *told, *(more if len(faults) > _MOST_FAULTS else [])])


def dead_effect_text(effect: effects.Effect, fault: str, effect_id: str) -> str:
    """Return what wasn't done, why, and what to do: retry it only where that can help."""
    told = f":warning: {EFFECT_FAILURES[type(effect)]} Reason: {_whole(fault)}"
    if isinstance(effect, effects.UndoOffer) and fault != PROGRAM_FAULT:
        return f"{told} Trying again would not help: please undo it at Stripe by hand."
    if isinstance(effect, effects.PrepareOffer | effects.EmailOffer | effects.RedeemOffer) and fault != PROGRAM_FAULT:
        return f"{told} Trying again would not help: the offer has failed. Once that is fixed, propose another."
    return (
        f"{told} Nothing is tried again by itself. Once that is fixed: `winback effects retry {effect_id}`, "
        "or `winback effects retry --all` for everything that failed."
    )


def event_set_aside_text(event: EventSetAside, count: int) -> str:
    """Return which event of Stripe's was set aside, why, how many are, and how to have it tried again."""
    others = f" {count} events are set aside now." if count > 1 else ""
    return (
        f":warning: An event of Stripe's could not be handled: `{escape(event.id)}`, {escape(event.type)}. Reason: "
        f"{_whole(event.fault)} It was tried several times and is set aside, not lost; all other events go on."
        f"{others} See `winback effects list`. Once that is fixed: `winback effects retry {escape(event.id)}`, or "
        "`winback effects retry --all`."
    )


def channel_fault_text(channel: ChannelId, why: str) -> str:
    """Return that nothing can be posted into a channel, why, and what that means."""
    return (
        f":warning: I can't post into <#{channel}> (`{channel}`): {_whole(why)} What belongs there isn't shown to "
        "anybody meanwhile. Once that is fixed: `winback effects retry --all` for what failed, and `winback doctor` "
        "to check."
    )


def unsent_email_text(customer_id: CustomerId, fault: str) -> str:
    """Return that a customer's email wasn't sent, and what to do instead."""
    return (
        f":warning: The email with a portal link that you asked for, for the customer `…{escape(customer_id[-6:])}`, "
        f"was not sent. Reason: {_whole(fault)} Look at their address at Stripe, or show the link instead."
    )


def failed_offer_text(offer: OfferRow) -> str:
    """Return that an offer which a customer was sent can't be kept, why, and what to do about it."""
    return (
        f":warning: The offer to the customer `…{escape(offer.customer_id[-6:])}` ({escape(short_words(offer.terms))}) "
        f"can't be kept: {escape(code_text(offer.why))}. Nothing was charged and nothing changed; its page says so. "
        "Another can be proposed from the cancellation's card."
    )


def rewording_text(proposal: ProposalRow) -> str:
    """Return that only the words of a proposal's email were changed, by whom, and that approvals still count."""
    who = f"<@{proposal.reworded.by}>" if proposal.reworded else "a manager"
    told = f"Only the words were changed, by {who}. The offer is the same: {escape(short_words(proposal.draft.terms))}."
    if not proposal.approvals:
        return told
    approvers = ", ".join(f"<@{each.by}>" for each in proposal.approvals)
    return f"{told} {approvers}: your approval still counts. If the words are wrong, change or decline it."


def deadline_text(managers: Sequence[StaffId], expires_at: datetime) -> str:
    """Return that a proposal has less than a working day left, for those who may decide."""
    whom = " ".join(f"<@{each}>" for each in managers)
    return f"{whom} Nobody has decided on this yet, and it expires {texts.time_text(expires_at)}. Nothing was sent."


def refused_step_text(customer_id: CustomerId, rejected: Rejection) -> str:
    """Return that a rule's offer can't be proposed, why, and what to do about it."""
    what = f" {escape(offer_words(rejected.offer))}" if rejected.offer is not None else ""
    rule = f" of the rule “{escape(cut(one_line(rejected.rule), 80))}”" if rejected.rule is not None else ""
    return (
        f":warning: The offer{rule} for the customer `…{escape(customer_id[-6:])}`,{what}, can't be proposed: "
        f"{escape(against_words(rejected))}. Nothing was sent. You can propose something else from the cancellation's "
        "card."
    )


def two_subscriptions_text(offer: OfferRow) -> str:
    """Return that a customer pays for two subscriptions, and what to do about it."""
    new = f", the new one `{escape(offer.redeemed_with)}`" if offer.redeemed_with else ""
    return (
        f":red_circle: The customer `…{escape(offer.customer_id[-6:])}` accepted an offer and now has two live "
        f"subscriptions{new}. Nothing was cancelled and nothing refunded by me. Look at both at Stripe, cancel one of "
        "them at once and refund what was paid for it."
    )


def guessed_codes_text() -> str:
    """Return that links were ended by wrong codes, and what to do about it."""
    return (
        ":warning: Three portal links were ended by wrong codes within a day. Somebody may have links that "
        "aren't meant for them. `winback audit list` shows whose links they were, each with the outcome `guessed`."
    )


def unasked_link_text(link: LinkRow) -> str:
    """Return that the reader of a customer's mailbox hadn't asked for a link, and what to do about it."""
    made = "had emailed" if link.channel == "mail" else "was shown"
    what = "an offer" if link.offer_id is not None else "a portal link"
    return (
        f":warning: The reader of the mailbox of the customer `…{escape(link.customer_id[-6:])}` says that they didn't "
        f"ask for this: <@{link.made_by}> {made} {what} for them {texts.time_text(link.made_at)}. The link no longer "
        "works. Somebody may have pretended to be this customer: find out who asked, and look at what was changed."
    )


def managers_changed_text(became: Sequence[StaffId], ceased: Sequence[StaffId]) -> str:
    """Return who became a manager and who no longer is, and what to do if that was a mistake."""
    changes = [
        f"{what}: {', '.join(f'<@{each}>' for each in people)}."
        for what, people in (("Managers from now on", became), ("No longer managers", ceased))
        if people
    ]
    return (
        f":busts_in_silhouette: {' '.join(changes)} If nobody meant this, look at MANAGER_MEMBERS, at the user groups "
        "in it and at who may edit those."
    )


def _whole(fault: str) -> str:
    """Return a fault as a short sentence without markup."""
    return escape(cut(one_line(fault), 300).rstrip(".")) + "."
