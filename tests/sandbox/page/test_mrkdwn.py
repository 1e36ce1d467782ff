"""What the page makes of mrkdwn, date tokens and rich text, read as HTML."""

from datetime import UTC, datetime

import pytest

from sandbox.page import mrkdwn
from sandbox.page.mrkdwn import Reader

NOW = datetime(2026, 12, 2, 15, 30, tzinfo=UTC)
READER = Reader(
    person=lambda id_: {"U1": "Ada <A>"}.get(id_, id_), channel=lambda _: "support", group=lambda _: "managers", now=NOW
)
AT = int(datetime(2026, 12, 3, 9, 5, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("plain & simple", "plain &amp; simple"),
        ("*bold* _italic_ ~gone~", "<strong>bold</strong> <em>italic</em> <del>gone</del>"),
        ("*bold with _italic_ inside*", "<strong>bold with <em>italic</em> inside</strong>"),
        ("2*3*4 and snake_case_name", "2*3*4 and snake_case_name"),
        ("* not bold *", "* not bold *"),
        ("`*code*` ```\na *b*\n```", "<code>*code*</code> <pre>a *b*\n</pre>"),
        ("&gt; said\nplain", "<blockquote>said</blockquote>plain"),
        (">>> all\nof it", "<blockquote>all<br>of it</blockquote>"),
        ("<@U1> <#C1> <!subteam^S1> <!here>", None),
        ("&lt;b&gt;x&lt;/b&gt; &amp;lt;", "&lt;b&gt;x&lt;/b&gt; &amp;lt;"),
        ("<b>raw</b><script>1</script>", "&lt;b&gt;raw&lt;/b&gt;&lt;script&gt;1&lt;/script&gt;"),
        ("<javascript:alert(1)|x>", "&lt;javascript:alert(1)|x&gt;"),
        (":warning: :unheard_of:", "⚠️ :unheard_of:"),
    ],
)
def test_text_is_marked_up_as_slack_marks_it_and_everything_else_stays_text(text: str, html: str | None) -> None:
    if html is None:
        html = " ".join(
            f'<span class="mention">{name}</span>' for name in ("@Ada &lt;A&gt;", "#support", "@managers", "@here")
        )
    assert mrkdwn.render(text, READER) == html


@pytest.mark.parametrize(
    ("text", "address", "label"),
    [
        ("<https://a.com/?x=1&amp;y=2|see>", "https://a.com/?x=1&amp;y=2", "see"),
        ("<https://a.com>", "https://a.com", "https://a.com"),
        ("see https://a.com/x.", "https://a.com/x", "https://a.com/x"),
        ("<mailto:d@a.com|d@a.com>", "mailto:d@a.com", "d@a.com"),
        ('<https://a.com/"onclick="x|"><i>', "https://a.com/&#34;onclick=&#34;x", "&#34;"),
    ],
)
def test_links_open_in_a_window_of_their_own_and_cannot_break_out(text: str, address: str, label: str) -> None:
    assert f'<a href="{address}" target="_blank" rel="noopener noreferrer">{label}</a>' in mrkdwn.render(text, READER)


def test_verbatim_text_has_no_links_of_its_own() -> None:
    assert mrkdwn.render("see https://evil.example", READER, verbatim=True) == "see https://evil.example"


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("{date_num} {time_secs}", "2026-12-03 9:05:00 AM"),
        ("{date_long} at {time}", "Thursday, December 3rd, 2026 at 9:05 AM"),
        ("ends {date_short_pretty}", "ends tomorrow"),
        ("{date_pretty}, {ago}", "tomorrow, in 17 hours"),
    ],
)
def test_date_tokens_are_told_to_whoever_reads_now(form: str, words: str) -> None:
    shown = mrkdwn.render(f"<!date^{AT}^{form}|3 Dec>", READER)

    assert f">{words}</time>" in shown
    assert 'datetime="2026-12-03T09:05:00+00:00"' in shown


@pytest.mark.parametrize("token", ["!date^soon^{date}", f"!date^{AT}^{{nonsense}}", "!date^99999999999999^{date}"])
def test_a_date_token_that_makes_no_sense_shows_its_fallback(token: str) -> None:
    assert mrkdwn.render(f"<{token}|3 &lt;Dec&gt;>", READER) == "3 &lt;Dec&gt;"
