"""`/winback shipped`: who left because a feature was missing, and the button that proposes an email to them."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from bot.views import texts
from bot.views.blocks import (
    Block,
    Message,
    actions,
    button,
    confirm,
    context,
    escape,
    message,
    mrkdwn,
    option,
    rich_line,
    section,
    text_run,
)
from bot.views.button_values import own_value, read_id
from bot.views.winback import command_texts
from bot.views.winback.decision_replies import decision_text
from domain.ids import CaseId
from domain.winback.rule_matching import ShippedFeature
from flows.failures import OutsideFailure
from flows.people.staff_permissions import PermissionDenied
from flows.winback.proposals.answers import Proposed
from flows.winback.proposals.feature_launch import FeatureProposals, FeatureRequest, FeatureRequests, RememberedFeatures
from wording.dates import full_day
from wording.grammar import count
from wording.sanitize import cut, one_line

PROPOSE, PICK = "launch_propose", "launch_pick"
MOST = 20
_FOUND_IN = {"tag": "noted on their card", "option": "the reason they chose", "words": "in their own words"}
_REMEMBERED = "From now on, the card of anybody who leaves and asks for it says that it has shipped."
_MOST_NAME, _MOST_WORDS = 60, 300


def feature_requests_message(answer: FeatureRequests | PermissionDenied | OutsideFailure) -> Message:
    """Return who asked for a feature; all are picked, and each can be taken out."""
    match answer:
        case PermissionDenied() | OutsideFailure():
            return message(texts.refusal_text(answer))
        case FeatureRequests():
            if answer.requests:
                return _listed(answer)
            return message(f"{command_texts.NO_REQUESTS} I looked for {_with_synonyms(answer.feature)}. {_REMEMBERED}")


def remembered_message(answer: RememberedFeatures | PermissionDenied | OutsideFailure) -> Message:
    """Return which features have shipped, and how many people who left ask for each."""
    match answer:
        case PermissionDenied() | OutsideFailure():
            return message(texts.refusal_text(answer))
        case RememberedFeatures(features=()):
            return message(command_texts.NO_FEATURE)
        case RememberedFeatures(features=features):
            listed = [f"• {_with_synonyms(each)}: {_waiting(number)}" for each, number in features[:MOST]]
            more = [f"• and {len(features) - MOST} more"] if len(features) > MOST else []
            hint = "`/winback shipped <feature>` lists them and proposes an email."
            return message("\n".join(["*What has shipped*", *listed, *more, hint]))


def _with_synonyms(feature: ShippedFeature) -> str:
    """Return a feature's name and the other words for it, escaped."""
    others = f" ({escape(', '.join(feature.synonyms))})" if feature.synonyms else ""
    return f"“{escape(feature.name)}”{others}"


def _waiting(number: int) -> str:
    return f"{count(number, 'person', 'people')} who left {'asks' if number == 1 else 'ask'} for it"


def proposed_message(
    answer: FeatureProposals | PermissionDenied | OutsideFailure, names: Mapping[CaseId, str]
) -> Message:
    """Return what happened to each proposal; `names` holds a name for each case."""
    match answer:
        case PermissionDenied() | OutsideFailure():
            return message(texts.refusal_text(answer))
        case FeatureProposals():
            done = [each for _, each in answer.answers if isinstance(each, Proposed)]
            said = f"{len(done)} of {len(answer.answers)} proposed. Each waits in approvals for another manager."
            told = [
                section(f"*{escape(names.get(case_id, 'Somebody'))}*: {decision_text(became)}")
                for case_id, became in answer.answers
                if not isinstance(became, Proposed)
            ]
            return message(said, section(said), *told)


@own_value()
def picked_cases(body: Mapping[str, Any]) -> dict[CaseId, str]:
    """Return the picked cases with their names; a client may send no state if nothing is picked."""
    chosen = body.get("state", {}).get("values", {}).get(PICK, {}).get(PICK, {}).get("selected_options", [])
    return {CaseId(read_id(each["value"])): each["text"]["text"] for each in chosen}


def _listed(answer: FeatureRequests) -> Message:
    shown = answer.requests[:MOST]
    feature = answer.feature.name
    said = f"{count(len(answer.requests), 'person', 'people')} left and asked for “{feature}”."
    options = [option(_name(each), str(each.case.id)) for each in shown]
    pick = {
        "type": "multi_static_select",
        "action_id": PICK,
        "options": options,
        "initial_options": options,
        "max_selected_items": MOST,
    }
    sure = confirm(
        title="Propose an email?",
        text=f"Proposes an email to each: “{feature}” is there now. Another manager approves each of them.",
        yes="Propose",
    )
    blocks = [
        section(f"*{escape(said)}*"),
        context(mrkdwn(f"I looked for {_with_synonyms(answer.feature)}. {_REMEMBERED}")),
        *[block for each in shown for block in _wish(each)],
        section("Who should get an email?", block_id=PICK, accessory=pick),
        actions(button("Propose an email…", action=PROPOSE, value=feature, style="primary", confirm=sure)),
    ]
    if len(answer.requests) > MOST:
        blocks.append(context(mrkdwn(f"The newest {MOST}; ask again for the next ones once these are decided.")))
    return {"text": escape(said), "blocks": blocks}


def _wish(wish: FeatureRequest) -> list[Block]:
    on = full_day(wish.case.episode.requested_at, zone=UTC)
    told = f" · {on} · {cut(one_line(wish.facts.plan), _MOST_NAME)} · {_FOUND_IN[wish.wish.found_in]}: "
    return [
        rich_line(text_run(_name(wish), bold=True), text_run(told + f"“{cut(one_line(wish.wish.words), _MOST_WORDS)}”"))
    ]


def _name(request: FeatureRequest) -> str:
    return cut(one_line(request.facts.customer_name or ""), _MOST_NAME) or f"…{request.facts.customer_id[-6:]}"
