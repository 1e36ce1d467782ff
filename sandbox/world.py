"""All that exists in the sandbox, without any server in front."""

import asyncio
from datetime import datetime
from pathlib import Path

from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.mailbox import Mailbox
from sandbox.slack.workspace import Workspace
from sandbox.stripe.account import Account


class World:
    """A clock, a Stripe account, a Slack workspace, a mailbox, and what may go wrong; `closing` is set at the end."""

    def __init__(self, clock_file: Path | None, starts_at: datetime | None) -> None:
        self.clock = Clock(clock_file, starts_at=starts_at)
        self.faults = Faults()
        self.stripe = Account(self.clock)
        self.slack = Workspace()
        self.mailbox = Mailbox(self.faults)
        self.closing = asyncio.Event()
