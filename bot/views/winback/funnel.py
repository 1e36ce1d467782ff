"""The funnel from cancelled to still paying: each stage, and what stopped cases there, with its remedy."""

from collections.abc import Mapping
from typing import Final

from bot.views.blocks import Block, escape, section
from domain.results.funnel import Funnel, FunnelStage, Stage
from wording.decision_reasons import code_words
from wording.grammar import count
from wording.sanitize import cut, one_line

STAGES: Final[Mapping[Stage, str]] = {
    Stage.CANCELLED: "Cancelled",
    Stage.MATCHED: "A rule matched",
    Stage.DUE: "Came due",
    Stage.PROPOSED: "Proposed",
    Stage.APPROVED: "Approved",
    Stage.SENT: "Sent",
    Stage.ACCEPTED: "Accepted",
    Stage.PAYING: "Still paying at 30 days",
}
_MOST_CAUSES = 5
_MOST_WORDS = 160
_MOST = 3000  # Slack: "Section block"
_CAUSES: Final[Mapping[str, str]] = {
    "not_evaluated": "not looked at by the policy: win-back needs `APPROVALS_CHANNEL`, and looks at what is cancelled "
    "from then on",
    "nothing_left": "the rule has nothing more for them",
    "no_rule": "no rule is for cases like this: add one to the policy file",
    "no_offer": "the policy offers nothing in such a case",
    "too_early": "not due yet",
    "no_consent": "no recorded consent: set `{consent_key}` in Stripe, or `consent.not_needed`",
    "consent_ended": "the soft opt-in has ended: set `{consent_key}` in Stripe once they agree",
    "no_zone": "no time zone, so nothing may be emailed: set `TIMEZONE`",
    "no_address": "no email address: add it in Stripe",
    "holdout": "held out to measure the lift: `limits.holdout` is the share",
    "cooldown": "had an offer not long ago: `limits.cooldown` says how long they are left in peace",
    "budget": "this month's budget was spent: raise `limits.budget_a_month`",
    "needs_a_person": "wrote something that a person should read first: propose by hand on the card",
    "other_live": "still subscribed to another plan: propose by hand on the card",
    "talked_to": "somebody is talking to them",
    "open": "waiting for a decision: `/winback pending`",
    "declined": "declined by a manager",
    "expired": "expired before anybody answered",
    "approved": "being made ready",
    "sending": "about to be sent",
    "call": "somebody calls them, so nothing is sent",
    "unclear": "perhaps sent: say in the approvals channel whether the email arrived",
    "unanswered": "not answered yet",
    "no_thanks": "said “No, thanks” to the offer",
    "back_without_offer": "came back without the offer",
    "back": "came back before that",
    "not_yet_30_days": "their 30 days aren't over yet",
    "left_again": "left again or didn't pay",
    "failed": "couldn't be carried out at Stripe: see `winback effects`",
    "stopped": "stopped by a check before it was sent",
    "withdrawn": "withdrawn",
    "over": "ended",
    "unsubscribed": "don't want any email",
    "taken_back": "taken back by a manager",
    "undone": "accepted and then undone",
}


def funnel_block(funnel: Funnel) -> Block:
    """Return all stages, each with what stopped cases there."""
    lines = ["*How far it went*"]
    reached = [funnel.stages[0].cases, *(stage.cases for stage in funnel.stages)]
    for before, stage in zip(reached, funnel.stages, strict=False):
        if not before:
            lines.append(f"*{STAGES[stage.stage]}:* nothing yet")
            break
        lines += [f"*{STAGES[stage.stage]}:* {stage.cases:,}", *causes(stage, funnel)]
    return section(cut("\n".join(lines), _MOST))


def causes(stage: FunnelStage, funnel: Funnel) -> list[str]:
    """Return a line for each of the most frequent causes, and one for all others."""
    shown, rest = stage.stops[:_MOST_CAUSES], stage.stops[_MOST_CAUSES:]
    lines = [f"  • {number:,}: {_words(cause, funnel)}" for cause, number in shown]
    if rest:
        others = count(len(rest), "other cause") if len(rest) > 1 else "another cause"
        lines.append(f"  • {sum(number for _, number in rest):,}: {others}")
    return lines


def nothing_proposed_text(funnel: Funnel) -> str:
    """Return that cases came due in a week and nothing was proposed, with the causes."""
    due = funnel.stage(Stage.DUE)
    many = f"{count(due.cases, 'cancellation')} came due in the last week, and nothing was proposed:"
    return "\n".join([f":hourglass: {many}", *causes(due, funnel)])


def _words(cause: str, funnel: Funnel) -> str:
    known = _CAUSES.get(cause)
    if known is not None:
        return escape(known.format(consent_key=one_line(funnel.consent_key)))
    return escape(cut(one_line(code_words(cause) or cause.replace("_", " ")), _MOST_WORDS))
