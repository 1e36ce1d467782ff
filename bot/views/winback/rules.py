"""The policy's rules for managers: what each offers, and whether its proposals need an approval."""

from datetime import timedelta

from bot.views import texts
from bot.views.blocks import (
    Block,
    Message,
    actions,
    button,
    confirm,
    context,
    escape,
    message,
    mrkdwn,
    plain_text,
    section,
)
from bot.views.modals import View, form_field, form_modal, text_entry
from domain.winback.policy import Anchor, Rule, StepTiming
from flows.failures import OutsideFailure
from flows.people.staff_permissions import PermissionDenied
from flows.winback.policy.standing_approvals import (
    NeverAutomatic,
    NoSuchRule,
    RuleApproved,
    RuleRevoked,
    RuleStatus,
    TooEarly,
)
from wording.grammar import capital, count
from wording.money import money
from wording.offer import offer_words
from wording.sanitize import cut, one_line

APPROVE, REVOKE, APPROVE_VIEW = "rule_approve", "rule_revoke", "approve_rule"
BUDGET, CURRENCY = "budget", "currency"
NO_CURRENCY = "Write the currency's three letters, like EUR."
_ANCHORS: dict[Anchor, str] = {
    "after": "after they cancel",
    "before_end": "before the end of what is paid",
    "after_end": "after the end",
}
_MOST_RULES = 16  # Slack: 50 blocks a message
_MOST_NAME = 80
_NEVER = "automatic_email"


def rules_message(standing: tuple[RuleStatus, ...]) -> Message:
    """Return the rules in their order; the first that matches a cancellation decides."""
    if not standing:
        return message("The policy has no rules, so nothing is proposed by itself.")
    said = f"{count(len(standing), 'rule')}; the first that matches a cancellation decides."
    blocks = [section(f"*{said}*")]
    for each in standing[:_MOST_RULES]:
        blocks += [section(_rule(each)), *_buttons(each)]
    if len(standing) > _MOST_RULES:
        blocks.append(context(mrkdwn(f"The first {_MOST_RULES}; the rest stand in the policy's file.")))
    return {"text": said, "blocks": blocks}


def budget_form(rule: str) -> View:
    """Return the form that approves a rule, with its budget."""
    return form_modal(
        APPROVE_VIEW,
        "Approve rule",
        "Approve rule",
        section(
            f"For 90 days the offers of *{escape(_name(rule))}* go out without waiting for anybody, until the budget "
            "is spent, or the policy, its emails or the prices change."
        ),
        form_field(
            BUDGET, "Budget", text_entry(BUDGET, most=16), hint=plain_text("A plain number, like 500 or 499.50.")
        ),
        form_field(
            CURRENCY,
            "Currency",
            text_entry(CURRENCY, most=3),
            hint=plain_text("Offers of other currencies still wait."),
        ),
        about=rule,
    )


def rule_decision_message(
    answer: RuleApproved | TooEarly | NeverAutomatic | NoSuchRule | RuleRevoked | PermissionDenied | OutsideFailure,
) -> Message:
    """Return the answer to approving or revoking a rule."""
    match answer:
        case RuleApproved():
            approval = answer.approval
            return message(
                f"Approved: *{escape(_name(approval.rule))}* sends by itself from now on, up to "
                f"{money(approval.budget)} and until {texts.time_text(approval.expires_at)}. Offers above the second "
                "manager's amount still wait for somebody."
            )
        case TooEarly():
            return message(
                f"Not yet: {answer.needed} of its proposals have to be decided by hand first, so that you know what it "
                f"proposes. So far it is {answer.by_hand}."
            )
        case NeverAutomatic():
            return message(
                f"*{escape(_name(answer.rule))}* can't be approved as a whole: its emails are never automatic. A "
                "manager approves each of its proposals."
            )
        case NoSuchRule():
            return message(f"The policy in use has no rule “{escape(_name(answer.rule))}” any more. Nothing was done.")
        case RuleRevoked():
            if answer.was:
                return message(
                    f"Taken back: the proposals of *{escape(_name(answer.rule))}* wait for somebody again. What is on "
                    "its way stays."
                )
            return message("It was not approved, so nothing changed.")
        case PermissionDenied() | OutsideFailure():
            return message(texts.refusal_text(answer))


def _rule(each: RuleStatus) -> str:
    told = [f"*{escape(_name(each.rule.name))}*", *_steps(each.rule), _stands(each)]
    return "\n".join(filter(None, told))


def _steps(rule: Rule) -> list[str]:
    if not rule.steps:
        return ["Proposes nothing by itself."]
    return [f"• {escape(capital(offer_words(step.offer)))}, {_when(step.when)}" for step in rule.steps]


def _when(when: StepTiming) -> str:
    hours = when.span // timedelta(hours=1)
    if not hours:
        return "as soon as they cancel" if when.anchor == "after" else "at the end of what is paid"
    span = count(hours // 24, "day") if hours % 24 == 0 else count(hours, "hour")
    return f"{span} {_ANCHORS[when.anchor]}"


def _stands(each: RuleStatus) -> str:
    if not each.rule.steps:
        return ""
    approval = each.approval
    if _NEVER in each.rule.never:
        return "Each proposal waits for a manager: its emails are never automatic."
    if approval is None:
        decided = f"{each.by_hand} were decided so far" if each.by_hand else "none was decided so far"
        return f"Each proposal waits for a manager; {decided}{_needed(each)}."
    left = money(approval.budget - approval.spent)
    if each.good:
        until = texts.time_text(approval.expires_at)
        return f"Sends by itself: approved by <@{approval.approved_by}> until {until}, {left} left."
    return f"<@{approval.approved_by}>'s approval holds no longer: it has expired, or something it rested on changed."


def _needed(each: RuleStatus) -> str:
    """Return how many more decisions the rule needs before it can be approved; nothing once it can."""
    missing = each.needed - each.by_hand
    return f": {count(missing, 'more decision')} first, before the rule can be approved" if missing > 0 else ""


def _buttons(each: RuleStatus) -> list[Block]:
    """Return the rule's button, if it can be pressed."""
    can_approve = each.by_hand >= each.needed and _NEVER not in each.rule.never
    return [actions(_button(each))] if each.rule.steps and (each.good or can_approve) else []


def _button(each: RuleStatus) -> Block:
    if each.good:
        sure = confirm(
            title="Take the approval back?",
            text=f"The proposals of “{_name(each.rule.name)}” wait for somebody again.",
            yes="Take it back",
        )
        return button("Revoke rule", action=REVOKE, value=each.rule.name, style="danger", confirm=sure)
    return button("Approve rule…", action=APPROVE, value=each.rule.name)


def _name(rule: str) -> str:
    return cut(one_line(rule), _MOST_NAME)
