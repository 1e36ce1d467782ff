"""What a manager sees of a proposal and presses: approve, decline, snooze, never contact; each click is answered."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.views.winback.corrections import correction_message
from domain.ids import StaffId
from sandbox.server import Sandbox
from sandbox.slack.workspace import Workspace
from tests.bot.harness import APPROVALS, CANCELLATIONS, SlackHarness
from tests.bot.lost_customers import MONA, card, left, now_is, proposed, shown, work
from tests.bot.seen import PATIENT, answer_to, modal_of, seen
from tests.flows.winback.harness import rules


async def test_proposal_shows_all_to_decide(room: SlackHarness, slack: Workspace) -> None:
    _, message = await proposed(room, name="Dana <!channel> Scully")

    told = seen(message)
    assert message.text == (
        "A win-back offer for a Pro customer waits for a decision: 20% off 3 invoices, at most €29.40"
    )
    for words in (
        "Dana <!channel> Scully",  # in rich text, in which nothing is markup
        "Gives away at most €29.40 over 3 invoices. If they stay, €49 a month after that.",
        "too expensive",
        "*Why this:* the rule “rule” is for cases like this",
        "unanswered, nothing is sent",
        "Dana <!channel> Scully gets by email: 20% off 3 invoices, at most €29.40.",
    ):
        assert words in told
    assert "@scully-mail.com" not in told
    assert "https://billing.example.com/o/…" not in told


async def test_the_rest_is_behind_read_the_email(room: SlackHarness, slack: Workspace) -> None:
    _, message = await proposed(room)

    await slack.choose("manager", message, "proposal_more", "Read the email")
    modal = await modal_of(slack, "manager")
    await slack.wait_for(lambda: "https://billing.example.com/o/…" in seen(modal))

    for words in ("*The email*", "• The rule “rule” is for cases like this", "*History*\nCustomer for"):
        assert words in seen(modal)


async def test_a_decided_proposal_has_no_email_to_read(room: SlackHarness, slack: Workspace) -> None:
    proposal, message = await proposed(room)
    async with room.store.begin() as unit:
        decided = replace(
            proposal, state="declined", why="too_much", decided_by=StaffId("U0MANAGER1"), decided_at=proposal.created_at
        )
        assert await unit.proposals.save(decided)
        await unit.commit()

    await slack.choose("manager", message, "proposal_more", "Read the email")
    modal = await modal_of(slack, "manager")

    await slack.wait_for(lambda: "Nothing is emailed any more" in seen(modal))


async def test_approval_counts_once(room: SlackHarness, slack: Workspace) -> None:
    proposal, message = await proposed(room)

    answer = await answer_to(slack, "manager", lambda: slack.click("manager", message, "proposal_approve"))
    late = await answer_to(slack, "manager2", lambda: slack.click("manager2", message, "proposal_approve"))

    assert "Approved: 20% off 3 invoices. The email goes out as soon as" in seen(answer)
    assert "your click changed nothing. <@U0MANAGER1> approved it" in seen(late)
    assert (await now_is(room, proposal)).state == "approved"


@pytest.mark.parametrize(
    ("who", "said"),
    [("agent", "Only a manager can do this. Ask <@U0MANAGER1>"), ("admin", "Only a manager can do this")],
)
async def test_only_managers_approve(room: SlackHarness, slack: Workspace, who: str, said: str) -> None:
    proposal, message = await proposed(room)
    channel = slack.channel("winback-approvals")
    channel.members.append("U0AGENT001")
    try:
        answer = await answer_to(slack, who, lambda: slack.click(who, message, "proposal_approve"))
    finally:
        channel.members.remove("U0AGENT001")

    assert said in seen(answer)
    assert (await now_is(room, proposal)).state == "open"


async def test_decline_needs_a_reason(room: SlackHarness, slack: Workspace) -> None:
    case = await left(room)
    async with room.store.read() as unit:
        [proposal] = await unit.proposals.of_case(case.id)
    message = await shown(room, proposal)
    await slack.click("manager", message, "proposal_decline")
    form = await modal_of(slack, "manager")

    await slack.submit("manager", form, {"why": "too_much"})
    await work(room)

    assert slack.modal("manager") is None
    assert (await now_is(room, proposal)).why == "too_much"
    sentence = "No offer: <@U0MANAGER1> declined 20% off 3 invoices"
    for place in (message, await card(room, case)):
        assert sentence in seen(place)
        assert "because it gives away too much." in seen(place)
    assert not [block for block in message.blocks if block["type"] == "actions"]


async def test_a_snooze_ends_in_time_to_decide(room: SlackHarness, slack: Workspace) -> None:
    proposal, message = await proposed(room)
    await slack.choose("manager", message, "proposal_more", "Snooze…")
    form = await modal_of(slack, "manager")

    await slack.submit("manager", form, {"days": "For 3 days"})
    await work(room)

    snoozed = await now_is(room, proposal)
    assert snoozed.snoozed_until is not None
    assert abs(snoozed.snoozed_until - room.sandbox.clock.now() - timedelta(days=3)) < timedelta(minutes=5)
    assert "Snoozed until" in seen(form)
    assert "Snoozed: Pro" in seen(message)
    answer = await answer_to(slack, "manager", lambda: slack.click("manager", message, "proposal_approve"))
    assert "Approved" in seen(answer)


async def test_only_managers_undo_never_contact(room: SlackHarness, slack: Workspace) -> None:
    case = await left(room)
    async with room.store.read() as unit:
        [proposal] = await unit.proposals.of_case(case.id)
    message = await shown(room, proposal)
    await slack.choose("manager", message, "proposal_more", "Never contact…")
    await slack.submit("manager", question := await modal_of(slack, "manager"))
    await slack.close("manager", question)
    await work(room)

    assert "Not sent: they are not to be contacted." in seen(message)
    living = await card(room, case)
    assert "Propose win-back…" not in seen(living)
    for who, said in (("agent", "Only a manager can do this"), ("manager", "they can be contacted again")):
        await slack.choose(who, living, "card_more", "Contact again…")
        form = await modal_of(slack, who)
        await slack.submit(who, form, {"why": "by_mistake"})
        assert said in seen(form)
        await slack.close(who, form)
    async with room.store.read() as unit:
        assert not await unit.people.suppressed(case.person_id)


async def test_form_shows_cost_while_typing(room: SlackHarness, slack: Workspace) -> None:
    proposal, message = await proposed(room)
    await slack.click("manager", message, "proposal_change")
    form = await modal_of(slack, "manager")
    await slack.wait_for(lambda: "€29.40" in seen(form), PATIENT)

    await slack.choose("manager", form, "offer_percent", "25")
    await slack.wait_for(lambda: "at most €36.75 over 3 invoices" in seen(form), PATIENT)
    assert "This counts as your own proposal" in seen(form)
    await slack.choose("manager", form, "offer_invoices", "2")
    await slack.wait_for(lambda: "at most €24.50 over 2 invoices" in seen(form), PATIENT)
    await slack.submit("manager", form, {"offer_note": "Stay with us."})
    await slack.wait_for(lambda: "Changed to 25% off 2 invoices" in seen(form), PATIENT)
    await slack.close("manager", form)
    await work(room)

    changed = await now_is(room, proposal)
    assert changed.draft.note == "Stay with us."
    assert changed.by_hand == "U0MANAGER1"
    assert "25% off 2 invoices" in seen(message)
    assert "Proposed by <@U0MANAGER1>, who cannot approve it alone." in seen(message)
    alone = await answer_to(slack, "manager", lambda: slack.click("manager", message, "proposal_approve"))
    assert "your approval alone isn't enough. Nothing was sent. Ask <@U0MANAGER2>." in seen(alone)


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"offer_percent": "25", "offer_amount": "5"}, "offer_amount", "not both"),
        ({"offer_percent": "120"}, "offer_percent", "below 100"),
        ({"offer_percent": "-5"}, "offer_percent", "below 100"),
        ({"offer_percent": "1e1"}, "offer_percent", "below 100"),
        ({"offer_percent": "", "offer_amount": "5,00"}, "offer_amount", "Write EUR as a plain number"),
        ({"offer_percent": "", "offer_amount": "5.000"}, "offer_amount", "Write EUR as a plain number"),
        ({"offer_percent": "40"}, "offer_kind", "over the policy's limit of 30%"),
    ],
)
async def test_form_marks_invalid_fields(
    room: SlackHarness, slack: Workspace, typed: dict[str, str], field: str, said: str
) -> None:
    proposal, message = await proposed(room)
    await slack.click("manager", message, "proposal_change")
    form = await modal_of(slack, "manager")
    await slack.wait_for(lambda: "€29.40" in seen(form), PATIENT)

    await slack.submit("manager", form, dict(typed))

    assert said in form.errors[field]
    await slack.close("manager", form)
    assert (await now_is(room, proposal)).version == proposal.version


async def test_agent_proposes_manager_approves(room: SlackHarness, slack: Workspace) -> None:
    case = await left(room)
    async with room.store.read() as unit:
        [proposal] = await unit.proposals.of_case(case.id)
    await slack.click("manager", await shown(room, proposal), "proposal_decline")
    await slack.submit("manager", await modal_of(slack, "manager"), {"why": "wrong_offer"})
    await work(room)
    await slack.click("agent", await card(room, case), "card_propose")
    form = await modal_of(slack, "agent")
    await slack.wait_for(lambda: "What do they get?" in seen(form), PATIENT)

    await slack.choose("agent", form, "offer_kind", "A pause of billing")
    await slack.wait_for(lambda: "a pause of 1 month: billing restarts on" in seen(form).lower(), PATIENT)
    for ticket, wrong in (("", "In which ticket did they ask?"), ("mail of dana@acme.com", "A ticket is a number")):
        await slack.submit("agent", form, {"offer_asked": ["asked"], "offer_ticket": ticket})
        assert wrong in form.errors["offer_ticket"]
    await slack.submit("agent", form, {"offer_asked": [], "offer_ticket": ""})
    await slack.wait_for(lambda: "Proposed: a pause of 1 month" in seen(form), PATIENT)
    await slack.close("agent", form)
    await work(room)

    async with room.store.read() as unit:
        second = (await unit.proposals.of_case(case.id))[-1]
    message = await shown(room, second)
    assert "<@U0AGENT001> proposes it." in seen(message)
    answer = await answer_to(slack, "manager", lambda: slack.click("manager", message, "proposal_approve"))
    assert "Approved: a pause of 1 month" in seen(answer)


async def test_unclear_email_is_resolved_once(room: SlackHarness, sandbox: Sandbox, slack: Workspace) -> None:
    proposal, message = await proposed(room)
    await answer_to(slack, "manager", lambda: slack.click("manager", message, "proposal_approve"))
    sandbox.faults.add("smtp", "DATA", "drop_after")
    await work(room)
    assert "Whether its email arrived is unclear" in seen(message)
    question = slack.messages(APPROVALS)[-1]
    assert "I won't send it again by myself" in seen(question)

    await slack.click("manager", question, "email_arrived")
    await slack.wait_for(lambda: "Noted: the email arrived" in seen(question), PATIENT)
    await work(room)

    assert "Offer sent" in seen(message)
    assert (await now_is(room, proposal)).state == "approved"


async def test_hold_brings_the_proposal_back(room: SlackHarness, slack: Workspace) -> None:
    room.flows.policies.current = rules(approval_hold=timedelta(minutes=5))
    proposal, message = await proposed(room)
    await answer_to(slack, "manager", lambda: slack.click("manager", message, "proposal_approve"))
    await work(room)
    assert "Approved by <@U0MANAGER1>" in seen(message)
    assert "\nHold\n" in seen(slack.messages(CANCELLATIONS)[-1])

    answer = await answer_to(slack, "manager", lambda: slack.click("manager", message, "offer_hold"))
    await work(room)

    assert "Held: nothing was sent" in seen(answer)
    assert "Approved before, but not sent: a manager held it." in seen(message)
    assert "Approve & send" in seen(message)
    assert (await now_is(room, proposal)).state == "open"


async def test_sent_offers_are_taken_back(room: SlackHarness, slack: Workspace) -> None:
    proposal, message = await proposed(room, name="Dana Scully")
    await answer_to(slack, "manager", lambda: slack.click("manager", message, "proposal_approve"))
    await work(room)
    late = await room.flows.corrections.hold(requester=MONA, proposal_id=proposal.id, now=room.sandbox.clock.now())
    told = correction_message(late)
    assert re.search(r"It left at <!date.*>; take the offer back instead\?", told["text"])

    await slack.click("manager", message, "offer_take_back")
    modal = await modal_of(slack, "manager")
    assert seen(modal).splitlines()[0] == "*Dana Scully* · Pro"
    await slack.submit("manager", modal, {"why": "mistake"})
    await slack.wait_for(lambda: "Taken back: the offer's page now says" in seen(modal), PATIENT)
    await work(room)

    assert "Taken back because it was approved by mistake: 20% off 3 invoices." in seen(message)
