"""A context for flows in tests: what a test does not give is not there, and says so when it is asked."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from bot.assembly.context import WORDING
from bot.assembly.flows import Flows
from bot.policy import built_in, read_policy
from domain.ids import ChannelId
from flows.effects import EFFECTS, Effect
from flows.outbox.dispatcher import Attempt, Dispatcher
from flows.ports.context import Context, FlowSettings
from flows.winback.policy.active_policy import ActivePolicy
from storage.store import SqlStore
from tests.databases import KEYRING

BUILT_IN = read_policy(built_in(), zone=None, internal_domains=frozenset()).policy
APPROVALS = ChannelId("C0APPROVE1")
SETTINGS = FlowSettings(
    public_url="https://billing.winback-tests.com",
    return_url=None,
    mail=True,
    needs_code=False,
    statuses=frozenset({"active", "trialing", "past_due"}),
    per_minute=1000,
    per_day=10_000,
    code_emails_per_hour=5,
    tell=(),
    reason_wait=timedelta(),
    livemode=False,
    alarms=(),
    admins=(),
    approvals=APPROVALS,
)


class Absent:
    """Stands where a test gives nothing."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"this test has no {self._what}, and it was asked for {name}")

    def __call__(self) -> Any:
        raise AssertionError(f"this test has no {self._what}")


def a_context(store: SqlStore, **given: Any) -> Context:
    """Build a context; `billing` is its `offer_billing`, too, unless another is given."""
    if "billing" in given:
        given.setdefault("offer_billing", given["billing"])
    absent: dict[str, Any] = {
        name: Absent(name) for name in ("billing", "offer_billing", "webhooks", "chat", "directory", "wall")
    }
    usual: dict[str, Any] = {
        "store": store,
        "keyring": KEYRING,
        "new_id": uuid4,
        "wording": WORDING,
        "mailer": None,
        "writer": None,
        "settings": SETTINGS,
    }
    return Context(**absent | usual | given)


def flows_on(store: SqlStore, **given: Any) -> Flows:
    """Build all flows on a context, by the built-in policy."""
    return Flows(a_context(store, **given), ActivePolicy(store, BUILT_IN, read=lambda: ()))


def only(
    flows: Flows, kinds: set[type[Effect]], *, otherwise: Callable[[Effect, Attempt, datetime], Awaitable[None]]
) -> Dispatcher:
    """Perform effects of these kinds as the program does; the others are left to something else."""
    registry = flows.dispatcher.registry
    return replace(
        flows.dispatcher, registry={kind: registry[kind] if kind in kinds else otherwise for kind in EFFECTS}
    )
