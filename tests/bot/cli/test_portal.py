"""`winback portal`: shown, checked against the policy, set up from its file and read back."""

from collections.abc import Iterator
from copy import deepcopy

import pytest

from sandbox.server import Sandbox
from tests.bot.operator import Operator

WISH = """
[portal]
reasons = ["too_expensive", "unused", "other"]
feedback_options = ["Moving to another town"]
pause = true
return_url = "https://northwind-mail.com/account"
"""
RULE = """
[[rules]]
name = "early"
feedback_options = ["Only wanted to try it"]

  [[rules.steps]]
  before_end = "3 days"
  offer = "switch_plan"
"""


@pytest.fixture(autouse=True)
def _as_it_was(sandbox: Sandbox) -> Iterator[None]:
    configuration = sandbox.stripe.portal.configuration
    before = deepcopy(configuration)
    yield
    configuration.clear()
    configuration.update(before)


async def test_portal_is_shown_as_policy_toml(operator: Operator) -> None:
    shown = await operator.types("portal", "show")
    policy = operator.writes("mine.toml", shown.out)

    said = await operator.types("portal", "apply", POLICY_FILE=policy)

    assert shown.lines[:3] == ["[portal]", "cancel = true", 'cancel_mode = "at_period_end"']
    assert (said.status, said.out) == (0, "Nothing to do: the portal matches the policy file.\n")


async def test_dry_run_prints_changes_only(operator: Operator) -> None:
    policy = operator.writes("mine.toml", WISH)

    first = await operator.types("portal", "apply", "--dry-run", POLICY_FILE=policy)
    second = await operator.types("portal", "apply", "--dry-run", POLICY_FILE=policy)

    assert first.status == 0
    assert first.out == second.out
    assert '  feedback_options: [] -> ["Moving to another town"]' in first.lines
    assert "  pause: false -> true" in first.lines
    assert '  return_url: none -> "https://northwind-mail.com/account"' in first.lines
    assert first.lines[-1] == "Nothing was changed."
    assert await operator.recorded("portal") == []


async def test_apply_changes_reads_back_and_records(operator: Operator) -> None:
    policy = operator.writes("mine.toml", WISH)

    said = await operator.types("portal", "apply", POLICY_FILE=policy)

    assert (said.status, said.lines[-1]) == (0, "Changed and verified.")
    features = operator.sandbox.stripe.portal.configuration["features"]
    assert features["subscription_pause"]["enabled"]
    assert sorted(features["subscription_cancel"]["cancellation_reason"]["options"]) == [
        "other", "too_expensive", "unused",
    ]  # fmt: skip
    (entry,) = await operator.recorded("portal")
    assert (entry.who, entry.outcome) == ("cli", "done")
    assert "pause" in entry.note
    checked = await operator.types("portal", "check", POLICY_FILE=policy)
    assert (checked.status, checked.out) == (0, "The portal fits the policy.\n")


async def test_check_names_every_fault(operator: Operator) -> None:
    features = operator.sandbox.stripe.portal.configuration["features"]
    features["subscription_cancel"]["cancellation_reason"]["enabled"] = False
    features["subscription_cancel"]["mode"] = "immediately"
    features["subscription_update"] |= {"enabled": False, "products": []}
    features["payment_method_update"]["enabled"] = False
    policy = operator.writes("mine.toml", WISH + RULE)

    said = await operator.types("portal", "check", POLICY_FILE=policy)

    assert said.status == 1
    for words in (
        "- Nobody is asked why they leave",
        "nobody can choose: Only wanted to try it.",
        "Cancelling there ends at once, so nothing can be offered before the end, as these rules do: early.",
        "- The policy offers a lighter plan, and none is listed",
        "- Customers cannot replace a card that fails.",
        "- No way leads back to you from there.",
        "- It differs from the policy file; `winback portal apply` changes it:",
    ):
        assert words in said.out


async def test_switching_without_plans_is_a_fault(operator: Operator) -> None:
    policy = operator.writes("mine.toml", f"{WISH}switch_plan = true\n")

    said = await operator.types("portal", "apply", POLICY_FILE=policy)

    assert said.status == 1
    assert "Warning: Plan switching is on, and no plan is listed to switch to. Fix: products" in said.err
    assert "That did not work: " in said.err


async def test_policy_without_portal_applies_nothing(operator: Operator) -> None:
    said = await operator.types("portal", "apply")

    assert (said.status, said.out) == (1, "")
    assert said.err.startswith("The policy has no [portal] table to apply.")
