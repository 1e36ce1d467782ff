"""Questions to an agent where the program must not choose: which customer, which subscription, is this the one."""

from datetime import UTC, datetime

from bot.blocks import Block, Message, actions, button, context, escape, message, mrkdwn, section
from bot.customer_blocks import identity, in_stripe, plan
from flows.portal_answer import Candidate, ConfirmSpelling, PickSubscription, SeveralFound
from wording.dates import full_day
from wording.ordinal import count
from wording.status import status

PICK_CUSTOMER, PICK_SUBSCRIPTION, CONFIRM_SPELLING = "pick_customer", "pick_subscription", "confirm_spelling"

MOST_LISTED = 15


def several(found: SeveralFound, *, now: datetime) -> Message:
    """Ask which of several customers is meant; only live ones can be picked."""
    said = f"{count(len(found.candidates), 'customer')} match. Which one do you mean?"
    blocks = [section(said)]
    for candidate in found.candidates[:MOST_LISTED]:
        blocks += [identity(candidate.customer), _candidate(candidate, found)]
    if len(found.candidates) > MOST_LISTED:
        blocks.append(context(mrkdwn(f"Only {MOST_LISTED} are listed: ask by the customer's `cus_…` id instead.")))
    if not found.search_answered:
        blocks.append(context(mrkdwn("Stripe's search did not answer: other spellings were not checked.")))
    return {"text": said, "blocks": blocks}


def _candidate(candidate: Candidate, found: SeveralFound) -> Block:
    customer, subscription = candidate.customer, candidate.subscription
    told = [escape(candidate.plan)] if candidate.plan else []
    if customer.deleted:
        told.append("deleted at Stripe")
    elif subscription is None:
        told.append("no subscription")
    else:
        told.append(escape(status(subscription.status)))
        told.append(f"since {full_day(subscription.started_at, zone=UTC)}")
    if customer.country:
        told.append(escape(customer.country))
    if customer.card:
        told.append(f"card {escape(customer.card.last4)}")
    told.append(f"`…{escape(customer.id[-6:])}`")
    shown = section(" · ".join(told))
    if candidate.live:
        pick = button("This one", action=PICK_CUSTOMER, value=f"{found.lookup_id} {customer.id}")
        shown["accessory"] = pick
    return shown


def confirm_spelling(asked: ConfirmSpelling) -> Message:
    """Ask whether this is the one, where Stripe's search did not answer."""
    said = (
        "Stripe's search did not answer, so I could not check other spellings of the address: there may be a second "
        "customer. Is this the one?"
    )
    plan = [section(escape(asked.plan))] if asked.plan else []
    yes = button("Yes, this one", action=CONFIRM_SPELLING, value=str(asked.lookup_id), style="primary")
    return message(said, section(said), identity(asked.customer), *plan, actions(yes, in_stripe(asked.customer)))


def pick_subscription(asked: PickSubscription, *, now: datetime) -> Message:
    """Ask which subscription a page is about."""
    said = "They have several subscriptions, and that page is about one. Which one?"
    blocks = [section(said), identity(asked.customer)]
    for subscription, facts in asked.subscriptions[:MOST_LISTED]:
        value = f"{asked.lookup_id} {subscription.id}"
        pick = button("This one", action=PICK_SUBSCRIPTION, value=value)
        blocks.append(plan(subscription, facts, now=now) | {"accessory": pick})
    return {"text": said, "blocks": blocks}
