"""The reports for staff: `/winback stats_message` and `loss_message`, and the last 30 days on the App Home."""

from collections.abc import Sequence

from bot.views.blocks import Block, Message, context, escape, header, mrkdwn, section
from bot.views.charts import chart
from bot.views.winback.funnel import funnel_block
from domain.winback.lift import Lift, TooFew
from flows.winback.results.answers import (
    CaseGroup,
    FunnelCounts,
    HomeFigures,
    Loss,
    LossGroup,
    LossReport,
    Stats,
    Summary,
)
from wording.decline import decline
from wording.grammar import capital, count
from wording.money import money
from wording.offer import amounts
from wording.reason import feedback, kind
from wording.sanitize import cut, one_line

NO_REASON, NO_RULE = "no reason given", "no rule"
_MOST_GROUPS = 10
_MOST_DAYS = 20  # Slack: "Data visualization block"


def stats_message(answer: Stats, *, span: str) -> Message:
    """Return what happened to a period's cases, and whether offers make a difference."""
    summary = answer.summary
    said = f"{span}: {tally_text(summary.whole)}"
    blocks = [header(f"Win-back, {span.replace('The', 'the', 1)}"), section(escape(tally_text(summary.whole)))]
    if summary.whole.asked_why:
        blocks.append(section(reasons_text(summary.whole)))
    if summary.by_reason:
        blocks.append(_by_reason(summary))
    blocks.append(funnel_block(answer.funnel))
    blocks += _groups("By reason", summary.by_reason, NO_REASON)
    blocks += _groups("By rule", summary.by_rule, NO_RULE)
    blocks.append(section(f"*Do offers make a difference?*\n{escape(lift_text(answer))}"))
    hint = "Groups of fewer than three are left out. How all this is counted: docs/measuring.md."
    hints = [uncounted_text(answer.uncounted), hint] if answer.uncounted else [hint]
    return {"text": escape(said), "blocks": [*blocks, context(mrkdwn(" ".join(hints)))]}


def loss_message(answer: LossReport, *, span: str) -> Message:
    """Return the monthly revenue lost by customers who left and aren't back, the largest group first."""
    gained = f" Those who switched to a more expensive plan pay {amounts(answer.gained)} a month more." * bool(
        answer.gained
    )
    if not answer.whole and not answer.unknown:
        said = f"{span}: nobody left for good, so nothing is lost.{gained}"
        if answer.uncounted:
            said = f"{said} {uncounted_text(answer.uncounted)}"
        return {"text": said, "blocks": [section(said)]}
    said = f"{span}: {_losses(answer.whole, answer.unknown)}.{gained}"
    blocks = [header("Where it leaks"), section(f"*{escape(said)}*")]
    blocks += [
        section(f"*{escape(capital(_hole(each)))}*\n{escape(_losses(each.losses, each.unknown))}")
        for each in answer.groups[:20]
    ]
    hint = "Without tax. Addressed is what a rule decided an offer for, sent or not. Each currency stands by itself."
    hints = [uncounted_text(answer.uncounted), hint] if answer.uncounted else [hint]
    return {"text": escape(said), "blocks": [*blocks, context(mrkdwn(" ".join(hints)))]}


def month_blocks(home: HomeFigures, *, managing: bool) -> list[Block]:
    """Return the last 30 days with a chart, for everybody with a role on the App Home; for managers with the funnel."""
    blocks = [header("The last 30 days"), section(escape(tally_text(home.summary.whole)))]
    if home.uncounted:
        blocks.append(context(mrkdwn(uncounted_text(home.uncounted))))
    if not home.summary.whole.cases:
        return blocks
    step = -(-len(home.days) // _MOST_DAYS)
    parts = [home.days[first : first + step] for first in range(0, len(home.days), step)]
    labels = [f"{part[0].on:%d %b}".lstrip("0") for part in parts]
    series = {
        "Left": [sum(day.left for day in part) for part in parts],
        "Back": [sum(day.back for day in part) for part in parts],
    }
    blocks.append(chart("bar", "Who left and who came back", labels, series))
    return [*blocks, funnel_block(home.funnel)] if managing else blocks


def uncounted_text(people: int) -> str:
    """Return that the figures aren't complete yet."""
    return (
        f"I'm still counting what is new about {count(people, 'person', 'people')}, so these figures aren't complete. "
        "Ask again in a few minutes."
    )


def tally_text(tally: FunnelCounts) -> str:
    """Return a period's cases in a sentence or two."""
    if not tally.cases:
        return "Nobody cancelled."
    kept = {"switched to another subscription": tally.switched, "still subscribed to another": tally.still_subscribed}
    other = ", ".join(f"{number} {what}" for what, number in kept.items() if number)
    begun = f"{count(tally.cases, 'cancellation')}{f' ({other})' if other else ''}, {tally.offered} offered something"
    if not tally.back:
        return f"{begun}. None of them is back yet."
    how = {
        "by an accepted offer": tally.accepted,
        "after an email": tally.after_email,
        "by themselves": tally.by_themselves,
    }
    said = f"{begun}, {tally.back} back: {', '.join(f'{number} {way}' for way, number in how.items() if number)}."
    if not tally.verified_30:
        return f"{said} None of these has stayed and paid for 30 days yet."
    stayed = f" {tally.verified_30} stayed and paid for 30 days ({amounts(tally.kept_30)} net)"
    if not tally.verified_90:
        return f"{said}{stayed}."
    return f"{said}{stayed}, {tally.verified_90} for 90 days ({amounts(tally.kept_90)} net)."


def reasons_text(tally: FunnelCounts) -> str:
    """Return of how many who cancelled themselves the reason is known, and of how many from staff."""
    noted = f", {tally.reason_noted} noted by staff" if tally.reason_noted else ""
    return f"Reason known for {tally.reason_known} of {tally.asked_why} who cancelled themselves{noted}."


def lift_text(answer: Stats) -> str:
    """Return the lift: how many more come back because of offers, with the confidence and the method."""
    found = answer.lift
    flagged = (
        f" Staff talked to {answer.talked_to} of those held out, so they are no pure comparison."
        if answer.talked_to
        else ""
    )
    if isinstance(found, TooFew):
        return (
            f"Not enough data yet: it takes {found.needed} people in each group, and there are "
            f"{found.offered.people} with an offer and {found.held_out.people} held out.{flagged}"
        )
    return f"{_lift(found)}{flagged}"


def _lift(found: Lift) -> str:
    difference, low, high = (_points(each) for each in (found.difference, found.low, found.high))
    sure = "so it may be chance" if found.low <= 0 <= found.high else "so it isn't chance"
    return (
        f"{difference} points: {found.offered.won} of {found.offered.people} with an offer came back and paid, "
        f"{found.held_out.won} of {found.held_out.people} held out did. With 95% confidence it is {low} to {high} "
        f"points (Newcombe's hybrid score interval), {sure}."
    )


def _points(share: float) -> str:
    return f"{share * 100:+.1f}".replace("-", "−")


def _by_reason(summary: Summary) -> Block:
    groups = summary.by_reason[:_MOST_GROUPS]
    return chart(
        "bar",
        "Who left and who is back, by reason",
        [_name(each, NO_REASON) for each in groups],
        {"Left": [each.counts.cases for each in groups], "Back": [each.counts.back for each in groups]},
    )


def _groups(title: str, groups: Sequence[CaseGroup], nameless: str) -> list[Block]:
    if not groups:
        return []
    told = [
        f"• *{escape(capital(_name(each, nameless)))}*: {escape(_tally(each.counts))}" for each in groups[:_MOST_GROUPS]
    ]
    return [section("\n".join([f"*{title}*", *told]))]


def _tally(tally: FunnelCounts) -> str:
    kept = f", {tally.verified_30} stayed 30 days ({amounts(tally.kept_30)})" if tally.verified_30 else ""
    return f"{count(tally.cases, 'case')}, {tally.offered} offered, {tally.accepted} accepted, {tally.back} back{kept}"


def _name(group: CaseGroup, nameless: str) -> str:
    return nameless if group.name is None else cut(one_line(kind(feedback(group.name))), 80)


def _hole(hole: LossGroup) -> str:
    why = NO_REASON if hole.why is None else cut(one_line(kind(feedback(hole.why))), 80)
    return f"{why}: {decline(hole.decline_code).meaning}" if hole.decline_code else why


def _losses(losses: Sequence[Loss], unknown: int) -> str:
    told = [_loss(each) for each in losses if each.cases]
    return "; ".join([*told, f"value not known for {count(unknown, 'case')}"] if unknown else told)


def _loss(loss: Loss) -> str:
    addressed = (
        f", {money(loss.addressed)} of it addressed by a rule" if loss.addressed.minor else ", no rule addressed it"
    )
    return f"{money(loss.monthly)} a month lost by {count(loss.cases, 'case')}{addressed}"
