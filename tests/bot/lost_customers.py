"""Customers who leave at the sandbox's Stripe, and what is proposed for them, posted as the workers would."""

from uuid import uuid4

from domain.cancellations.stored_case import Case
from domain.ids import StaffId, SubscriptionId
from domain.winback.proposal import ProposalRow
from flows.effects import EFFECTS, RefreshSubscription, ShowCard, ShowProposal
from flows.ports import Staff
from sandbox.slack.messages import Message
from tests.bot.harness import APPROVALS, CANCELLATIONS, TEAM, SlackHarness, wall
from tests.flows.winback.harness import DAY, LEASE

AGENT, MONA, MAX = (Staff(id=StaffId(each), team_id=TEAM) for each in ("U0AGENT001", "U0MANAGER1", "U0MANAGER2"))


async def work(room: SlackHarness) -> None:
    """Work off what is due in all lanes, until nothing is."""
    owner = uuid4()
    while True:
        now = room.sandbox.clock.now()
        async with room.store.begin() as unit:
            rows = [
                row
                for lane in sorted({kind.lane for kind in EFFECTS})
                for row in await unit.outbox.claim(
                    lane, owner=owner, now=now, wall=wall(), lease=LEASE, limit=8, probing=False
                )
            ]
            await unit.commit()
        if not rows:
            return
        for row in rows:
            outcome = await room.flows.dispatcher.dispatch(row, owner=owner, now=now)
            assert outcome.what == "done", (row.effect, outcome)


async def left(room: SlackHarness, *, name: str = "Dana Scully", amount: int = 4900) -> Case:
    """Subscribe somebody, cancel, and do all that follows."""
    account = room.sandbox.stripe
    customer = account.create_customer(
        name=name, email=f"dana{uuid4().hex[:8]}@scully-mail.com", metadata={"marketing_consent": "yes"}
    )
    account.cards.attach(customer)
    price = account.catalog.add_price(account.catalog.add_product("Pro"), amount, "eur")
    subscription = account.subscribe(customer, price)
    room.sandbox.clock.advance(DAY)
    account.portal_cancel(subscription, "too_expensive", None)
    subscription_id = SubscriptionId(subscription["id"])
    async with room.store.begin() as unit:
        now = room.sandbox.clock.now()
        await unit.outbox.add(RefreshSubscription(subscription_id), key=f"read:{subscription_id}:{uuid4()}", due_at=now)
        await unit.commit()
    await work(room)
    async with room.store.read() as unit:
        return (await unit.cases.of_subscription(subscription_id))[-1]


async def proposed(room: SlackHarness, *, name: str = "Dana Scully", amount: int = 4900) -> tuple[ProposalRow, Message]:
    """Let somebody leave, and return what the policy proposes and what is shown of it."""
    case = await left(room, name=name, amount=amount)
    proposal = await newest(room, case)
    return proposal, await shown(room, proposal)


async def newest(room: SlackHarness, case: Case) -> ProposalRow:
    async with room.store.read() as unit:
        return (await unit.proposals.of_case(case.id))[-1]


async def now_is(room: SlackHarness, proposal: ProposalRow) -> ProposalRow:
    """Read a proposal as it stands."""
    async with room.store.read() as unit:
        row = await unit.proposals.get(proposal.id)
    assert row is not None
    return row


async def shown(room: SlackHarness, proposal: ProposalRow) -> Message:
    """Find a proposal's message."""
    return await _standing(room, ShowProposal(proposal.id), APPROVALS)


async def card(room: SlackHarness, case: Case) -> Message:
    """Find a case's card."""
    return await _standing(room, ShowCard(case.id), CANCELLATIONS)


async def _standing(room: SlackHarness, effect: ShowCard | ShowProposal, channel: str) -> Message:
    key = f"card:{effect.case_id}" if isinstance(effect, ShowCard) else f"proposal:{effect.proposal_id}"
    async with room.store.read() as unit:
        row = await unit.outbox.by_key(key)
    assert row is not None
    assert row.place is not None
    message = room.sandbox.slack.message(channel, row.place.ts)
    assert message is not None
    return message
