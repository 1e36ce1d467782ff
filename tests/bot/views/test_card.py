"""A card in every state it can be in, and with everything that customers can write into it."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.views.cancellations.card import PORTAL_LINK, PROPOSE, CardStyle, card_message
from bot.views.cancellations.follow_up_question import follow_up_answer, follow_up_question
from domain.billing.monthly_value import MonthlyValue
from domain.cancellations.stored_case import CustomerReturn, Enrichment, Paid
from domain.ids import StaffId, SubscriptionId
from domain.money import Money
from domain.winback.case_card import CaseCard
from domain.winback.status import status_of
from sandbox.slack.blocks import check_message
from tests.bot.proposal_samples import OFFER, PROPOSAL
from tests.bot.samples import CARD, ENDS_AT, EUROS, NOW, cancelled_by, card
from tests.lanes import examples

FULL = CardStyle(detail="full", portal_links=True, winback=True)
LEAN = CardStyle(detail="lean", portal_links=True, winback=True)
OWNER = StaffId("U0AGENT001")
TRIAL = MonthlyValue(now=Money(0, "eur"), would_be=Money(4900, "eur"), usage_based=False)


def _euros(minor: int) -> MonthlyValue:
    return MonthlyValue(now=Money(minor, "eur"), would_be=Money(minor, "eur"), usage_based=False)


def _back(*, same: bool) -> CustomerReturn:
    return CustomerReturn(at=NOW + timedelta(days=2), subscription_id=SubscriptionId("sub_New"), same_subscription=same)


ENDED = {"state": "ended", "ends_at": ENDS_AT, "ended_at": ENDS_AT}
STATES: list[tuple[str, CaseCard, str]] = [
    ("pending", CARD, "A Pro customer cancelled: €49 a month, ends 3 Dec, too expensive"),
    ("withdrawn", card(episode={"state": "withdrawn"}), "A Pro customer did not cancel after all"),
    (
        "reason awaited",
        card(episode={"cancellation": cancelled_by("cancellation_requested")}, reason_state="not_yet"),
        "A Pro customer cancelled: €49 a month, ends 3 Dec, reason not given yet",
    ),
    (
        "no reason",
        card(episode={"cancellation": cancelled_by("cancellation_requested")}, reason_state="none"),
        "A Pro customer cancelled: €49 a month, ends 3 Dec, no reason given",
    ),
    (
        "only the period's end is known",
        card(episode={"ends_at": None}),
        "A Pro customer cancelled: €49 a month, too expensive",
    ),
    ("ended", card(episode=ENDED), "A Pro customer cancelled: €49 a month, ended 3 Dec, too expensive"),
    ("second", card(number=2), "A Pro customer cancelled: €49 a month, ends 3 Dec, too expensive, their second"),
    (
        "taken back",
        card(episode={"state": "resumed", "resumed_at": NOW}, comeback=_back(same=True)),
        "A Pro customer took their cancellation back: €49 a month",
    ),
    (
        "back by a new subscription",
        card(episode=ENDED, comeback=_back(same=False), back_with=replace(CARD.facts, plan="Starter"), number=3),
        "A Pro customer who had cancelled is back with Starter: €49 a month",
    ),
    (
        "switched",
        card(episode=ENDED, switched_to=replace(CARD.facts, plan="Business", value=_euros(9900))),
        "A Pro customer switched to Business, €99 a month",
    ),
    (
        "still subscribed",
        card(episode=ENDED, still_with=replace(CARD.facts, plan="Lite", value=_euros(1900))),
        "A Pro customer cancelled: €49 a month, ended 3 Dec, too expensive, still subscribed to Lite, €19 a month",
    ),
    (
        "payment failed",
        card(
            episode=ENDED | {"cancellation": cancelled_by("payment_failed")},
            case={"enrichment": Enrichment(paid=None, decline_code="expired_card")},
        ),
        "A Pro customer was lost to a failed payment: €49 a month, ended 3 Dec, declined: the card has expired",
    ),
    (
        "mandate revoked",
        card(
            episode=ENDED | {"cancellation": cancelled_by("payment_failed")},
            case={
                "enrichment": Enrichment(paid=None, decline_code="debit_not_authorized", payment_method="sepa_debit")
            },
        ),
        (
            "A Pro customer's payments were stopped: €49 a month, ended 3 Dec, declined: the customer did not allow "
            "the direct debit, or revoked it"
        ),
    ),
    (
        "payment failed, code not known yet",
        card(episode=ENDED | {"cancellation": cancelled_by("payment_failed")}),
        "A Pro customer was lost to a failed payment: €49 a month, ended 3 Dec",
    ),
    (
        "disputed",
        card(episode=ENDED | {"cancellation": cancelled_by("payment_disputed")}),
        "A Pro customer was lost to a disputed payment: €49 a month, ended 3 Dec",
    ),
    (
        "trial ended",
        card(episode=ENDED | {"cancellation": cancelled_by("trial_ended")}, facts=replace(CARD.facts, value=TRIAL)),
        "A Pro trial ended with no card on file: €0 now, would be €49 a month, ended 3 Dec",
    ),
    (
        "retention policy",
        card(episode=ENDED | {"cancellation": cancelled_by("canceled_by_retention_policy")}),
        "A Pro subscription was removed by Stripe's retention policy: €49 a month, ended 3 Dec",
    ),
    (
        "a kind that Stripe added later",
        card(episode=ENDED | {"cancellation": cancelled_by("comet_strike", feedback="too_dusty")}),
        "A Pro customer was lost (comet_strike): €49 a month, ended 3 Dec, too_dusty",
    ),
]


def _words(blocks: Any) -> str:
    """Return all that is seen in blocks."""
    if isinstance(blocks, list):
        return "\n".join(_words(each) for each in blocks)
    if isinstance(blocks, dict):
        own = blocks.get("text")
        rest = "\n".join(_words(value) for value in blocks.values() if isinstance(value, list | dict))
        return f"{own}\n{rest}" if isinstance(own, str) else rest
    return ""


@pytest.mark.parametrize(("shown", "text"), [(shown, text) for _, shown, text in STATES], ids=[s[0] for s in STATES])
def test_notification_names_each_state(shown: CaseCard, text: str) -> None:
    message = card_message(shown, style=FULL)

    assert message["text"] == text
    check_message(message["blocks"], charts_allowed=True)
    assert card_message(shown, style=FULL) == message


def test_paid_so_far_says_that_it_holds_tax() -> None:
    paid = Paid(amount=Money(5831, "eur"), at_least=False, with_tax=True)
    shown = card(case={"enrichment": Enrichment(paid=paid, decline_code=None)})

    assert "paid so far: €58.31 with tax" in _words(card_message(shown, style=FULL)["blocks"])


def head_of(shown: CaseCard, *, style: CardStyle = FULL) -> str:
    """Return a card's first line as it is read, times by their fallback."""
    first = card_message(shown, style=style)["blocks"][0]["elements"][0]
    return "".join(run.get("text") or run.get("fallback") or f"@{run['user_id']}" for run in first["elements"])


HEADS = [
    ("pending", "🔴 Dana Scully cancelled Pro · €49 a month · too expensive · ends 3 Dec 2026"),
    ("withdrawn", "⚪ Dana Scully did not cancel after all · Pro"),
    ("reason awaited", "🔴 Dana Scully cancelled Pro · €49 a month · reason not given yet · ends 3 Dec 2026"),
    ("no reason", "🔴 Dana Scully cancelled Pro · €49 a month · no reason given · ends 3 Dec 2026"),
    (
        "only the period's end is known",
        "🔴 Dana Scully cancelled Pro · €49 a month · too expensive · when the paid period ends",
    ),
    ("ended", "🔴 Dana Scully cancelled Pro · €49 a month · too expensive · ended 3 Dec 2026"),
    ("taken back", "🟢 Dana Scully stays with Pro · kept €49 a month · back since 24 Nov 2026"),
    (
        "back by a new subscription",
        "🟢 Dana Scully is back with Starter: €49 a month · was €49 a month · back since 24 Nov 2026",
    ),
    ("switched", "⚪ Dana Scully switched from Pro to Business, €99 a month · gained €50 a month"),
    (
        "still subscribed",
        (
            "🔴 Dana Scully cancelled Pro · €49 a month · too expensive · ended 3 Dec 2026 · still subscribed to Lite, "
            "€19 a month"
        ),
    ),
    (
        "payment failed",
        "🟠 Dana Scully: payment failed for good · Pro · €49 a month · the card has expired · ended 3 Dec 2026",
    ),
    (
        "payment failed, code not known yet",
        "🟠 Dana Scully: payment failed for good · Pro · €49 a month · ended 3 Dec 2026",
    ),
    ("disputed", "🟠 Dana Scully disputed a payment · Pro · €49 a month · ended 3 Dec 2026"),
    (
        "trial ended",
        "🔴 Dana Scully: trial ended with no card on file · Pro · €0 now, would be €49 a month · ended 3 Dec 2026",
    ),
    (
        "a kind that Stripe added later",
        "🔴 Dana Scully: lost (comet_strike) · Pro · €49 a month · too_dusty · ended 3 Dec 2026",
    ),
]


@pytest.mark.parametrize(("state", "head"), HEADS, ids=[state for state, _ in HEADS])
def test_first_line_says_it_all(state: str, head: str) -> None:
    [shown] = [shown for name, shown, _ in STATES if name == state]

    assert head_of(shown) == head


def test_sent_offer_has_a_sign_of_its_own() -> None:
    offered = replace(CARD, winback=status_of(PROPOSAL, replace(OFFER, state="sent")))

    assert head_of(offered).startswith("🟡 Dana Scully cancelled Pro · ")


def test_lean_line_names_the_plan_alone() -> None:
    failed = card(episode=ENDED | {"cancellation": cancelled_by("payment_failed")})

    assert head_of(CARD, style=LEAN) == "🔴 A Pro customer cancelled · €49 a month · too expensive · ends 3 Dec 2026"
    assert head_of(failed, style=LEAN) == (
        "🟠 A Pro customer: payment failed for good · €49 a month · ended 3 Dec 2026"
    )


def test_who_has_no_name_is_known_by_address() -> None:
    nameless = card(facts=replace(CARD.facts, customer_name=None))

    assert head_of(nameless).startswith("🔴 d…a@a…e.com cancelled Pro · ")


def test_a_name_from_right_to_left_turns_nothing_else() -> None:
    named = card(facts=replace(CARD.facts, customer_name="ليلى حداد"))

    assert head_of(named).startswith("🔴 \N{FIRST STRONG ISOLATE}ليلى حداد\N{POP DIRECTIONAL ISOLATE} cancelled Pro · ")


def test_card_shows_who_what_when_and_why() -> None:
    shown = card(
        episode={"cancellation": cancelled_by("cancellation_requested", feedback="too_expensive", comment="Too dear.")},
        case={"enrichment": Enrichment(paid=Paid(amount=Money(39200, "eur"), at_least=True), decline_code=None)},
        number=2,
        offers_before=1,
    )

    seen = _words(card_message(shown, style=FULL)["blocks"])

    assert head_of(shown).endswith(" · too expensive · ends 3 Dec 2026")
    assert "Too dear." in seen
    assert (
        "d…a@a…e.com · customer for 8 months, second cancellation, 1 offer before · paid so far: at least €392 · "
        "Ref 0000abcd"
    ) in seen
    assert "dana@acme.com" not in seen


def test_declined_payment_says_what_helps() -> None:
    shown = card(
        episode=ENDED | {"cancellation": cancelled_by("payment_failed")},
        case={"enrichment": Enrichment(paid=None, decline_code="insufficient_funds")},
    )

    assert " · there is not enough money on the account · " in head_of(shown)
    assert "*What helps:* It often works soon after payday, or with another card." in _words(
        card_message(shown, style=FULL)["blocks"]
    )


def test_lean_card_has_no_name_or_comment() -> None:
    shown = card(episode={"cancellation": cancelled_by(None, feedback="other", comment="I am Dana Scully")})

    seen = json.dumps(card_message(shown, style=LEAN), ensure_ascii=False)

    assert "Scully" not in seen
    assert "d…a@a…e.com" in seen


def _menu(shown: CaseCard) -> list[str]:
    row = next(block for block in card_message(shown, style=FULL)["blocks"] if block["type"] == "actions")
    overflow = row["elements"][-1]
    return [option["text"]["text"] for option in overflow["options"]]


def test_buttons_follow_the_case() -> None:
    owned = card(case={"owner": OWNER, "owned_at": NOW, "tags": ("SSO",)}, suppressed=True)

    assert _menu(CARD) == ["Open in Stripe", "I'll talk to them", "Asked for…", "Never contact…"]
    assert _menu(owned) == ["Open in Stripe", "Hand back", "Asked for…", "Contact again…"]
    seen = _words(card_message(owned, style=FULL)["blocks"])
    assert head_of(owned).endswith(f" · @{OWNER} is talking to them")
    assert "Asked for: SSO" in seen
    assert "Never contact: no offer will be made to them." in seen


@pytest.mark.parametrize(
    ("plan", "minor", "shared", "told"),
    [
        ("Business", 9900, False, "Business, €99 a month · gained €50 a month"),
        ("Lite", 1900, False, "Lite, €19 a month · lost €30 a month"),
        ("Plus", 4900, False, "Plus, €49 a month · same price €49 a month"),
        ("Business", 9900, True, "Business, €99 a month, which replaces several · lost €49 a month"),
    ],
)
def test_switch_tells_the_difference(plan: str, minor: int, told: str, *, shared: bool) -> None:
    switched_to = replace(CARD.facts, plan=plan, value=_euros(minor))
    switched = card(switched_to=switched_to, switch_several=shared, switch_shared=shared)

    assert head_of(switched) == f"⚪ Dana Scully switched from Pro to {told}"
    assert PROPOSE not in json.dumps(card_message(switched, style=FULL))


def test_offers_by_hand_to_who_keeps_another() -> None:
    kept = card(still_with=replace(CARD.facts, plan="Lite", value=_euros(1900)))
    shown = json.dumps(card_message(kept, style=FULL), ensure_ascii=False)

    assert " · still subscribed to Lite, €19 a month" in head_of(kept)
    assert PROPOSE in shown


def _primary(shown: CaseCard) -> list[str]:
    row = next(block for block in card_message(shown, style=FULL)["blocks"] if block["type"] == "actions")
    return [each["action_id"] for each in row["elements"] if each.get("style") == "primary"]


def test_the_obvious_next_step_is_in_colour() -> None:
    failed = card(episode=ENDED | {"cancellation": cancelled_by("payment_failed")})
    returned = card(episode={"state": "resumed", "resumed_at": NOW}, comeback=_back(same=True))

    assert (_primary(CARD), _primary(failed), _primary(returned)) == ([PROPOSE], [PORTAL_LINK], [])


def test_deleted_customer_is_offered_nothing() -> None:
    facts = replace(CARD.facts, customer_name=None, customer_email=None, customer_deleted=True)
    gone, owned = card(facts=facts), card(facts=facts, case={"owner": OWNER, "owned_at": NOW})

    assert _menu(gone) == ["Open in Stripe", "Asked for…", "Never contact…"]
    assert _menu(owned) == ["Open in Stripe", "Hand back", "Asked for…", "Never contact…"]
    seen = json.dumps(card_message(gone, style=FULL))
    assert "Deleted at Stripe: nobody can be offered anything or sent a portal link." in seen
    assert PROPOSE not in seen
    assert PORTAL_LINK not in seen


def test_card_shows_the_owners_answer() -> None:
    answered = card(case={"owner": OWNER, "owned_at": NOW, "follow_up": "no_answer"})

    assert head_of(answered).endswith(f" · @{OWNER} got no answer")


def test_no_portal_button_without_portal_links() -> None:
    without = card_message(CARD, style=replace(FULL, portal_links=False))

    assert "card_portal_link" not in json.dumps(without)
    assert "card_portal_link" in json.dumps(card_message(CARD, style=FULL))


def test_dashboard_matches_the_mode() -> None:
    live = card(facts=replace(CARD.facts, livemode=True))

    assert "https://dashboard.stripe.com/test/subscriptions/sub_Dana00000001" in json.dumps(
        card_message(CARD, style=FULL)
    )
    assert "https://dashboard.stripe.com/subscriptions/sub_Dana00000001" in json.dumps(card_message(live, style=FULL))


def test_owner_gets_four_answers() -> None:
    asked = follow_up_question(card(case={"owner": OWNER, "owned_at": NOW}))

    check_message(asked["blocks"], charts_allowed=True)
    labels = [element["text"]["text"] for element in asked["blocks"][-1]["elements"]]
    assert labels[:4] == ["Reached", "No answer", "Came back", "Lost"]
    assert "Scully" not in asked["text"]
    check_message(follow_up_answer("reached")["blocks"], charts_allowed=True)


HOSTILE = st.one_of(
    st.text(max_size=200),
    st.sampled_from(
        [
            "<!channel> <@U0AGENT001> <https://evil.example|click>",
            "*bold* _it_ `code` ~no~ > quote",
            "\u202egnihtemos\u202c \u2066x\u2069",
            "שלום عليكم",
            "👩‍👩‍👧‍👦" * 70,
            "é" * 500,
            "x" * 5000,
            "\n" * 50,
            "",
            "\x00\x07",
            "{plan} {0} %s",
        ]
    ),
)


@settings(max_examples=examples(300))
@given(name=HOSTILE, comment=HOSTILE, plan=HOSTILE, kind=HOSTILE, feedback=HOSTILE, tag=HOSTILE, email=HOSTILE)
def test_any_customer_text_stays_plain(  # noqa: PLR0917  # one for each field of theirs
    name: str, comment: str, plan: str, kind: str, feedback: str, tag: str, email: str
) -> None:
    shown = card(
        episode={"cancellation": cancelled_by(kind or None, feedback=feedback or None, comment=comment)},
        case={"tags": (tag,) * 12},
        facts=replace(CARD.facts, customer_name=name, plan=plan[:80], customer_email=email, value=EUROS),
    )

    message = card_message(shown, style=FULL)

    check_message(message["blocks"], charts_allowed=True)
    assert len(message["text"]) < 4000
    for text in [message["text"], *_mrkdwn(message["blocks"])]:
        assert "<!channel" not in text
        assert "<@U0AGENT001" not in text
        assert "<https" not in text


def _mrkdwn(value: Any) -> list[str]:
    """Return every text that Slack would read as markup."""
    if isinstance(value, list):
        return [text for each in value for text in _mrkdwn(each)]
    if isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            return [value["text"]]
        return [text for each in value.values() for text in _mrkdwn(each)]
    return []
