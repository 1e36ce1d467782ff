"""What became of a link: the bot's direct message to its agent, and *My links*."""

from datetime import timedelta
from uuid import uuid4

from bot.views.portal_links.lookup import REVOKE
from domain.billing.portal_access import Purpose
from domain.ids import StaffId
from flows.portal_links.answers import Address, CustomerFound, LinkShown, Request
from flows.portal_links.page_answers import OpenPortal
from flows.ports import Staff
from sandbox.slack.messages import Message
from sandbox.stripe.ledger import Json
from tests.bot.harness import TEAM, SlackHarness
from tests.bot.seen import answer_to, seen

AGENT = Staff(id=StaffId("U0AGENT001"), team_id=TEAM)
LEASE = timedelta(seconds=90)


def customer(room: SlackHarness, email: str) -> Json:
    return next(each for each in room.sandbox.stripe.ledger.all("customer") if each.get("email") == email)


async def shown(room: SlackHarness, email: str) -> tuple[LinkShown, str]:
    """Return a link that was shown to the agent, and its token."""
    now = room.sandbox.clock.now()
    request = Request(who=Address(value=email), purpose=Purpose.HOME, ticket=None)
    found = await room.flows.customer_lookup.open(requester=AGENT, request=request, now=now)
    assert isinstance(found, CustomerFound), found
    link = await room.flows.link_delivery.show(requester=AGENT, target=found.target, now=now)
    assert isinstance(link, LinkShown), link
    return link, link.url.rpartition("/")[2]


async def come_back(room: SlackHarness, token: str, *, now_cancels: Json | None) -> None:
    """Open the portal, perhaps cancel there, and come back."""
    now = room.sandbox.clock.now()
    opened = await room.flows.landing_pages.enter(token, code=None, now=now)
    assert isinstance(opened, OpenPortal), opened
    if now_cancels is not None:
        room.sandbox.stripe.request_cancellation(now_cancels)
    session = room.sandbox.stripe.portal.visit(opened.url.rpartition("/")[2])
    assert session is not None
    back = session.session["return_url"].rpartition("/")[2]
    await room.flows.landing_pages.return_from_portal(back, now=now)


async def work(room: SlackHarness) -> None:
    """Run all effects that are due."""
    owner, now = uuid4(), room.sandbox.clock.now()
    wall = room.flows.context.wall
    done = True
    while done:
        done = False
        for lane in ("stripe", "slack"):
            async with room.store.begin() as unit:
                rows = await unit.outbox.claim(
                    lane, owner=owner, now=now, wall=wall(), lease=LEASE, limit=10, probing=False
                )
                await unit.commit()
            for row in rows:
                done = True
                await room.flows.dispatcher.dispatch(row, owner=owner, now=now)


def told(room: SlackHarness, before: int = 0) -> list[Message]:
    slack = room.sandbox.slack
    return slack.messages(slack.direct("agent"))[before:]


async def test_open_and_return_are_seen_in_the_message(room: SlackHarness) -> None:
    lea = customer(room, "lea@novak-mail.com")
    subscription = next(iter(room.sandbox.stripe.ledger.all("subscription", customer=lea["id"])))
    before = len(told(room))
    _, token = await shown(room, "lea@novak-mail.com")
    await work(room)
    assert told(room, before) == []

    await come_back(room, token, now_cancels=subscription)
    await work(room)

    (message,) = told(room, before)
    assert message.text == "Your portal link: they came back and cancelled."
    steps = seen(message)
    assert "shown to you" in steps
    assert steps.index("Opened") < steps.index("→ came back") < steps.index("→ cancelled")
    assert "1 opening left until" in steps
    assert "novak" not in steps.lower()


async def test_who_changes_nothing_is_told_apart_and_revoked_links_say_so(room: SlackHarness) -> None:
    before = len(told(room))
    _, token = await shown(room, "dana@acme-mail.com")
    await come_back(room, token, now_cancels=None)
    await work(room)
    (message,) = told(room, before)
    assert "→ changed nothing" in seen(message)

    slack = room.sandbox.slack
    answer = await answer_to(slack, "agent", lambda: slack.click("agent", message, REVOKE))
    assert "The link was revoked" in seen(answer)
    await work(room)
    (message,) = told(room, before)
    assert message.text == "Your portal link: revoked."


async def test_a_link_that_nobody_opened_is_told_of_when_it_expires(room: SlackHarness) -> None:
    before = len(told(room))
    await shown(room, "lea@novak-mail.com")
    room.sandbox.clock.advance(timedelta(hours=1, minutes=1))
    await work(room)
    (message,) = told(room, before)
    assert message.text == "Your portal link: expired, never opened."
    assert "Expired" in seen(message)


async def test_an_agent_who_has_left_is_told_nothing(room: SlackHarness) -> None:
    _, token = await shown(room, "dana@acme-mail.com")
    before, agent = len(told(room)), room.sandbox.slack.person("agent")
    await come_back(room, token, now_cancels=None)
    agent.deleted = True
    room.directory.forget()
    try:
        await work(room)
        assert told(room, before) == []
        async with room.store.read() as unit:
            assert not await unit.outbox.listed(states=["dead"], limit=10)
    finally:
        agent.deleted = False
