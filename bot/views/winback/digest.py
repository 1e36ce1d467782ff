"""The digest of cancellations: the one sentence first, then the figures beside those of the period before."""

from collections.abc import Sequence
from datetime import tzinfo

from bot.views.blocks import (
    Block,
    Message,
    context,
    escape,
    header,
    mrkdwn,
    plain_text,
    rich,
    rich_section,
    section,
    text_run,
)
from bot.views.cancellations.card import CardStyle, dashboard_url
from bot.views.cancellations.head_line import head_line
from bot.views.charts import chart
from bot.views.winback.funnel import funnel_block
from bot.views.winback.reports import NO_REASON, uncounted_text
from domain.money import Money
from domain.results.digest import Digest, DigestFigures, DigestPeriod, WithoutCard
from domain.results.themes import MOST_COMMENTS, CustomerComment, Theme
from wording.dates import day, day_and_time
from wording.decline import decline
from wording.grammar import capital, count
from wording.money import per_month
from wording.offer import amounts, percent, total_cost
from wording.reason import feedback, kind
from wording.sanitize import cut, one_line

_MOST_REASONS = 10
_MOST_CODES = 5
_MOST_NAME = 80
_MOST_LINKS = 10


def digest_message(digest: Digest, *, zone: tzinfo, style: CardStyle | None) -> Message:
    """Return a digest; where cards are full it names those who have no card, and has the themes of what people wrote.

    Without a style it has neither.
    """
    said, full = takeaway(digest, zone=zone), style is not None and style.detail == "full"
    blocks = [header(f"Cancellations, {_days(digest.period, zone)}"), section(f"*{escape(said)}*")]
    if not digest.is_empty:
        blocks.append(section("\n".join(["*Lost and kept*", *_money(digest)])))
    if any(each.cases for each in digest.reasons):
        blocks += _reasons(digest)
    if digest.decline_codes:
        told = [f"{decline(code).meaning} {number}" for code, number in digest.decline_codes[:_MOST_CODES]]
        blocks.append(section(f"*Why payments failed*\n{escape('; '.join(told))}"))
    if digest.themes and full:
        blocks += _themes(digest)
    if digest.without_card.cases:
        blocks += _without_card(digest.without_card, named=full)
    if digest.now.cases:
        blocks.append(funnel_block(digest.funnel))
    return {"text": escape(said), "blocks": [*blocks, context(mrkdwn(escape(_small_print(digest, zone))))]}


def _without_card(without: WithoutCard, *, named: bool) -> list[Block]:
    worth = f", {_a_month(without.lost)}" if without.lost else ""
    rest = without.cases - len(without.first)
    rows = [rich_section(*head_line(card, named=named)) for card in without.first]
    told = _bullets(rows) if rows else None
    more = [context(plain_text(f"… and {rest:,} more."))] if rest else []
    return [section(f"*Without a card of their own:* {without.cases:,}{escape(worth)}"), *filter(None, [told]), *more]


def _themes(digest: Digest) -> list[Block]:
    partly = plain_text(f"Only the newest {MOST_COMMENTS:,} comments were read.")
    newest = [context(partly)] if digest.more_comments else []
    return [section("*What people wrote about*"), _bullets([_theme(each) for each in digest.themes]), *newest]


def _theme(theme: Theme) -> Block:
    rest = len(theme.comments) - _MOST_LINKS
    links = [run for each in theme.comments[:_MOST_LINKS] for run in (text_run(" · "), _case_link(each))]
    more = [text_run(f" · and {rest:,} more")] if rest > 0 else []
    return rich_section(text_run(one_line(theme.term), bold=True), text_run(f" {theme.people:,} people"), *links, *more)


def _case_link(comment: CustomerComment) -> Block:
    """Return a link to a case's subscription at Stripe, under the reference that its card has."""
    url = dashboard_url(f"subscriptions/{comment.subscription_id}", livemode=comment.livemode)
    return {"type": "link", "url": url, "text": str(comment.case_id)[-8:]}


def _bullets(rows: Sequence[Block]) -> Block:
    return rich({"type": "rich_text_list", "style": "bullet", "elements": list(rows)})


def takeaway(digest: Digest, *, zone: tzinfo) -> str:
    """Return what happened in one sentence or two."""
    period, now, before = digest.period, digest.now, digest.before
    within = f"in the {_length(period)} to {day(period.until, now=period.until, zone=zone)}"
    back = f"{now.back} came back" if now.back else "nobody came back"
    if not now.left:
        return f"Nobody left {within}, and {back}."
    more = now.left - before.left
    compared = f"{abs(more)} {'more' if more > 0 else 'fewer'} than" if more else "as many as"
    compared = "" if digest.began_at else f": {compared} in the {_length(period)} before"
    worth = f", {_a_month(now.lost)}" if now.lost else ""
    return f"{count(now.left, 'customer')} left {within}{worth}{compared}. {capital(back)}."


def managers_digest_text(waiting: int, charges: Sequence[Money], head: str) -> str:
    """Return what belongs to a digest and is for managers: what waits for a decision, and the audit log's head."""
    told = "Nothing waits for a decision."
    if waiting:
        verb = "waits" if waiting == 1 else "wait"
        told = f"{count(waiting, 'proposal')} {verb} for a decision, {total_cost(charges)} in all: `/winback pending`."
    check = f"`winback audit verify --head {head}` shows whether anything is missing from it"
    return f"{told}\nThe audit log ends with `{head}`: {check}."


def _money(digest: Digest) -> list[str]:
    """Return a line for each currency, each beside the period before."""
    now, before = _by_currency(digest.now), _by_currency(digest.before)

    def beside(figure: str) -> str:
        return "" if digest.began_at else f", {figure} in the {_length(digest.period)} before"

    lines = [
        f"• {per_month(now.get(each, Money(0, each)))} lost{beside(per_month(before.get(each, Money(0, each))))}"
        for each in sorted({*now, *({} if digest.began_at else before)})
    ]
    if digest.now.unknown:
        lines.append(f"• {count(digest.now.unknown, 'case')} of a value that isn't known")
    switched = digest.now.cases - digest.now.left
    lines += [f"• {switched} switched to another subscription"] if switched else []
    kept = f" ({_a_month(digest.now.kept)})" if digest.now.kept else ""
    lines.append(f"• {digest.now.back} came back{kept}{beside(f'{digest.before.back}')}")
    return [escape(line) for line in lines]


def _by_currency(figures: DigestFigures) -> dict[str, Money]:
    return {each.currency: each for each in figures.lost}


def _reasons(digest: Digest) -> list[Block]:
    shown = digest.reasons[:_MOST_REASONS]
    names = [NO_REASON if each.name is None else cut(one_line(kind(feedback(each.name))), _MOST_NAME) for each in shown]
    told = [f"{name} {each.cases}" for name, each in zip(names, shown, strict=True) if each.cases]
    length = _length(digest.period)
    series = {f"Last {length}": [each.cases for each in shown]}
    if digest.began_at is None:
        series["Before"] = [each.before for each in shown]
    return [section(escape(f"*Why*\n{capital(', '.join(told))}")), chart("bar", "Why they left", names, series)]


def _a_month(lost: Sequence[Money]) -> str:
    return f"{amounts(lost)} a month"


def _length(period: DigestPeriod) -> str:
    return "day" if period.days == 1 else f"{period.days} days"


def _days(period: DigestPeriod, zone: tzinfo) -> str:
    return " to ".join(day(each, now=period.until, zone=zone) for each in (period.since, period.until))


def _small_print(digest: Digest, zone: tzinfo) -> str:
    since, until = (day_and_time(each, zone=zone) for each in (digest.period.since, digest.period.until))
    told = f"From {since} to {until}. Amounts are without tax. How this is counted: docs/measuring.md."
    if digest.began_at is not None:
        began = day_and_time(digest.began_at, zone=zone)
        told += f" I was first started {began}, so nothing is compared with the time before yet."
    if digest.holdout is not None:
        share, months = digest.holdout
        told += (
            f" With {percent(share * 100)} of people held out (limits.holdout in the policy), you would know in about "
            f"{count(months, 'month')} what offers are worth, to ±5 points."
        )
    return f"{uncounted_text(digest.uncounted)} {told}" if digest.uncounted else told
