"""The customers of the sandbox's Stripe account, plain and awkward ones.

The addresses look real because the bot refuses others; nothing leaves the sandbox, whose mailbox takes every email.
"""

from __future__ import annotations

from sandbox.seed.amounts import AMOUNTS
from sandbox.seed.catalog import seed_catalog
from sandbox.seed.identities import IDENTITIES
from sandbox.seed.plans import PLANS
from sandbox.seed.states import STATES
from sandbox.seed.story import Seeded, Story
from sandbox.stripe.account import Account
from sandbox.stripe.ledger import DAY

CUSTOMERS: dict[str, Seeded] = {seeded.handle: seeded for seeded in (*PLANS, *AMOUNTS, *IDENTITIES, *STATES)}
"""Everybody, by handle; ids are the same in every sandbox."""
SEEDED_FOR = 24 * 30 * DAY
"""How long ago the account began, in seconds."""


def seed_stripe(account: Account) -> None:
    """Let the account have its past: every invoice, renewal and cancellation happens at its own moment.

    No webhook is sent; what happened within thirty days is among the events.
    """
    ledger = account.ledger
    ledger.silent = True
    with ledger.at(ledger.now - SEEDED_FOR):
        prices = seed_catalog(account)
    steps = []
    for seeded in CUSTOMERS.values():
        story = Story(account, seeded, prices)
        seeded.past(story)
        steps += story.steps
    for moment, do in sorted(steps, key=lambda step: step[0]):
        account.engine.run_until(moment)
        with ledger.at(moment):
            do()
    account.engine.run_until(ledger.now)
    account.search.catch_up()
    ledger.silent = False
