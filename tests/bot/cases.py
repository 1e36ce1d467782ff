"""A case in the store with its card in the channel, for tests of what people do with it."""

from dataclasses import replace
from uuid import uuid4

from domain.cancellations.stored_case import Case
from domain.ids import CaseId, CustomerId, EffectId, PersonId, SubscriptionId
from flows.ports.store import PersonKey, SubscriptionRow
from sandbox.slack.messages import Message
from tests.bot.harness import SlackHarness
from tests.bot.samples import CASE, FACTS, NOW
from tests.databases import KEYRING


async def posted(
    room: SlackHarness, *, customer_id: str = FACTS.customer_id, like: Case = CASE
) -> tuple[Case, Message]:
    """Store a case of a person of its own and post its card."""
    case = replace(like, id=CaseId(uuid4()), subscription_id=SubscriptionId(f"sub_{uuid4().hex[:14]}"))
    facts = replace(FACTS, customer_id=CustomerId(customer_id))
    async with room.store.begin() as unit:
        key = PersonKey(kind="customer", digests=((KEYRING.current, uuid4().hex),))
        person = await unit.people.identify([key], new_id=PersonId(uuid4()), now=NOW)
        case = replace(case, person_id=person)
        row = SubscriptionRow(
            id=case.subscription_id,
            customer_id=facts.customer_id,
            person_id=person,
            created_at=NOW,
            was_live=True,
            facts=facts,
            version=1,
        )
        await unit.observations.save_row(row, expected_version=0)
        await unit.cases.add(case)
        await unit.commit()
    return case, await show(room, case)


async def show(room: SlackHarness, case: Case) -> Message:
    """Post a case's card as it is now."""
    card = await room.flows.card_publisher.card(case.id, now=NOW)
    assert card is not None
    place = await room.poster.post_card(card, marker=EffectId(uuid4()))
    message = room.sandbox.slack.message(place.channel, place.ts)
    assert message is not None
    return message


async def stored(room: SlackHarness, case: Case) -> Case:
    """Read the case as it is now."""
    async with room.store.read() as unit:
        now = await unit.cases.get(case.id)
    assert now is not None
    return now
