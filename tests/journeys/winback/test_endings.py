"""How a proposal or an offer ends if nobody accepts: declined, snoozed, expired, unsubscribed, undone."""

import copy
from collections.abc import AsyncIterator

import httpx2
import pytest
from sqlalchemy import RowMapping, select

from sandbox.slack.messages import Message
from sandbox.slack.views import View, elements
from sandbox.stripe.ledger import DAY, Json
from storage import tables
from tests.bot.seen import seen
from tests.journeys.faults.kills import read
from tests.journeys.portal_links.questions import buttons
from tests.journeys.visitor import Visitor
from tests.journeys.winback.policies import AT_ONCE
from tests.journeys.winback.winback import (
    DECLINE,
    address_of,
    all_done,
    approve,
    before_the_end,
    chosen,
    email_to,
    form_after,
    home,
    leaves,
    link_in,
    move_to,
    offer_rows,
    offered,
    opened,
    plain,
    proposal_of,
    proposed,
    says_yes,
    shows,
    submit,
    unheard,
    winning_back,
)
from tests.journeys.world import World


@pytest.fixture(scope="module")
async def w(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with winning_back(tmp_path_factory.mktemp("endings"), AT_ONCE) as w:
        yield w


async def on_card(w: World, who: str, card: Message, entry: str, values: dict[str, str], *words: str) -> str:
    """Choose an entry of a card's menu, submit the form that opens, and read what takes its place."""
    form = await form_after(w, who, lambda: w.sandbox.slack.choose(who, card, "card_more", entry))
    return await submit(w, who, form, values, *words)


async def test_decline_leads_to_the_next_step(w: World) -> None:
    subscription, proposal = await proposed(w, "Declan Declined")
    form = await opened(w, "manager", proposal, DECLINE, "Why not?")
    assert "decline" in form.callback_id

    await submit(w, "manager", form, {"why": "too_much"})

    proposal = await proposal_of(w, "Declan Declined", "No offer: <@U0MANAGER1> declined", "it gives away too much")
    assert not buttons(proposal)
    await w.card_of(subscription, "No offer: <@U0MANAGER1> declined", "Propose win-back…")
    await before_the_end(w, subscription)
    await proposal_of(w, "Declan Declined", "Going on at the same price", "Gives nothing away.")
    assert not w.sandbox.mailbox.to("declan.declined@scully-mail.com")


async def test_snoozed_proposal_returns_in_time(w: World) -> None:
    ends_at = w.sandbox.stripe.ledger.now + 5 * DAY
    subscription, proposal = await proposed(w, "Sam Snoozed", trial_end=ends_at)
    form = await chosen(w, "manager", proposal, "Snooze…", "For how long?")

    told = await submit(w, "manager", form, {"days": "7"}, "Snoozed until")

    wakes_at = ends_at - 4 * 3600
    assert f"<!date^{wakes_at}^" in told  # and not a week from now: then there would be nothing to decide any more
    assert f"<!date^{wakes_at}^" in plain(seen(await proposal_of(w, "Sam Snoozed", "Snoozed until")))
    await w.card_of(subscription, "It is snoozed until")
    await move_to(w, wakes_at + 60)
    proposal = await proposal_of(w, "Sam Snoozed", "Decide by")
    assert "Approved: " in await approve(w, proposal)


async def test_undecided_proposal_expires(w: World) -> None:
    subscription, proposal = await proposed(w, "Ex Pired")
    looked_at = copy.deepcopy(proposal)

    w.pass_time(days=7, minutes=1)

    await proposal_of(w, "Ex Pired", "Expired", "Nobody decided in time, so nothing was sent")
    await w.card_of(subscription, "Nobody decided in time")
    assert "That was decided before" in await approve(w, looked_at)
    assert not offer_rows(w, subscription)


async def test_suppressed_people_get_no_email(w: World) -> None:
    subscription, proposal = await proposed(w, "Nellie Never")

    form = await chosen(w, "manager", proposal, "Never contact…", "This person will never get an offer again")
    await submit(w, "manager", form, {}, "they won't be contacted again")

    await proposal_of(w, "Nellie Never", "Not sent", "they are not to be contacted")
    card = await w.card_of(subscription, "Never contact: no offer will be made to them.")
    assert "card_propose" not in buttons(card)
    told = await on_card(w, "manager", card, "Contact again…", {"why": "they_asked"}, "they can be contacted again")
    assert "The card says so too" in told
    card = await w.card_of(subscription, "Propose win-back…")
    assert "Never contact:" not in seen(card)


async def test_never_contact_ends_the_offer(w: World) -> None:
    subscription, email = await offered(w, "Willa Withdrawn")
    card = await w.card_of(subscription, "Offer sent")

    await on_card(w, "agent", card, "Never contact…", {}, "they won't be contacted again")

    await proposal_of(w, "Willa Withdrawn", "The email was sent, but the offer no longer holds")
    async with Visitor() as visitor:
        page = await visitor.open(link_in(email, "o"))
        assert (visitor.status, "This offer is no longer open" in page) == (410, True)
    assert subscription["cancel_at"] is not None


async def test_one_click_unsubscribe_is_final(w: World) -> None:
    subscription, email = await offered(w, "Una Unsubscribed")
    url = link_in(email, "u")
    assert email.header("List-Unsubscribe") == f"<{url}>"
    assert email.header("List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
    async with Visitor() as visitor:
        assert "Stop these emails?" in await visitor.open(url)
    await all_done(w)
    assert "Never contact:" not in seen(await w.card_of(subscription))

    async with httpx2.AsyncClient(trust_env=False) as provider:  # as RFC 8058 has it: no cookie, no referrer
        answer = await provider.post(url, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200

    card = await w.card_of(subscription, "Never contact: no offer will be made to them.", "they unsubscribed")
    await proposal_of(w, "Una Unsubscribed", "The email was sent, but the offer no longer holds: they unsubscribed")
    values = {"why": "by_mistake"}
    await on_card(w, "manager", card, "Contact again…", values, "nobody here can undo that")
    async with Visitor() as visitor:
        assert "You won't get any more of these emails" in await visitor.open(url)
        assert "This offer is no longer open" in await visitor.open(link_in(email, "o"))


async def test_acceptance_is_undone_within_a_day(w: World) -> None:
    subscription, _ = await offered(w, "Ursula Undone")
    ends_at = subscription["cancel_at"]
    await says_yes(w, "Ursula Undone")
    assert (subscription["cancel_at"], len(subscription["discounts"])) == (None, 1)
    url = link_in(await email_to(w, "Ursula Undone", 2), "undo")
    await w.card_of(subscription, "stays with Pro")
    await all_done(w)
    assert [each["how"] for each in outcomes(w, subscription)] == ["accepted"]

    async with Visitor() as visitor:
        assert "Undo it?" in await visitor.open(url)
        assert subscription["cancel_at"] is None
        assert "That's undone" in await visitor.press("Undo")
        assert (subscription["cancel_at"], subscription["discounts"]) == (ends_at, [])
        assert "That's undone" in await visitor.open(url)

    await proposal_of(w, "Ursula Undone", "they changed their mind")
    await all_done(w)
    [card] = w.cards_of(subscription)
    told = plain(seen(card))
    assert " cancelled " in told
    assert "too expensive" in told
    assert "they changed their mind" in told
    assert "their second" not in told
    replies = [reply.text for reply in w.sandbox.slack.replies(card)]
    assert [reply.partition(":")[0] for reply in replies] == ["They accepted and stay", "They undid their acceptance"]
    assert outcomes(w, subscription) == []

    # What they do later is theirs, and told once more.
    w.sandbox.stripe.take_back(subscription)
    await w.card_of(subscription, "stays with Pro")
    await all_done(w)
    assert [reply.text for reply in w.sandbox.slack.replies(card)][2:] == [
        "They came back: they took the cancellation of Pro back."
    ]
    assert [each["how"] for each in outcomes(w, subscription)] == ["after_email"]


def outcomes(w: World, subscription: Json) -> list[RowMapping]:
    """Return what is recorded of the returns of a subscription's cases."""
    of_case = tables.outcomes.c.case_id == tables.cases.c.id
    of_it = tables.cases.c.subscription_id == subscription["id"]
    return list(read(w, select(tables.outcomes).join_from(tables.outcomes, tables.cases, of_case).where(of_it)))


async def test_undo_ends_after_a_day(w: World) -> None:
    subscription, _ = await offered(w, "Yolanda Yesterday")
    await says_yes(w, "Yolanda Yesterday")
    url = link_in(await email_to(w, "Yolanda Yesterday", 2), "undo")
    async with Visitor() as visitor:
        await visitor.open(url)
        w.pass_time(hours=24, minutes=1)

        assert "can't be undone here any more" in await visitor.press("Undo")

    assert (subscription["cancel_at"], len(subscription["discounts"])) == (None, 1)


async def test_caller_owns_the_case_and_is_asked(w: World) -> None:
    slack = w.sandbox.slack
    subscription = await leaves(w, "Cal Back", "unused")
    form = await opened(w, "agent", await w.card_of(subscription, "Propose win-back…"), "card_propose", "What do they")
    await slack.choose("agent", form, "offer_kind", "call_back")
    await shows(w, "agent", "Who talks to them?")
    await submit(w, "agent", form, {"offer_who": "U0AGENT002"}, "Proposed: a personal talk")

    told = await approve(w, await proposal_of(w, "Cal Back", "A personal talk", "Gives nothing away."))

    assert "Approved: a personal talk. Nothing is emailed" in told
    await w.card_of(subscription, "<@U0AGENT002> is talking to them", "A personal talk instead of an email")
    w.pass_time(days=2, minutes=1)
    await w.until(lambda: [each for each in slack.messages(slack.direct("agent2")) if "What came of it?" in each.text])
    assert not w.sandbox.mailbox.to(address_of("Cal Back"))


async def test_home_tab_approves_several(w: World) -> None:
    slack = w.sandbox.slack
    waiting = ["Bulk One", "Bulk Two", "Bulk Gone"]
    subscriptions = {name: (await proposed(w, name))[0] for name in waiting}
    await home(w, "manager", *(f"*{name}* · 20% off 3 invoices, at most €29.40" for name in waiting))
    tab = slack.home("manager")
    assert tab is not None
    values = {option["text"]["text"].partition(":")[0]: option["value"] for option in options_of(tab, "home_pick")}

    await slack.choose("manager", tab, "home_pick", [values[name] for name in waiting])
    await home_says(w, "Approve selected (3), at most €88.20")
    async with unheard(w):
        w.sandbox.stripe.take_back(subscriptions["Bulk Gone"])  # a second before the yes
        form = await form_after(w, "manager", lambda: slack.click("manager", tab, "home_approve"), "2 of 3 approved.")

    told = plain(seen(form))
    assert "*Bulk One: 20% off 3 invoices, at most €29.40*: Approved: 20% off 3 invoices." in told
    assert "Nothing was done: they are back already." in told
    for name in ("Bulk One", "Bulk Two"):
        await email_to(w, name)
    await w.sandbox.slack.open_home("manager")
    await w.until(lambda: not any(f"*{name}* ·" in home_of(w) for name in waiting))
    assert not offer_rows(w, subscriptions["Bulk Gone"])


def options_of(tab: View, name: str) -> list[Json]:
    """Return what can be chosen in a select of the home tab."""
    [element] = [element for _, element in elements(tab.blocks) if element["action_id"] == name]
    options: list[Json] = element["options"]
    return options


async def home_says(w: World, *words: str) -> None:
    """Wait until the manager's home tab, as it was published last, says these words."""
    await w.until(lambda: all(word in home_of(w) for word in words))


def home_of(w: World) -> str:
    """Return all words of the manager's home tab, as it was published last."""
    view = w.sandbox.slack.home("manager")
    return plain(seen(view)) if view is not None else ""


async def test_unused_offer_expires(w: World) -> None:
    subscription, email = await offered(w, "Lara Late")
    url = link_in(email, "o")
    async with Visitor() as visitor:
        await visitor.open(url)
        w.pass_time(days=14, minutes=1)

        assert "This offer is over" in await visitor.press("Continue")

        assert "This offer is over" in await visitor.open(url)
        assert visitor.status == 410
    await proposal_of(w, "Lara Late", "it has expired")
    assert subscription["discounts"] == []
