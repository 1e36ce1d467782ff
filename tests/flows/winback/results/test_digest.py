"""The digest is posted once for each period, and says what happened in it."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from domain.cancellations.card_rules import CARD_KINDS, CardRules
from domain.money import Money
from domain.results.digest import Digest, ReasonCount
from domain.results.funnel import Stage
from flows.cancellations.track_case import FIRST_START
from flows.effects import PostDigest, PostManagersDigest, PostNothingProposed
from flows.outbox.message_updates import card_key
from flows.people.staff_permissions import PermissionDenied
from tests.flows.winback.harness import AGENT, LEASE, MONA, ProposalHarness, rules

WEEK = timedelta(days=7)
DIGESTS = {PostDigest, PostManagersDigest, PostNothingProposed}


@pytest.fixture
async def harness(harness: ProposalHarness) -> ProposalHarness:
    harness.begin_on_wednesday()
    harness.kinds |= DIGESTS
    harness.build(harness.flows.context)
    async with harness.store.begin() as unit:
        await unit.checkpoints.set_once(FIRST_START, harness.now())
        await unit.commit()
    return harness


async def look(harness: ProposalHarness, *moments: datetime) -> list[Digest]:
    """Look for a digest at some moments, and return all that were posted."""
    for moment in moments or (harness.now(),):
        await harness.flows.digests.look(moment)
    await harness.work()
    return harness.board.digests


def next_monday(harness: ProposalHarness) -> datetime:
    """Move the clock to the next Monday, some time after nine."""
    days = 7 - harness.now().weekday()
    harness.pass_time(timedelta(days=days))
    return harness.now()


async def test_each_week_has_one_digest(harness: ProposalHarness) -> None:
    assert await look(harness) == []  # nothing before the first start
    monday = next_monday(harness)

    assert len(await look(harness, monday, monday + timedelta(hours=1))) == 1
    harness.build(harness.flows.context)  # another process, or a restart
    assert len(await look(harness, monday + timedelta(days=3))) == 1
    harness.pass_time(WEEK)
    assert len(await look(harness)) == 2


async def test_another_time_of_day_asks_for_no_second_one(harness: ProposalHarness) -> None:
    monday = next_monday(harness)
    assert len(await look(harness)) == 1

    harness.settings(digest_at=time(6))
    harness.follow(replace(rules(), zone=ZoneInfo("Asia/Tokyo")))

    assert len(await look(harness, monday + timedelta(days=2))) == 1


async def test_what_managers_need_goes_to_approvals(harness: ProposalHarness) -> None:
    next_monday(harness)
    await harness.proposed()

    await look(harness)

    (told,) = harness.board.alerts
    assert "1 proposal waits for a decision, at most €29.40 in all" in told
    assert "winback audit verify --head " in told


async def test_figures_stand_beside_the_period_before(harness: ProposalHarness) -> None:
    await harness.leaving(amount=1000)
    next_monday(harness)
    await harness.leaving(amount=4900)
    await harness.leaving(amount=2000)
    next_monday(harness)

    *_, digest = await look(harness)

    assert (digest.now.left, digest.before.left) == (2, 1)
    assert (digest.now.lost, digest.before.lost) == ((Money(6900, "eur"),), (Money(1000, "eur"),))
    assert digest.reasons == (ReasonCount(name="too_expensive", cases=2, before=1),)


async def test_nothing_is_compared_with_the_time_before_the_first_start(harness: ProposalHarness) -> None:
    await harness.leaving()
    began = list[bool]()
    for _ in range(3):
        next_monday(harness)
        *_, digest = await look(harness)
        began.append(digest.began_at is not None)

    assert began == [True, True, False]


async def test_who_came_back_counts_whenever_they_left(harness: ProposalHarness) -> None:
    subscription, _ = await harness.leaving()
    next_monday(harness)
    harness.account.take_back(subscription)
    await harness.case(subscription)
    harness.kinds |= {each for each in harness.flows.dispatcher.registry if each.__name__ == "TrackOutcome"}
    harness.build(harness.flows.context)
    await harness.work()
    next_monday(harness)

    *_, digest = await look(harness)

    assert (digest.now.left, digest.now.back, digest.before.left) == (0, 1, 1)


async def test_a_day_on_which_nothing_happened_has_none(harness: ProposalHarness) -> None:
    harness.settings(digest="daily")
    next_monday(harness)
    assert await look(harness) == []
    await harness.leaving()
    harness.pass_time(timedelta(days=1))
    assert [each.now.left for each in await look(harness)] == [1]


async def test_an_unclear_post_is_looked_up(harness: ProposalHarness) -> None:
    next_monday(harness)
    await harness.flows.digests.look(harness.now())
    owner = uuid4()
    async with harness.store.begin() as unit:  # a process that died between its post and noting it
        (row,) = [
            each
            for each in await unit.outbox.claim(
                "slack", owner=owner, now=harness.now(), wall=harness.now(), lease=LEASE, limit=9, probing=False
            )
            if isinstance(each.effect, PostDigest)
        ]
        assert await unit.outbox.begin_attempt(row.id, owner=owner, wall=harness.now())
        await unit.commit()
    await harness.board.post_digest(await shown(harness), zone=harness.flows.digests.zone, marker=row.id)
    harness.pass_time(2 * LEASE)
    assert len(await look(harness)) == 1


async def shown(harness: ProposalHarness) -> Digest:
    found = await harness.flows.digests.show(requester=MONA, now=harness.now())
    assert isinstance(found, Digest)
    return found


async def test_managers_see_it_at_any_time(harness: ProposalHarness) -> None:
    await harness.leaving()

    assert (await shown(harness)).now.left == 1
    assert isinstance(await harness.flows.digests.show(requester=AGENT, now=harness.now()), PermissionDenied)


async def test_what_gets_no_card_is_in_the_digest(harness: ProposalHarness) -> None:
    harness.settings(card_rules=CardRules(least={"eur": Money(2000, "eur")}))
    _, small = await harness.leaving(amount=1900)
    _, large = await harness.leaving(amount=2000)
    harness.settings(card_rules=CardRules(kinds=CARD_KINDS - {"trial_cancelled"}, least={"eur": Money(2000, "eur")}))
    _, trial = await harness.leaving(amount=9900, trial_end=int(harness.now().timestamp()) + 14 * 86_400)
    await harness.work()

    found = (await shown(harness)).without_card

    assert [card.case.id for card in found.first] == [small.id, trial.id]
    assert (found.cases, found.lost) == (2, (Money(1900, "eur"),))
    async with harness.store.read() as unit:
        cards = {each.id: await unit.outbox.by_key(card_key(each.id)) for each in (small, large, trial)}
    assert [each for each, row in cards.items() if row is not None] == [large.id]


async def test_a_week_without_a_proposal_is_told_once(harness: ProposalHarness) -> None:
    harness.settings(digest="off")
    await harness.leaving(harness.customer(metadata={}))
    await harness.work()
    monday = next_monday(harness)

    await look(harness, monday, monday + timedelta(hours=1), monday + timedelta(days=2))

    (told,) = harness.board.alerts
    assert "1 cancellation came due in the last week, and nothing was proposed:" in told
    assert "1: no recorded consent: set `marketing_consent` in Stripe, or `consent.not_needed`" in told

    await harness.proposed()
    await harness.leaving(harness.customer(metadata={}))
    await harness.work()
    next_monday(harness)
    await look(harness)
    assert len(harness.board.alerts) == 1


async def test_what_stopped_a_case_while_it_was_due_counts(harness: ProposalHarness) -> None:
    subscription, _ = await harness.leaving(harness.customer(metadata={}))
    await harness.work()
    assert (await shown(harness)).funnel.stage(Stage.DUE).stops == (("no_consent", 1),)

    harness.account.take_back(subscription)
    await harness.case(subscription)
    await harness.work()

    assert (await shown(harness)).funnel.stage(Stage.DUE).stops == (("no_consent", 1),)


async def test_themes_of_what_people_wrote_are_posted(harness: ProposalHarness) -> None:
    next_monday(harness)
    named = harness.customer(name="Fox Export")
    said = ["No Salesforce export.", "I need a Salesforce export", "Only the SALESFORCE EXPORT"]
    cases = [(await harness.leaving(comment=each))[1].id for each in said]
    await harness.leaving(named, comment="Salesforce export")
    assert (await shown(harness)).themes == ()  # they are for the channel alone
    next_monday(harness)

    *_, digest = await look(harness)

    assert [(each.term, each.people) for each in digest.themes] == [("Salesforce", 4), ("Salesforce export", 3)]
    assert [each.case_id for each in digest.themes[1].comments] == cases[::-1]
    assert not digest.more_comments
