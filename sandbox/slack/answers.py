"""What the app's answers to interactions do: acknowledgement bodies, modal responses and `response_url` posts."""

from typing import Any

from sandbox.slack import blocks
from sandbox.slack.messages import NOT_DISPLAYABLE, Message, with_ids
from sandbox.slack.refusal import Refusal
from sandbox.slack.state import State
from sandbox.slack.tickets import ResponseUrl
from sandbox.slack.views import View

MOST_TEXT = 40_000
DEEPEST_STACK = 3


def answer_command(state: State, permit: ResponseUrl, body: Any) -> str:
    """Show what a command was acknowledged with, and return the error the person sees ("" for none)."""
    answer = {"text": body} if isinstance(body, str) else body or {}
    if not (answer.get("text") or answer.get("blocks")):
        return ""
    try:
        respond(state, permit, answer)
    except Refusal as refused:
        return refused.error
    return ""


def respond(state: State, permit: ResponseUrl, answer: dict[str, Any]) -> None:
    """Do what a `response_url` post asks (Slack: "Handling user interaction").

    Answers are ephemeral unless `response_type` says `in_channel`, which also shows the typed command to all; an
    ephemeral message's own never become visible. `replace_original` and `delete_original` need a message that the
    interaction came from, which a command has not. Raises Refusal.
    """
    source = permit.source
    if answer.get("delete_original"):
        if source is None or state.message(source.channel, source.ts) is None:
            raise Refusal("message_not_found")
        state.drop(source)
        return
    content = message_content(state, answer)
    if answer.get("replace_original") and source is not None:
        if state.message(source.channel, source.ts) is None:
            raise Refusal("message_not_found")
        rewrite(state, source, content)
        return
    in_channel = answer.get("response_type") == "in_channel" and (source is None or source.only_for is None)
    content |= {"thread_ts": source.thread_ts if source else answer.get("thread_ts")}
    if in_channel and permit.typed:
        typed, permit.typed = permit.typed, ""
        _show_typed(state, permit, typed)
    state.post_as_app(state.channel(permit.channel), content, only_for=None if in_channel else permit.user)


def message_content(state: State, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the text, blocks and unfurling of a message as the app sent it, checked; raises Refusal."""
    checked = blocks.check_message(arguments.get("blocks") or [], charts_allowed=state.charts_allowed)
    text = str(arguments.get("text") or "")[:MOST_TEXT]
    if not checked and not text.strip():
        raise Refusal("no_text")
    return {
        "text": text or NOT_DISPLAYABLE,
        "blocks": with_ids(checked),
        "unfurl_links": arguments.get("unfurl_links", True) is not False,
        "unfurl_media": arguments.get("unfurl_media", True) is not False,
    }


def rewrite(state: State, message: Message, content: dict[str, Any]) -> None:
    """Show other text and blocks in a message's place.

    Text without blocks drops the old blocks and shows "(edited)"; with blocks no such flag is shown
    (Slack: chat.update).
    """
    message.text, message.blocks = content["text"], content["blocks"]
    message.edited_ts = state.stamps.next()
    message.edited_flag = not message.blocks
    state.touch()


def answer_submission(state: State, view: View, body: Any) -> str:
    """Do what a modal's submission was answered with, and return the error the person sees ("" for none)."""
    action = body.get("response_action") if isinstance(body, dict) else None
    try:
        match action:
            case None:
                state.forget_view(view)
            case "errors":
                view.errors = _input_errors(view, body.get("errors"))
            case "update":
                view.show(blocks.check_view(body.get("view")))
            case "push":
                push(state, view, blocks.check_view(body.get("view")))
            case "clear":
                for open_view in list(state.stack(view.user)):
                    state.forget_view(open_view)
            case _:
                return "invalid_response_action"
    except Refusal as refused:
        return refused.error
    state.touch()
    return ""


def push(state: State, below: View, content: dict[str, Any]) -> View:
    """Open a modal over another; raises Refusal over three (Slack: "Modals")."""
    stack = state.stack(below.user)
    if len(stack) >= DEEPEST_STACK:
        raise Refusal("push_limit_reached")
    view = state.new_view(below.user, content, previous=below)
    stack.append(view)
    state.touch()
    return view


def _show_typed(state: State, permit: ResponseUrl, typed: str) -> None:
    state.keep(
        Message(ts=state.stamps.next(), channel=permit.channel, user=permit.user, team_id=state.team_id, text=typed)
    )


def _input_errors(view: View, errors: Any) -> dict[str, str]:
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        raise Refusal("invalid_response_errors")
    return {block_id: str(message) for block_id, message in errors.items()}
