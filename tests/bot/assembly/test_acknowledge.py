"""Acknowledgements: Bolt answers Slack when a listener ends, so no listener does anything once it has acknowledged."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from slack_bolt.listener.async_listener import AsyncCustomListener

from bot.slack.request import acknowledge
from tests.bot.harness import SlackHarness
from tests.bot.slack.test_permissions import registered

WAITS_ITSELF = "in_time"
"""`FormDeadline.in_time` acknowledges when it returns False, and its caller returns then."""


def listeners(room: SlackHarness, *, forms: bool) -> list[AsyncCustomListener]:
    """Return the listeners to forms, or all the others."""
    named = zip(registered(room), room.app._async_listeners, strict=True)
    return [
        listener
        for name, listener in named
        if isinstance(listener, AsyncCustomListener) and name.startswith("view ") is forms
    ]


def acknowledges(statement: ast.stmt) -> bool:
    """Return whether a statement calls `ack`, or hands it to something that does."""
    for call in (each for each in ast.walk(statement) if isinstance(each, ast.Call)):
        given = [call.func, *call.args, *(each.value for each in call.keywords)]
        is_own = isinstance(call.func, ast.Attribute) and call.func.attr == WAITS_ITSELF
        if not is_own and any(isinstance(each, ast.Name) and each.id == "ack" for each in given):
            return True
    return False


def assert_acknowledges_last(statements: Sequence[ast.stmt], then: Sequence[ast.stmt] = ()) -> None:
    """Check a block, and what follows it: after an acknowledgement a listener may only return."""
    for number, statement in enumerate(statements):
        rest = [*statements[number + 1 :], *then]
        blocks = [vars(statement).get(name, []) for name in ("body", "orelse", "finalbody")]
        blocks += [handler.body for handler in vars(statement).get("handlers", [])]
        if any(blocks):
            for block in blocks:
                assert_acknowledges_last(block, rest)
        elif acknowledges(statement):
            assert not rest or isinstance(rest[0], ast.Return), ast.unparse(statement)


def body_of(function: Callable[..., Any]) -> Sequence[ast.stmt]:
    (defined,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    assert isinstance(defined, ast.AsyncFunctionDef)
    return defined.body


def test_everything_but_a_form_is_acknowledged_at_once(room: SlackHarness) -> None:
    assert {listener.ack_function for listener in listeners(room, forms=False)} == {acknowledge}


def test_forms_acknowledge_last(room: SlackHarness) -> None:
    forms = listeners(room, forms=True)
    assert len(forms) >= 9
    for form in forms:
        assert not form.lazy_functions
        assert_acknowledges_last(body_of(form.ack_function))


def test_work_after_an_acknowledgement_is_noticed() -> None:
    async def hasty(ack: Callable[[], Any], look: Callable[[], Any], *, done: bool) -> None:
        if done:
            await ack()
        await look()

    with pytest.raises(AssertionError, match="await ack"):
        assert_acknowledges_last(body_of(hasty))


def test_bolt_waits_for_the_listener_alone(room: SlackHarness) -> None:
    """It sleeps for 10 ms otherwise before it looks whether there was an acknowledgement."""
    assert room.app.process_before_response
