"""A win-back email is sent once, in the sending hours; an unclear one waits for a person."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.ids import CaseId, OfferId, StaffId
from domain.permissions import Action
from domain.winback.policy import SendingHours
from domain.winback.proposal import OfferRow
from domain.winback.sending_hours import next_open
from flows.effects import AlertUnclearEmail, EmailOffer
from flows.failures import Refused, Unavailable, Unclear
from flows.people.staff_permissions import PermissionDenied
from flows.ports import Staff
from flows.winback.offers.email import NoUnclearEmail, UnclearEmailResolved
from flows.winback.proposals.answers import Approved
from tests.databases import KEYRING
from tests.flows.winback.offers.flows import PUBLIC, ZONE
from tests.flows.winback.offers.people import AGENT, MANAGER
from tests.flows.winback.offers.winback import Winback

MAX = Staff(id=StaffId("U0MANAGER2"), team_id=MANAGER.team_id)
OFFICE = SendingHours(start=time(9), end=time(17), weekdays=frozenset(range(5)))


async def test_the_email_has_terms_and_unsubscribe(winback: Winback) -> None:
    subscription, case = await winback.leaving()

    offer = await winback.approved(case, note="We are sorry to see you go.")
    await winback.work()

    [content] = winback.scribe.offers
    customer = winback.account.ledger.get("customer", subscription["customer"])
    assert content.customer.email == winback.post.emails[0].to == customer["email"]
    assert (content.reason, content.note, content.plan) == ("too_expensive", "We are sorry to see you go.", "Pro")
    assert content.offer_url == f"{PUBLIC}/o/{winback.token(offer)}"
    async with winback.store.read() as unit:
        link = await unit.people.unsubscribe_of(offer.person_id)
    assert link is not None
    assert content.unsubscribe_url == f"{PUBLIC}/u/{KEYRING.link_token(link.id, 'unsubscribe', link.key_id)}"


async def test_emails_wait_for_the_sending_hours(winback: Winback) -> None:
    await winback.limit(hours=OFFICE)
    _, case = await winback.leaving()
    winback.sandbox.clock.move_to(evening(winback.now()))
    winback.account.cards.attach(
        winback.account.ledger.get("customer", winback.account.ledger.all("customer")[-1]["id"])
    )
    offer = await winback.approved(case)

    await winback.work()
    assert winback.post.emails == []
    winback.sandbox.clock.move_to(offer.send_at)
    await winback.work()

    assert len(winback.post.emails) == 1


async def test_a_late_email_waits_until_morning(winback: Winback) -> None:
    _, case = await winback.leaving()
    offer = await winback.approved(case)
    await winback.work("stripe")
    await winback.limit(hours=OFFICE)
    winback.sandbox.clock.move_to(evening(winback.now()))

    await winback.work()
    assert winback.post.emails == []
    morning = next_open(OFFICE, ZONE, winback.now())
    winback.sandbox.clock.move_to(morning)
    await winback.work()

    assert morning.astimezone(ZONE).time() == OFFICE.start
    assert (await winback.offer(offer)).state == "sent"


def evening(now: datetime) -> datetime:
    """Find the next Wednesday evening."""
    return datetime.combine(now.date() + timedelta(days=(2 - now.weekday()) % 7 or 7), time(19), UTC)


@pytest.mark.parametrize("again", [1, 3])
async def test_a_mail_outage_is_retried(winback: Winback, *, again: int) -> None:
    _, case = await winback.leaving()
    offer = await winback.approved(case)
    winback.post.before = Unavailable("the mail server could not be reached")

    for _ in range(again):
        await winback.work()
        winback.sandbox.clock.advance(timedelta(minutes=5))
    assert (await winback.offer(offer)).email_state == "waiting"
    winback.post.before = None
    await winback.work()

    assert (await winback.offer(offer)).state == "sent"
    assert len(winback.post.emails) == 1


async def test_a_refused_address_ends_the_offer(winback: Winback) -> None:
    _, case = await winback.leaving()
    offer = await winback.approved(case)
    winback.post.before = Refused("the mail server refused the address", fault="request", code="smtp_550")

    done = await winback.work()

    offer = await winback.offer(offer)
    assert (offer.state, offer.why, offer.email_state) == ("failed", "smtp_550", "waiting")
    assert [outcome.what for effect, outcome in done if isinstance(effect, EmailOffer)] == ["dead"]
    async with winback.store.begin() as unit:
        assert await unit.budgets.earlier(offer.person_id, apart_from=None) == []
        another, since = OfferId(UUID(int=1)), winback.now() - timedelta(days=180)
        assert await unit.budgets.take_slot(
            offer.person_id,
            another,
            at=winback.now(),
            not_since=since,
            case_id=CaseId(UUID(int=9)),
            not_in_case_since=since,
        )


async def test_a_missing_address_stops_the_offer(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer = await winback.approved(case)
    await winback.work("stripe")
    winback.account.ledger.get("customer", subscription["customer"])["email"] = None

    await winback.work()

    offer = await winback.offer(offer)
    assert (offer.state, offer.why) == ("stopped", "no_address")


async def test_a_missing_subscription_ends_the_offer(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer = await winback.approved(case)
    await winback.work("stripe")
    path, code = f"/v1/subscriptions/{subscription['id']}", "resource_missing"
    winback.sandbox.faults.add("stripe", path, "error", status=404, code=code, message="No such subscription.")

    await winback.work("mail")

    ended = await winback.offer(offer)
    assert (ended.state, ended.why) == ("failed", "resource_missing")


@pytest.mark.parametrize("kind", ["drop_before", "garbage"])
async def test_an_early_fault_leaves_nothing_unclear(winback: Winback, kind: Any) -> None:
    subscription, case = await winback.leaving()
    offer = await winback.approved(case)
    await winback.work("stripe")
    winback.sandbox.faults.add("stripe", f"/v1/subscriptions/{subscription['id']}", kind, times=None)

    await winback.work("mail")
    winback.sandbox.faults.clear()
    assert (await winback.offer(offer)).email_state == "waiting"
    winback.sandbox.clock.advance(timedelta(minutes=1))
    await winback.work("mail")

    assert (await winback.offer(offer)).state == "sent"


async def unclear(winback: Winback) -> tuple[OfferRow, AlertUnclearEmail]:
    _, case = await winback.leaving()
    offer = await winback.approved(case)
    winback.post.after = Unclear("the mail server did not answer")
    done = await winback.work()
    winback.post.after = None
    [question] = [effect for effect, _ in done if isinstance(effect, AlertUnclearEmail)]
    return await winback.offer(offer), question


async def test_an_unclear_email_is_not_sent_again(winback: Winback) -> None:
    offer, _ = await unclear(winback)

    winback.sandbox.clock.advance(timedelta(days=2))
    await winback.work()

    assert (offer.state, offer.email_state) == ("sending", "unclear")
    assert len(winback.post.emails) == 1
    assert [view.proposal.id for view in winback.wall.asked] == [offer.proposal_id]


async def test_a_retried_unclear_email_still_waits(winback: Winback) -> None:
    offer, _ = await unclear(winback)
    async with winback.store.begin() as unit:
        await unit.outbox.add(EmailOffer(offer.id), due_at=winback.now())
        await unit.commit()

    await winback.work()

    assert len(winback.post.emails) == 1


async def test_it_arrived(winback: Winback) -> None:
    offer, _ = await unclear(winback)

    settled = await winback.offers.mail.resolve_email(
        requester=MANAGER, offer_id=offer.id, arrived=True, now=winback.now()
    )
    again = await winback.offers.mail.resolve_email(
        requester=MANAGER, offer_id=offer.id, arrived=False, now=winback.now()
    )
    await winback.work()

    assert isinstance(settled, UnclearEmailResolved)
    assert (settled.offer.state, settled.offer.email_state) == ("sent", "sent")
    assert isinstance(again, NoUnclearEmail)
    assert again.offer == await winback.offer(offer)
    assert len(winback.post.emails) == 1


async def test_send_again(winback: Winback) -> None:
    offer, _ = await unclear(winback)

    settled = await winback.offers.mail.resolve_email(
        requester=MANAGER, offer_id=offer.id, arrived=False, now=winback.now()
    )
    again = await winback.offers.mail.resolve_email(
        requester=MANAGER, offer_id=offer.id, arrived=False, now=winback.now()
    )
    assert isinstance(settled, UnclearEmailResolved)
    assert isinstance(again, NoUnclearEmail)
    await winback.work()

    assert len(winback.post.emails) == 2
    assert (await winback.offer(offer)).state == "sent"
    assert ("U0MANAGER1", "resolve_email", "sending") in await winback.record(offer)


async def test_unclear_twice_asks_twice(winback: Winback) -> None:
    offer, _ = await unclear(winback)
    await winback.offers.mail.resolve_email(requester=MANAGER, offer_id=offer.id, arrived=False, now=winback.now())
    winback.post.after = Unclear("the mail server did not answer")

    await winback.work()

    assert (await winback.offer(offer)).email_state == "unclear"
    assert len(winback.wall.asked) == len(winback.post.emails) == 2


async def test_an_agent_cannot_resolve_it(winback: Winback) -> None:
    offer, _ = await unclear(winback)

    denied = await winback.offers.mail.resolve_email(
        requester=AGENT, offer_id=offer.id, arrived=True, now=winback.now()
    )

    assert isinstance(denied, PermissionDenied)
    assert denied.action is Action.RESOLVE_EMAIL
    assert (await winback.offer(offer)).email_state == "unclear"


async def test_a_lost_email_frees_the_cooldown(winback: Winback) -> None:
    offer, _ = await unclear(winback)
    winback.sandbox.clock.advance(timedelta(days=20))
    await winback.work()

    await winback.offers.mail.resolve_email(requester=MANAGER, offer_id=offer.id, arrived=False, now=winback.now())
    await winback.work()

    ended = await winback.offer(offer)
    assert (ended.state, ended.why, ended.email_state) == ("over", "expired", "waiting")
    assert len(winback.post.emails) == 1
    async with winback.store.begin() as unit:
        assert await unit.budgets.earlier(offer.person_id, apart_from=None) == []
        another, since = OfferId(UUID(int=1)), winback.now() - timedelta(days=180)
        assert await unit.budgets.take_slot(
            offer.person_id,
            another,
            at=winback.now(),
            not_since=since,
            case_id=CaseId(UUID(int=9)),
            not_in_case_since=since,
        )


async def dropped(winback: Winback, offer: OfferRow) -> bool:
    async with winback.store.read() as unit:
        return await unit.offers.get(offer.id) is None


@pytest.mark.parametrize("late", [False, True])
async def test_a_removed_approver_stops_the_offer(winback: Winback, late: bool) -> None:
    """Before anything was made at Stripe, and after that, when the email waits for the morning."""
    _, case = await winback.leaving()
    offer = await winback.approved(case)
    if late:
        await winback.work("stripe")
        await winback.limit(hours=OFFICE)
        winback.sandbox.clock.move_to(evening(winback.now()))
        await winback.work()
        winback.sandbox.clock.advance(timedelta(hours=16))
    winback.roster.managers = {MAX.id}

    await winback.work()

    assert winback.post.emails == []
    assert await dropped(winback, offer)
    proposal = await winback.proposal(offer)
    assert (proposal.state, proposal.why, proposal.approvals) == ("open", "approver_gone", ())
    assert await winback.spent(offer.reserved[0]) == 0
    card = await winback.flows.card_publisher.card(case.id, now=winback.now())
    assert card is not None
    assert card.winback is not None
    assert (card.winback.state, card.winback.why) == ("proposed", "approver_gone")

    answer = await winback.flows.approvals.approve(
        requester=MAX, proposal_id=proposal.id, version=proposal.version, now=winback.now()
    )
    assert isinstance(answer, Approved)
    await winback.work()
    assert len(winback.post.emails) == 1
    assert (await winback.proposal(offer)).why is None


async def test_a_start_as_another_customer_stops_the_email(winback: Winback) -> None:
    """They came back under another customer of the same address, and no event has told of it yet."""
    subscription, case = await winback.left()
    offer = await winback.approved(case)
    customer = winback.account.ledger.get("customer", subscription["customer"])
    winback.account.subscribe(winback.customer(email=customer["email"]), winback.lite)

    await winback.work()

    stopped = await winback.offer(offer)
    assert (stopped.state, stopped.why) == ("over", "back")
    assert winback.post.emails == []


async def test_an_offer_waits_while_slack_is_away(winback: Winback) -> None:
    _, case = await winback.leaving()
    offer = await winback.approved(case)
    winback.roster.fault = Unavailable("Slack is away")

    done = await winback.work()

    assert [outcome.what for _, outcome in done] == ["later"]
    assert (await winback.offer(offer)).state == "sending"


async def test_what_changed_overnight_stops_the_email(winback: Winback) -> None:
    subscription, case = await winback.leaving()
    offer = await winback.approved(case)
    await winback.work("stripe")
    await winback.limit(hours=OFFICE)
    winback.sandbox.clock.move_to(evening(winback.now()))
    await winback.work()
    customer = winback.account.ledger.get("customer", subscription["customer"])
    customer["metadata"] = {"marketing_consent": "no"}

    winback.sandbox.clock.advance(timedelta(hours=16))
    done = await winback.work()

    assert [outcome.what for effect, outcome in done if isinstance(effect, EmailOffer)] == ["done"]
    assert winback.post.emails == []
    stopped = await winback.offer(offer)
    assert (stopped.state, stopped.why) == ("stopped", "no_consent")
    assert (await winback.proposal(offer)).state == "stopped"


async def test_without_time_left_nothing_stands_again(winback: Winback) -> None:
    """The proposal's last useful moment is over, so there is nothing for somebody else to decide."""
    _, case = await winback.leaving()
    offer = await winback.approved(case)
    async with winback.store.begin() as unit:
        proposal = await unit.proposals.get(offer.proposal_id)
        assert proposal is not None
        assert await unit.proposals.save(replace(proposal, last_useful_at=winback.now()))
        await unit.commit()
    winback.roster.managers = {MAX.id}

    await winback.work()

    stopped = await winback.offer(offer)
    assert (stopped.state, stopped.why) == ("stopped", "approver_gone")
