"""Each subcommand of `/winback`: what it answers, to whom, and what its buttons do."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest

from bot.slack.reply_deadline import ReplyDeadline
from bot.views import texts
from domain.billing.monthly_value import MonthlyValue
from domain.ids import ProposalId
from domain.money import Money
from domain.winback.policy import StandingApproval
from domain.winback.standing_approval import LIFETIME, digest_of
from flows.cancellations.case_actions import Done
from sandbox.server import Sandbox
from sandbox.slack.messages import Message
from sandbox.slack.workspace import Workspace
from storage.store import SqlStore
from tests.bot.harness import SlackHarness, slack_harness
from tests.bot.lost_customers import MONA, left, proposed, shown, work
from tests.bot.seen import PATIENT, answer_to, modal_of, seen


async def ask(slack: Workspace, who: str, text: str) -> Message:
    return await answer_to(slack, who, lambda: slack.command(who, "support", "/winback", text))


@pytest.mark.parametrize("text", ["", "help", "Help me", "refund everybody"])
async def test_unknown_word_shows_the_usage(room: SlackHarness, slack: Workspace, text: str) -> None:
    told = seen(await ask(slack, "nobody", text))
    assert "/winback stats [30d|90d|12m|2026-11]" in told
    assert ("I don't recognise “refund”." in told) == text.startswith("refund")


async def test_a_misspelled_word_is_recognised(room: SlackHarness, slack: Workspace) -> None:
    told = seen(await ask(slack, "manager", "Penidng 2"))
    assert "I don't recognise “Penidng”. Did you mean `/winback pending`?" in told


@pytest.mark.parametrize("word", ["pending", "stats", "leak", "digest", "rules", "shipped sso", "pause", "resume"])
async def test_agent_learns_whom_to_ask(room: SlackHarness, slack: Workspace, word: str) -> None:
    role = {
        "stats": "a manager or a viewer",
        "leak": "a manager or a viewer",
        "digest": "a manager or a viewer",
        "pause": "a manager or an admin",
        "resume": "an admin",
    }
    assert f"Only {role.get(word, 'a manager')} can do this. Ask" in seen(await ask(slack, "agent", word))


async def test_what_waits_is_listed(room: SlackHarness, slack: Workspace) -> None:
    assert seen(await ask(slack, "manager", "pending")) == "Nothing waits for a decision."
    await proposed(room, name="Dana *Scully*")

    told = seen(await ask(slack, "manager", "pending"))

    assert "*1 proposal waits for a decision, at most €29.40 in all.*" in told
    assert "Dana *Scully*" in told
    assert "20% off 3 invoices, at most €29.40" in told


async def test_admin_pauses_and_resumes_sending(room: SlackHarness, slack: Workspace) -> None:
    _, message = await proposed(room)

    question = await ask(slack, "admin", "pause")
    assert "Pause all sending? No approved email waits to be sent." in seen(question)
    await slack.click("admin", question, "pause_sending")
    await slack.wait_for(lambda: "<@U0ADMIN001> paused all sending" in seen(question), PATIENT)
    assert "<@U0ADMIN001> paused all sending" in seen(await ask(slack, "manager", "pause"))
    assert "Only an admin can do this" in seen(await ask(slack, "manager", "resume"))
    answer = await answer_to(slack, "manager", lambda: slack.click("manager", message, "proposal_approve"))
    assert "Not approved: <@U0ADMIN001> paused all sending" in seen(answer)
    assert "Sending has resumed" in seen(await ask(slack, "admin", "resume"))
    assert "Nothing was paused" in seen(await ask(slack, "admin", "resume"))


async def test_stats_show_a_chart_or_a_table(room: SlackHarness, slack: Workspace) -> None:
    for _ in range(3):
        await left(room)

    charted = await ask(slack, "manager", "stats 90d")
    slack.charts_allowed = False
    try:
        tabled = await ask(slack, "manager", "stats 90d")
    finally:
        slack.charts_allowed = True

    assert "data_visualization" in {block["type"] for block in charted.blocks}
    assert "table" in {block["type"] for block in tabled.blocks}
    for answer in (charted, tabled):
        told = seen(answer)
        assert "3 cancellations, 3 offered something. None of them is back yet." in told
        assert "• *Too expensive*: 3 cases" in told
        assert "Not enough data yet: it takes 30 people in each group" in told
    no_month = "I know `30d`, `90d`, `12m` and any month that has begun, like `2026-03`."
    for words in ("stats forever", "leak 2026-13", "stats 2026-04"):
        assert seen(await ask(slack, "manager", words)) == no_month


async def test_a_slow_report_says_nothing_of_stripe(sandbox: Sandbox, store: SqlStore, slack: Workspace) -> None:
    at_once = ReplyDeadline(wait=timedelta(), limit=timedelta(seconds=20))
    async with slack_harness(sandbox, store, deadline=at_once) as room:
        await left(room)
        for word in ("stats", "leak", "pending"):
            both = len(slack.ephemerals("manager")) + 2
            await slack.command("manager", "support", "/winback", word)
            await slack.wait_for(partial(_are_there, slack, both), PATIENT)
            first, answer = slack.ephemerals("manager")[-2:]
            assert first.text == texts.STILL_WORKING
            assert "Stripe" not in seen(answer)


def _are_there(slack: Workspace, count: int) -> bool:
    return len(slack.ephemerals("manager")) >= count


async def test_the_digest_names_nobody(room: SlackHarness, slack: Workspace) -> None:
    assert ", and nobody came back." in seen(await ask(slack, "manager", "digest"))
    await left(room, name="Dana Scully")
    await left(room, name="Fox Mulder", amount=2000)

    told = seen(await ask(slack, "manager", "digest"))

    assert "2 customers left in the 7 days to " in told
    assert ", €69 a month: 2 more than in the 7 days before. Nobody came back." in told
    assert "• €69 a month lost, €0 a month in the 7 days before" in told
    assert "Too expensive 2" in told
    assert "Dana" not in told


async def test_the_leak_is_told_by_reason(room: SlackHarness, slack: Workspace) -> None:
    assert "nobody left for good" in seen(await ask(slack, "manager", "leak"))
    await left(room)

    told = seen(await ask(slack, "manager", "leak 12m"))

    assert "*Too expensive*\n€49 a month lost by 1 case, €49 of it addressed by a rule" in told


async def test_a_value_that_is_not_known_is_no_zero_in_the_leak(room: SlackHarness, slack: Workspace) -> None:
    case = await left(room)
    nothing = Money(0, "eur")
    async with room.store.begin() as unit:
        loss = MonthlyValue(now=nothing, would_be=nothing, usage_based=True)
        await unit.cases.save(replace(case, loss=loss))
        await unit.commit()

    told = seen(await ask(slack, "manager", "leak 12m"))

    assert "*The last 12 months: value not known for 1 case.*" in told
    assert "*Too expensive*\nvalue not known for 1 case" in told


async def test_all_that_is_known_of_a_person(room: SlackHarness, slack: Workspace) -> None:
    proposal, _ = await proposed(room)

    told = seen(await ask(slack, "agent", f"customer {proposal.customer_id}"))

    for words in (
        "Dana Scully",
        "agreed to win-back emails",
        "Pro · €49 a month · too expensive",
        "*Win-back*\n• Proposed:",
    ):
        assert words in told
    assert "There's no such customer at Stripe" in seen(await ask(slack, "agent", "customer nobody@nowhere-mail.com"))
    assert seen(await ask(slack, "agent", "customer sub_gone")) == "There's no subscription `sub_gone` at Stripe."
    assert seen(await ask(slack, "agent", "customer cus_gone")) == "There's no customer `cus_gone` at Stripe."
    assert "Which customer?" in seen(await ask(slack, "agent", "customer #4711"))
    assert "/portal-link" not in seen(await ask(slack, "agent", "customer nobody@@x"))
    assert "Who do you mean?" in seen(await ask(slack, "agent", "customer"))


async def test_shipped_feature_is_proposed(room: SlackHarness, slack: Workspace) -> None:
    case, other = await left(room, name="Fox Mulder"), await left(room, name="Walter Skinner")
    for each in (case, other):
        noted = await room.flows.case_actions.tag_feature(
            requester=MONA, case_id=each.id, feature="Single sign-on", now=room.sandbox.clock.now()
        )
        assert isinstance(noted, Done)
        async with room.store.read() as unit:
            [open_one] = await unit.proposals.of_case(each.id)
        declined = await room.flows.approvals.decline(
            requester=MONA, proposal_id=open_one.id, version=None, why="wrong_offer", now=room.sandbox.clock.now()
        )
        assert declined
    await work(room)
    listed = await ask(slack, "manager", "shipped single SIGN-ON")
    assert "2 people left and asked for “single SIGN-ON”" in seen(listed)

    await slack.choose("manager", listed, "launch_pick", ["Fox Mulder"])
    await slack.click("manager", listed, "launch_propose")
    await slack.wait_for(lambda: "1 of 1 proposed" in seen(listed), PATIENT)
    await work(room)

    async with room.store.read() as unit:
        newest = (await unit.proposals.of_case(case.id))[-1]
        assert len(await unit.proposals.of_case(other.id)) == 1
    assert "Going on at the same price, since single SIGN-ON is there now" in seen(await shown(room, newest))
    nobody = seen(await ask(slack, "manager", "shipped teleporting = beaming & *warp*, hyperspace"))
    assert "Nobody who left" in nobody
    assert "I looked for “teleporting” (beaming &amp; warp, hyperspace)." in nobody
    assert "Name the feature before the `=`" in seen(await ask(slack, "manager", "shipped = SAML"))
    remembered = seen(await ask(slack, "manager", "shipped"))
    assert "• “teleporting” (beaming &amp; warp, hyperspace): 0 people who left ask for it" in remembered
    assert "• “single SIGN-ON”: 2 people who left ask for it" in remembered


async def test_rule_approval_needs_20_decisions(room: SlackHarness, slack: Workspace) -> None:
    listed = await ask(slack, "manager", "rules")
    assert "20% off 3 invoices, as soon as they cancel" in seen(listed)
    assert "Each proposal waits for a manager; none was decided so far: 20 more decisions first" in seen(listed)
    assert "rule_approve" not in str(listed.blocks)

    await decided(room, 3)
    assert "3 were decided so far: 17 more decisions first" in seen(await ask(slack, "manager", "rules"))
    await decided(room, 17)
    listed = await ask(slack, "manager", "rules")
    assert "Each proposal waits for a manager; 20 were decided so far." in seen(listed)
    await slack.click("manager", listed, "rule_approve")
    form = await modal_of(slack, "manager")

    await slack.submit("manager", form, {"budget": "5,00", "currency": "EUR"})
    assert "Write EUR as a plain number" in form.errors["budget"]
    await slack.submit("manager", form, {"budget": "500", "currency": "eur"})

    assert "Approved: *rule* sends by itself from now on, up to €500" in seen(form)


async def test_an_email_that_is_never_automatic_needs_each_approval(room: SlackHarness, slack: Workspace) -> None:
    policy = room.flows.policies.current
    room.flows.policies.current = replace(
        policy, rules=tuple(replace(rule, never=frozenset({"automatic_email"})) for rule in policy.rules)
    )
    await decided(room, 20)

    listed = await ask(slack, "manager", "rules")

    assert "Each proposal waits for a manager: its emails are never automatic." in seen(listed)
    assert "rule_approve" not in str(listed.blocks)


async def decided(room: SlackHarness, times: int) -> None:
    """Let so many more proposals of the rule have been declined."""
    case = await left(room, name="Fox Mulder")
    async with room.store.begin() as unit:
        [proposal] = await unit.proposals.of_case(case.id)
        for number in range(times):
            declined = replace(proposal, id=ProposalId(uuid4()), step=100 + number, state="declined")
            await unit.proposals.add(replace(declined, decided_by=MONA.id, decided_at=room.sandbox.clock.now()))
        await unit.commit()


async def test_rule_approval_is_revoked(room: SlackHarness, slack: Workspace) -> None:
    policy, now = room.flows.policies.current, room.sandbox.clock.now()
    [rule] = policy.rules
    approval = StandingApproval(
        rule=rule.name,
        digest=digest_of(policy, rule, await room.flows.eligibility.catalog(policy)),
        approved_by=MONA.id,
        approved_at=now,
        expires_at=now + LIFETIME,
        budget=Money(50_000, "eur"),
        spent=Money(10_000, "eur"),
    )
    async with room.store.begin() as unit:
        await unit.standing_approvals.replace(approval)
        await unit.commit()
    listed = await ask(slack, "manager", "rules")
    assert "Sends by itself: approved by <@U0MANAGER1> until" in seen(listed)
    assert "€400 left." in seen(listed)

    answer = await answer_to(slack, "manager", lambda: slack.click("manager", listed, "rule_revoke"))
    assert "Taken back: the proposals of *rule* wait for somebody again" in seen(answer)
