"""Reports for staff: figures, losses, customer profiles and feature requests."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from domain.cancellations.stored_case import Case
from domain.ids import CaseId, SubscriptionId
from domain.money import Money
from domain.winback.case_card import CaseCard
from domain.winback.lift import Arm, Lift, TooFew
from domain.winback.offer import Restart
from domain.winback.outcome import FINAL_AFTER
from domain.winback.policy import Match
from domain.winback.rule_matching import ShippedFeature
from flows.effects import AlertLookups, TrackOutcome
from flows.people.staff_permissions import PermissionDenied
from flows.portal_links.answers import Address, LookupLimited
from flows.ports import Staff
from flows.winback.policy.eligibility import NotEligible
from flows.winback.proposals.answers import Approved, Proposed
from flows.winback.proposals.feature_launch import (
    FeatureLaunch,
    FeatureProposals,
    FeatureRequest,
    FeatureRequests,
    RememberedFeatures,
)
from flows.winback.results.answers import CustomerProfile, FoundProfiles, LossReport, Stats
from flows.winback.results.customer_profile import CustomerProfiles
from flows.winback.results.period import Period
from flows.winback.results.report import ResultsReport
from sandbox.stripe.ledger import Json
from storage import tables
from tests.domain.winback.leaving_customers import rule
from tests.flows.winback.harness import ADA, AGENT, DAY, MAX, MONA, ProposalHarness, rules

MONTH = timedelta(days=30)


@pytest.fixture
def harness(harness: ProposalHarness) -> ProposalHarness:
    harness.kinds |= {TrackOutcome}
    harness.build(harness.flows.context)
    return harness


@pytest.fixture
def report(harness: ProposalHarness) -> ResultsReport:
    return harness.flows.report


@pytest.fixture
def filing(harness: ProposalHarness) -> CustomerProfiles:
    harness.settings(per_minute=3, per_day=100, tell_managers_at=2, tell=("C0APPROVE1",))
    return harness.flows.profiles


@pytest.fixture
def shipping(harness: ProposalHarness) -> FeatureLaunch:
    return harness.flows.feature_launch


async def stats(report: ResultsReport, harness: ProposalHarness, span: timedelta = MONTH) -> Stats:
    answer = await report.stats(requester=MONA, period=Period.last(span, now=harness.now()), now=harness.now())
    assert isinstance(answer, Stats)
    return answer


async def hold_out(harness: ProposalHarness, case: Case, *, drawn: bool = True) -> None:
    """Draw a person into the holdout, or for the other side."""
    async with harness.store.begin() as unit:
        assert await unit.people.draw_holdout(case.person_id, drawn=drawn) is drawn
        await unit.commit()


async def tag(harness: ProposalHarness, case: Case, *tags: str) -> None:
    async with harness.store.begin() as unit:
        stored = await unit.cases.get(case.id)
        assert stored is not None
        assert await unit.cases.save(replace(stored, tags=tags))
        await unit.commit()


async def take_back(harness: ProposalHarness, subscription: Json) -> None:
    harness.account.take_back(subscription)
    await harness.flows.tracker.refresh(SubscriptionId(subscription["id"]), now=harness.now())
    await harness.work()


async def test_the_figures_follow_people(harness: ProposalHarness, report: ResultsReport) -> None:
    taken_back, case = await harness.leaving()
    await harness.work()
    proposal = await harness.newest(case.id)
    assert proposal is not None
    await harness.approve(proposal)
    await harness.send(proposal)
    for _ in range(2):
        await harness.leaving()
    await harness.work()
    await take_back(harness, taken_back)
    told = (await stats(report, harness)).summary
    whole = told.whole
    assert (whole.cases, whole.offered, whole.sent) == (3, 3, 1)
    assert (whole.accepted, whole.after_email, whole.by_themselves, whole.back) == (0, 1, 0, 1)
    assert [(group.name, group.counts.cases) for group in told.by_reason] == [("too_expensive", 3)]
    assert [group.counts.cases for group in told.by_rule] == [3]

    harness.pass_time(45 * DAY)
    await harness.work()
    harness.pass_time(17 * DAY)
    await harness.work()
    assert (await stats(report, harness)).summary.whole.cases == 0
    later = (await stats(report, harness, 90 * DAY)).summary.whole
    assert (later.verified_30, later.verified_90) == (1, 0)
    assert later.kept_30[0].currency == "eur"
    assert later.kept_30[0].minor >= 4900


async def test_the_app_home_agrees_with_the_command(harness: ProposalHarness, report: ResultsReport) -> None:
    taken_back, _ = await harness.leaving()
    for _ in range(3):
        await harness.leaving()
    await take_back(harness, taken_back)
    now = harness.now()
    home = await report.home(now=now)
    answer = await report.stats(requester=MONA, period=Period.last(MONTH, now=now), now=now)
    assert isinstance(answer, Stats)
    assert home.summary == answer.summary
    assert (sum(day.left for day in home.days), sum(day.back for day in home.days)) == (4, 1)
    assert len(home.days) == 31


async def test_the_lift_is_of_a_settled_year(harness: ProposalHarness, report: ResultsReport) -> None:
    _, case = await harness.leaving()
    await hold_out(harness, case, drawn=False)
    await harness.work()
    _, held_out = await harness.leaving()
    await hold_out(harness, held_out)
    await harness.work()
    proposal = await harness.newest(held_out.id)
    assert proposal is not None
    assert proposal.state == "held_out"
    harness.pass_time(FINAL_AFTER - 2 * DAY)
    nobody = Arm(people=0, won=0)
    assert (await stats(report, harness)).lift == TooFew(offered=nobody, held_out=nobody)
    harness.pass_time(4 * DAY)
    told = await stats(report, harness)
    one = Arm(people=1, won=0)
    assert (told.lift, told.talked_to) == (TooFew(offered=one, held_out=one), 0)
    assert told.lift_until < harness.now() - 100 * DAY
    assert not isinstance(told.lift, Lift)
    assert case.person_id != held_out.person_id


async def test_picking_by_hand_leaves_the_lift(harness: ProposalHarness) -> None:
    _, picked = await harness.leaving()
    await hold_out(harness, picked)
    ready = await harness.flows.drafts.form(requester=AGENT, case_id=picked.id, now=harness.now())
    assert ready is not None
    await harness.work()
    async with harness.store.read() as unit:
        [found] = await unit.reports.measured([picked.person_id])
    assert found.draw is not None
    assert (found.draw.holdout, found.picked) == (True, True)


async def test_losses_are_per_month(harness: ProposalHarness, report: ResultsReport) -> None:
    await harness.leaving()
    await harness.work()
    _, unanswered = await harness.leaving(amount=1900)
    answer = await report.losses(requester=MONA, period=Period.last(MONTH, now=harness.now()), now=harness.now())
    assert isinstance(answer, LossReport)
    [loss] = answer.whole
    assert (loss.cases, loss.monthly, loss.addressed) == (2, Money(6800, "eur"), Money(4900, "eur"))
    assert [hole.why for hole in answer.groups] == ["too_expensive"]
    assert unanswered.episode.state == "pending"


async def test_a_report_counts_what_is_new_and_says_what_is_left(
    harness: ProposalHarness, report: ResultsReport
) -> None:
    await harness.leaving()
    async with harness.store.begin() as unit:
        changes = [{"person_id": uuid4()} for _ in range(600)]
        await unit._connection.execute(tables.report_changes.insert(), changes)
        await unit.commit()
    first = await stats(report, harness)
    assert first.summary.whole.cases == 1
    assert 0 < first.uncounted < 600
    assert (await stats(report, harness)).uncounted == 0


@pytest.mark.parametrize("requester", [AGENT, ADA])
async def test_only_managers_see_the_figures(
    report: ResultsReport, shipping: FeatureLaunch, harness: ProposalHarness, requester: Staff
) -> None:
    now = harness.now()
    answers: Sequence[object] = [
        await report.stats(requester=requester, period=Period.last(MONTH, now=now), now=now),
        await report.losses(requester=requester, period=Period.last(MONTH, now=now), now=now),
        await shipping.requests(requester=requester, feature=ShippedFeature(name="export"), now=now),
        await shipping.remembered(requester=requester, now=now),
        await shipping.propose(requester=requester, feature="export", case_ids=(), now=now),
    ]
    assert [type(each) for each in answers] == [PermissionDenied] * 5
    async with report.context.store.read() as unit:
        assert await unit.shipped_features.all() == []


async def customer(filing: CustomerProfiles, harness: ProposalHarness, who: Address | str) -> CustomerProfile:
    answer = await filing.customer(requester=AGENT, who=who, now=harness.now())
    assert isinstance(answer, FoundProfiles), answer
    [dossier] = answer.people
    return dossier


async def test_a_profile_shows_everything(harness: ProposalHarness, filing: CustomerProfiles) -> None:
    wishing = harness.customer(email="Fox.M@scully-mail.com")
    _, case = await harness.leaving(wishing)
    await harness.work()
    proposal = await harness.newest(case.id)
    assert proposal is not None
    await harness.approve(proposal)
    async with harness.store.begin() as unit:
        await unit.people.suppress(case.person_id, by=AGENT.id, why="asked", at=harness.now())
        await unit.commit()
    told = await customer(filing, harness, Address(value="fox.m@scully-mail.com"))
    [(known, consent)] = told.customers
    assert (known.id, consent) == (wishing["id"], "given")
    assert [each.id for each, _ in told.cases] == [case.id]
    assert [each.id for each in told.proposals] == [proposal.id]
    assert [each.case_id for each in told.offers] == [case.id]
    assert told.suppression is not None
    assert told.suppression.by == AGENT.id
    by_subscription = await customer(filing, harness, case.subscription_id)
    assert by_subscription.cases == told.cases


async def test_a_profile_hides_the_holdout(harness: ProposalHarness, filing: CustomerProfiles) -> None:
    wishing = harness.customer()
    _, case = await harness.leaving(wishing)
    await hold_out(harness, case)
    await harness.work()
    told = await customer(filing, harness, wishing["id"])
    assert (len(told.cases), told.proposals) == (1, ())


async def test_strangers_have_no_profile(harness: ProposalHarness, filing: CustomerProfiles) -> None:
    staying = harness.customer()
    told = await customer(filing, harness, staying["id"])
    assert (told.customers[0][0].id, told.cases, told.suppression) == (staying["id"], (), None)
    for nobody in ("cus_nobody", Address(value="nobody@scully-mail.com")):
        answer = await filing.customer(requester=AGENT, who=nobody, now=harness.now())
        assert answer == FoundProfiles(people=(), search_answered=True)


async def test_profiles_count_as_lookups(harness: ProposalHarness, filing: CustomerProfiles) -> None:
    for _ in range(3):
        await filing.customer(requester=AGENT, who=Address(value="nobody@scully-mail.com"), now=harness.now())
    refused = await filing.customer(requester=AGENT, who="cus_nobody", now=harness.now())
    assert isinstance(refused, LookupLimited)
    assert (refused.limit, refused.per) == (3, "minute")
    assert timedelta() < refused.wait <= timedelta(minutes=1)
    assert [entry.outcome for entry in await harness.recorded("customer")] == [*["found 0"] * 3, "limited"]
    assert not any("@" in (entry.whom or "") for entry in await harness.recorded("customer"))
    await harness.work()
    assert [effect for effect in harness.left if isinstance(effect, AlertLookups)] == [
        AlertLookups(AGENT.id, "C0APPROVE1")
    ]


async def wishes(
    shipping: FeatureLaunch, harness: ProposalHarness, feature: str, *synonyms: str
) -> tuple[FeatureRequest, ...]:
    named = ShippedFeature(name=feature, synonyms=synonyms)
    answer = await shipping.requests(requester=MONA, feature=named, now=harness.now())
    assert isinstance(answer, FeatureRequests)
    return answer.requests


async def test_feature_requests_are_found_by_tag_and_words(harness: ProposalHarness, shipping: FeatureLaunch) -> None:
    _, in_words = await harness.leaving(comment="I needed the CSV\N{NO-BREAK SPACE}Export, really.")
    _, tagged = await harness.leaving()
    await tag(harness, tagged, "csv export")
    await harness.leaving(comment="csv exports are fine")
    back, gone_back = await harness.leaving(comment="csv export")
    await take_back(harness, back)
    found = await wishes(shipping, harness, "csv export")
    assert [(each.case.id, each.wish.found_in) for each in found] == [(tagged.id, "tag"), (in_words.id, "words")]
    assert found[1].wish.words.startswith("I needed")
    assert gone_back.id not in {each.case.id for each in found}


async def test_feature_requests_by_custom_reason(harness: ProposalHarness, shipping: FeatureLaunch) -> None:
    option = harness.account.portal.add_reason("No CSV export")
    subscription = harness.account.subscribe(harness.customer(), harness.price())
    harness.pass_time(DAY)
    harness.account.request_cancellation(subscription)
    harness.account.answer_survey(subscription, "missing_features", None, option)
    case = await harness.case(subscription)
    [found] = await wishes(shipping, harness, "CSV Export")
    assert (found.case.id, found.wish.found_in, found.wish.words) == (case.id, "option", "No CSV export")


async def test_a_wish_in_other_words_is_found_before_and_later(
    harness: ProposalHarness, shipping: FeatureLaunch
) -> None:
    _, before = await harness.leaving(comment="no SAML, so our IT said no")
    found = await wishes(shipping, harness, "SSO", "single sign-on", "SAML")
    assert [(each.case.id, each.wish.words) for each in found] == [(before.id, "no SAML, so our IT said no")]

    _, later = await harness.leaving(comment="Missing: Single Sign-On")
    _, other = await harness.leaving(comment="samlet")
    found = await wishes(shipping, harness, "sso")
    assert [each.case.id for each in found] == [later.id, before.id]
    remembered = await shipping.remembered(requester=MONA, now=harness.now())
    sso = ShippedFeature(name="SSO", synonyms=("single sign-on", "SAML"))
    assert remembered == RememberedFeatures(features=((sso, 2),))
    harness.follow(rules(rule(match=Match(reasons=frozenset({"unused"})))))
    cards = [await shown(harness, each) for each in (later, other)]
    assert [card.shipped for card in cards] == ["SSO", None]

    assert len(await wishes(shipping, harness, "SSO", "OpenID")) == 0
    assert len(await wishes(shipping, harness, "SSO")) == 0


async def shown(harness: ProposalHarness, case: Case) -> CaseCard:
    card = await harness.flows.card_publisher.card(case.id, now=harness.now())
    assert card is not None
    return card


async def test_news_of_a_feature_reaches_who_left_long_ago(harness: ProposalHarness, shipping: FeatureLaunch) -> None:
    subscription, _ = await harness.leaving(comment="csv export")
    harness.account.cancel_now(subscription)
    harness.pass_time(300 * DAY)
    await harness.case(subscription)
    [found] = await wishes(shipping, harness, "CSV export")

    news = await shipping.propose(requester=MONA, feature="CSV export", case_ids=[found.case.id], now=harness.now())
    assert isinstance(news, FeatureProposals)
    [(_, proposed)] = news.answers
    assert isinstance(proposed, Proposed), proposed
    assert proposed.proposal.expires_at > harness.now()
    assert isinstance(await harness.approve(proposed.proposal, MAX), Approved)
    offer = await harness.offer(proposed.proposal.id)
    assert offer is not None
    assert offer.expires_at > harness.now()


async def test_a_case_that_is_too_old_gets_nothing_else(harness: ProposalHarness) -> None:
    subscription, wishing = await harness.leaving(comment="csv export")
    harness.account.cancel_now(subscription)
    harness.pass_time(300 * DAY)
    await harness.case(subscription)

    answer = await harness.flows.drafts.propose(
        requester=AGENT, case_id=wishing.id, offer=Restart(), note=None, send_at=None, now=harness.now()
    )

    assert isinstance(answer, NotEligible)
    assert "too_old" in {each.why for each in answer.rejected}


async def test_an_email_is_proposed_to_each(harness: ProposalHarness, shipping: FeatureLaunch) -> None:
    _, wishing = await harness.leaving(comment="csv export")
    _, held_out = await harness.leaving(comment="csv export")
    await hold_out(harness, held_out)
    ids: list[CaseId] = [wishing.id, held_out.id]
    answer = await shipping.propose(requester=MONA, feature="CSV export", case_ids=ids, now=harness.now())
    assert isinstance(answer, FeatureProposals)
    (first, proposed), (second, refused) = answer.answers
    assert [first, second] == ids
    assert isinstance(proposed, Proposed)
    assert proposed.proposal.draft.terms.offer == Restart(shipped="CSV export")
    assert isinstance(refused, NotEligible)
    assert [each.why for each in refused.rejected] == ["holdout"]


async def test_at_most_twenty_are_proposed(harness: ProposalHarness, shipping: FeatureLaunch) -> None:
    ids = [CaseId(uuid4()) for _ in range(25)]
    answer = await shipping.propose(requester=MONA, feature="export", case_ids=ids, now=harness.now())
    assert isinstance(answer, FeatureProposals)
    assert [each for each, _ in answer.answers] == ids[:20]
