"""A changed policy is used and evaluates every open case; a faulty one isn't used."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.policy import built_in, read_policy
from domain.winback.policy import Policy
from flows.effects import EvaluateAllCases
from flows.winback.policy.active_policy import ActivePolicy
from storage.store import SqlStore

NOW = datetime(2026, 11, 3, 10, tzinfo=UTC)
FIRST = read_policy(built_in(), zone=None, internal_domains=frozenset()).policy
SECOND = replace(FIRST, digest="another")


class File:
    """The content of the policy file."""

    def __init__(self) -> None:
        self.found: Policy | Sequence[str] = FIRST

    def read(self) -> Policy | Sequence[str]:
        return self.found


async def asked(store: SqlStore) -> list[str]:
    async with store.read() as unit:
        rows = await unit.outbox.listed(states=["waiting"], limit=100)
    return [row.effect.digest for row in reversed(rows) if isinstance(row.effect, EvaluateAllCases)]


async def test_a_changed_policy_evaluates_every_case(store: SqlStore) -> None:
    file = File()
    policies = ActivePolicy(store, FIRST, read=file.read)
    await policies.begin(NOW)
    await policies.look(NOW + timedelta(minutes=1))
    assert await asked(store) == [FIRST.digest]
    file.found = SECOND
    for minutes in (2, 3):
        await policies.look(NOW + timedelta(minutes=minutes))
    assert policies.current == SECOND
    assert await asked(store) == [FIRST.digest, "another"]


async def test_a_faulty_policy_is_not_used(store: SqlStore) -> None:
    file = File()
    policies = ActivePolicy(store, FIRST, read=file.read)
    file.found = ["winback.toml: limits.percent: is no number."]
    await policies.look(NOW)
    assert policies.current == FIRST
    assert policies.fault == ("winback.toml: limits.percent: is no number.",)
    file.found = FIRST
    await policies.look(NOW)
    assert not policies.fault
    assert await asked(store) == []


async def test_a_restart_evaluates_a_new_policy_only(store: SqlStore) -> None:
    for minutes, policy in enumerate((FIRST, FIRST, SECOND, SECOND, FIRST)):
        await ActivePolicy(store, policy, read=lambda: FIRST).begin(NOW + timedelta(minutes=minutes))
    assert await asked(store) == [FIRST.digest, "another", FIRST.digest]
