"""The digest: themes, each with its people and links to its cases, and what is compared."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from bot.views.blocks import Message
from bot.views.cancellations.card import CardStyle
from bot.views.winback.digest import digest_message
from domain.ids import CaseId, PersonId, SubscriptionId
from domain.results.digest import Digest, DigestFigures, period_until
from domain.results.funnel import funnel
from domain.results.themes import CustomerComment, Theme
from sandbox.slack.blocks import check_message
from tests.bot.samples import NOW

FULL, LEAN = (CardStyle(detail=each, portal_links=True, winback=True) for each in ("full", "lean"))
NOTHING = DigestFigures(cases=0, left=0, back=0, lost=(), kept=(), unknown=0)


def comments(number: int) -> tuple[CustomerComment, ...]:
    return tuple(
        CustomerComment(
            person_id=PersonId(UUID(int=each)),
            case_id=CaseId(UUID(int=each)),
            subscription_id=SubscriptionId(f"sub_{each}"),
            livemode=each != 1,
            text="",
        )
        for each in range(1, number + 1)
    )


def shown(
    *themes: Theme, style: CardStyle | None = FULL, more: bool = False, began_at: datetime | None = None
) -> Message:
    digest = Digest(
        period=period_until(NOW + timedelta(days=1), days=7, zone=UTC),
        now=replace(NOTHING, cases=3, left=3),
        before=NOTHING,
        reasons=(),
        decline_codes=(),
        funnel=funnel({}, consent_key="marketing_consent"),
        themes=themes,
        more_comments=more,
        began_at=began_at,
    )
    message = digest_message(digest, zone=UTC, style=style)
    assert check_message(message["blocks"], charts_allowed=True)
    return message


def rows(message: Message) -> list[str]:
    lists = [part for block in message["blocks"] if block["type"] == "rich_text" for part in block["elements"]]
    return ["".join(run["text"] for run in row["elements"]) for each in lists for row in each["elements"]]


def test_theme_links_to_its_cases() -> None:
    message = shown(Theme(term="Salesforce export", people=3, comments=comments(3)))

    assert rows(message) == ["Salesforce export 3 people · 00000001 · 00000002 · 00000003"]
    for address in ("/test/subscriptions/sub_1", "/subscriptions/sub_2"):
        assert f"https://dashboard.stripe.com{address}'" in str(message)
    assert "comments were read" not in str(message)


def test_lean_digest_has_no_themes() -> None:
    theme = Theme(term="Salesforce export", people=3, comments=comments(3))
    assert [rows(shown(theme, style=style)) for style in (LEAN, None)] == [[], []]
    assert "wrote" not in str(shown(theme, style=LEAN))
    assert "wrote" not in str(shown())


def test_many_cases_are_cut_and_said_to_be() -> None:
    eight = [Theme(term="x" * 120, people=4_321, comments=comments(40)) for _ in range(8)]

    message = shown(*eight, more=True)

    assert rows(message)[0].endswith(" · 0000000a · and 30 more")
    assert "Only the newest 1,000 comments were read." in str(message)


def test_a_theme_is_never_markup() -> None:
    message = shown(Theme(term="<!channel> *all*", people=3, comments=comments(3)))
    assert {"type": "text", "text": "<!channel> *all*", "style": {"bold": True}} in [
        run for block in message["blocks"] if block["type"] == "rich_text" for run in _runs(block)
    ]


def _runs(block: dict[str, list[dict[str, list[dict[str, list[object]]]]]]) -> list[object]:
    return [run for part in block["elements"] for row in part["elements"] for run in row["elements"]]


def test_first_digests_compare_nothing() -> None:
    told = str(shown(began_at=NOW))

    assert "3 customers left in the 7 days to" in told
    assert "days before" not in told
    assert "Before" not in told
    assert "I was first started Sun, " in told
