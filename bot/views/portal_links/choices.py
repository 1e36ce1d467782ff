"""Questions where the bot must not choose: which customer, which subscription, is this the right one."""

from datetime import UTC, datetime
from uuid import UUID

from bot.views.blocks import Block, Message, actions, button, context, escape, message, mrkdwn, section
from bot.views.button_values import UnreadableValue, own_value
from bot.views.portal_links.customer import customer_name_line, left_out_line, stripe_button, subscription_row
from domain.ids import CustomerId, LookupId, SubscriptionId, is_stripe_id
from flows.portal_links.answers import ButtonTarget, Candidate, ConfirmSpelling, PickSubscription, SeveralFound
from wording.dates import full_day
from wording.grammar import count
from wording.plan import plan_name
from wording.status import status

PICK_CUSTOMER, PICK_SUBSCRIPTION, CONFIRM_SPELLING = "pick_customer", "pick_subscription", "confirm_spelling"

MOST_LISTED = 15


def pick_customer_message(found: SeveralFound) -> Message:
    """Return the question which of several customers is meant; only live ones can be picked."""
    said = f"{count(len(found.candidates), 'customer')} match. Which one do you mean?"
    blocks = [section(said)]
    for candidate in found.candidates[:MOST_LISTED]:
        about = _about(candidate)
        if candidate.live:
            target = ButtonTarget(lookup_id=found.lookup_id, customer_id=candidate.customer.id, subscription_id=None)
            about["accessory"] = button("This one", action=PICK_CUSTOMER, value=button_value(target))
        blocks += [customer_name_line(candidate.customer), about]
    if len(found.candidates) > MOST_LISTED:
        blocks.append(left_out_line(MOST_LISTED, len(found.candidates), prefix="cus_"))
    if not found.search_answered:
        blocks.append(context(mrkdwn("Stripe's search did not answer: other spellings were not checked.")))
    return {"text": said, "blocks": blocks}


def confirm_spelling_message(asked: ConfirmSpelling) -> Message:
    """Return the question whether this is the right customer, asked when Stripe's search didn't answer."""
    said = (
        "Stripe's search did not answer, so I could not check other spellings of the address: there may be a second "
        "customer. Is this the one?"
    )
    customer = asked.candidate.customer
    target = ButtonTarget(lookup_id=asked.lookup_id, customer_id=customer.id, subscription_id=None)
    yes = button("Yes, this one", action=CONFIRM_SPELLING, value=button_value(target), style="primary")
    return message(
        said,
        section(said),
        customer_name_line(customer),
        _about(asked.candidate),
        actions(yes, stripe_button(customer)),
    )


def pick_subscription_message(asked: PickSubscription, *, now: datetime) -> Message:
    """Return the question which subscription a page is about."""
    said = "They have several subscriptions, and that page is about one. Which one?"
    blocks = [section(said), customer_name_line(asked.customer)]
    for each in asked.subscriptions[:MOST_LISTED]:
        target = ButtonTarget(lookup_id=asked.lookup_id, customer_id=asked.customer.id, subscription_id=each.id)
        pick = button("This one", action=PICK_SUBSCRIPTION, value=button_value(target))
        blocks.append(subscription_row(each, now=now) | {"accessory": pick})
    if len(asked.subscriptions) > MOST_LISTED:
        blocks.append(left_out_line(MOST_LISTED, len(asked.subscriptions), prefix="sub_"))
    blocks.append(actions(stripe_button(asked.customer)))
    return {"text": said, "blocks": blocks}


def button_value(target: ButtonTarget) -> str:
    """Return what a button carries: the lookup's id and Stripe's ids, checked again when it is pressed."""
    return " ".join(filter(None, (str(target.lookup_id), target.customer_id, target.subscription_id)))


@own_value()
def read_button(value: str) -> ButtonTarget:
    """Read a `button_value`; raises UnreadableValue."""
    lookup, customer, *subscription = value.split(" ")
    if not all(map(is_stripe_id, (customer, *subscription))):
        raise UnreadableValue
    return ButtonTarget(
        lookup_id=LookupId(UUID(lookup)),
        customer_id=CustomerId(customer),
        subscription_id=SubscriptionId(subscription[0]) if subscription else None,
    )


def _about(candidate: Candidate) -> Block:
    """Return what distinguishes a customer from others with the same address."""
    customer, subscription = candidate.customer, candidate.subscription
    if customer.deleted:
        told = ["deleted at Stripe"]
    elif subscription is None:
        told = ["no subscription"]
    else:
        since = full_day(subscription.started_at, zone=UTC)
        told = [escape(plan_name(subscription)), escape(status(subscription.status)), f"since {since}"]
    if customer.country:
        told.append(escape(customer.country))
    if customer.card:
        told.append(f"card {escape(customer.card.last4)}")
    return section(" · ".join([*told, f"`…{escape(customer.id[-6:])}`"]))
