"""The one reminder of an open offer, from the running bot into its customer's mailbox."""

from pathlib import Path

from tests.journeys.visitor import Visitor
from tests.journeys.winback.policies import AT_ONCE
from tests.journeys.winback.winback import all_done, email_to, link_in, move_to, offer_rows, offered, winning_back
from tests.journeys.world import World

DAY = 86400
POLICY = AT_ONCE.replace("holdout = 0", 'holdout = 0\nremind_before_end = "3 days"')


async def test_an_unanswered_offer_is_recalled_once(tmp_path: Path) -> None:
    async with winning_back(tmp_path, POLICY) as w:
        subscription, first = await offered(w, "Remo Reminded")
        declined, _ = await offered(w, "Nora Nothanks")
        await w.card_of(subscription, "Reminder on")
        async with Visitor() as visitor:
            await visitor.open(link_in(await email_to(w, "Nora Nothanks"), "o"))
            await visitor.press("No, thanks")
        await w.card_of(declined, "They declined the offer")
        await all_done(w)
        [offer] = offer_rows(w, subscription)
        mailbox = w.sandbox.mailbox
        assert len(mailbox.to("remo.reminded@scully-mail.com")) == 1

        await move_to(w, int(offer["expires_at"].timestamp()) - 3 * DAY + 60)
        reminder = await email_to(w, "Remo Reminded", 2)

        assert link_in(reminder, "o") == link_in(first, "o")
        assert link_in(reminder, "u") == link_in(first, "u")
        assert "we wrote to you about your subscription" in " ".join(reminder.text.split())
        await w.card_of(subscription, "Reminder sent on")
        await expired(w, int(offer["expires_at"].timestamp()))
        assert len(mailbox.to("remo.reminded@scully-mail.com")) == 2
        assert len(mailbox.to("nora.nothanks@scully-mail.com")) == 1


async def expired(w: World, at: int) -> None:
    """Let the offer end, and do all that follows."""
    await move_to(w, at + 60)
    await all_done(w)
