"""Each offer where a customer stands: paid up, on trial, gone; and where one makes no sense, why it is passed over.

All go their ways at the same time, those of one standing in a world of their own: mostly they wait for Slack, which
takes a message a second and channel. What `test_winback_story` tells is not told again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from domain.winback.offer import OfferPhase
from sandbox.slack.views import View
from sandbox.stripe.ledger import DAY, Json
from tests.journeys.faults.kills import settled
from tests.journeys.visitor import Visitor
from tests.journeys.winback.winback import (
    approve,
    email_to,
    joins,
    link_in,
    opened,
    proposal_of,
    read_email,
    submit,
    winning_back,
)
from tests.journeys.world import World

POLICY = """
[limits]
holdout = 0

[hours]
start = "00:00"
end = "23:59"
weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

[[rules]]
name = "paid up"
reasons = ["low_quality"]
steps = [
  { after = "0 minutes", offer = "extend_trial", days = 7 },
  { after = "0 minutes", offer = "pause", months = 2 },
]

[[rules]]
name = "on trial"
reasons = ["too_complex"]
steps = [
  { after = "0 minutes", offer = "free_months", months = 1 },
  { after = "0 minutes", offer = "pause", months = 2 },
  { after = "0 minutes", offer = "extend_trial", days = 7 },
]

[[rules]]
name = "gone"
reasons = ["customer_service"]
steps = [
  { after = "0 minutes", offer = "pause", months = 2 },
  { after = "0 minutes", offer = "extend_trial", days = 7 },
  { after = "0 minutes", offer = "free_months", months = 1 },
]
"""
STANDING = {
    "pending": "(cancelled, and still paid up)",
    "trialing": "(still on trial)",
    "ended": "(the subscription is over)",
}
REASONS = {"pending": "low_quality", "trialing": "too_complex", "ended": "customer_service"}
KINDS = {
    "pending": {"discount", "free_months", "switch_plan", "pause", "restart", "call_back"},
    "trialing": {"discount", "switch_plan", "extend_trial", "restart", "call_back"},
    "ended": {"discount", "free_months", "switch_plan", "restart", "call_back"},
}


@dataclass(frozen=True)
class Cell:
    """An offer drafted by hand, how its page's button begins, and what is said of it in the channel."""

    kind: str
    button: str
    said: str
    typed: dict[str, str] = field(default_factory=dict)


CELLS: dict[OfferPhase, list[Cell]] = {
    "pending": [
        Cell(
            "discount", "Continue and pay €39", "€10 off 2 invoices", {"offer_amount": "10.00", "offer_invoices": "2"}
        ),
        Cell("free_months", "Continue and pay nothing", "1 free month"),
        Cell("restart", "Continue and pay €49", "Going on at the same price"),
    ],
    "trialing": [
        Cell("discount", "Continue and pay €39.20", "20% off the next invoice", {"offer_percent": "20"}),
        Cell("switch_plan", "Continue and pay €9", "Starter at €9 a month"),
        Cell("restart", "Continue and pay €49", "Going on at the same price"),
    ],
    "ended": [
        Cell("switch_plan", "Continue and pay €9 today", "Starter at €9 a month"),
        Cell("restart", "Continue and pay €49 today", "Going on at the same price"),
    ],
}


class Cells:
    """One standing: who leaves there, what they are offered, and what becomes of it."""

    def __init__(self, w: World, phase: OfferPhase) -> None:
        self.w = w
        self.phase = phase
        self._slack = asyncio.Lock()  # one form and one private answer at a time

    def leaves(self, name: str, feedback: str) -> Json:
        stripe = self.w.sandbox.stripe
        trial_end = stripe.ledger.now + 10 * DAY if self.phase == "trialing" else None
        subscription = joins(self.w, name, trial_end=trial_end)
        stripe.portal_cancel(subscription, feedback)
        if self.phase == "ended":
            stripe.cancel_now(subscription)
        return subscription

    async def propose(self, subscription: Json, name: str, cell: Cell) -> None:
        """Draft the offer on the card, among exactly the kinds that this standing knows."""
        card = await self.w.card_of(subscription, "Propose win-back…")
        slack = self.w.sandbox.slack
        async with self._slack:
            form = await opened(self.w, "agent", card, "card_propose", "What do they get?")
            assert {option["value"] for option in kinds_in(form)["options"]} == KINDS[self.phase]
            if kinds_in(form)["initial_option"]["value"] != cell.kind:
                await slack.choose("agent", form, "offer_kind", cell.kind)
                await self.w.until(lambda: kinds_in(form)["initial_option"]["value"] == cell.kind)
            assert "Proposed: " in await submit(self.w, "agent", form, dict(cell.typed), "Proposed: ")
        assert await proposal_of(self.w, name, cell.said, "<@U0AGENT001>, who cannot approve it alone")

    async def approve(self, name: str, *words: str) -> None:
        proposal = await proposal_of(self.w, name, *words)
        async with self._slack:
            assert "Approved: " in await approve(self.w, proposal)

    async def accept(self, name: str, button: str) -> str:
        """Accept on the page; a customer who has left pays at Checkout."""
        async with Visitor() as visitor:
            await visitor.open(link_in(await email_to(self.w, name), "o"))
            words = await visitor.press(button)
            return await visitor.press("Subscribe") if self.phase == "ended" else words

    async def by_hand(self, cell: Cell) -> Json:
        name = f"{cell.kind.replace('_', ' ').title()} {self.phase.title()}"
        subscription = self.leaves(name, "unused")
        await self.propose(subscription, name, cell)
        await self.approve(name, cell.said)
        await self.accept(name, cell.button)
        await self.w.card_of(subscription, "*Win-back:* Accepted")
        return subscription

    async def by_rule(self, said: str, rejected: list[str], button: str) -> Json:
        """Have the rule propose what makes sense, and say of the rest that it does not; then say yes to it."""
        name = f"Ruled {self.phase.title()}"
        subscription = self.leaves(name, REASONS[self.phase])
        proposal = await proposal_of(self.w, name, said)
        async with self._slack:
            told = await read_email(self.w, proposal, "What else, and why not")
        for offer in rejected:
            assert f"{offer}: it is not for somebody like this {STANDING[self.phase]}" in told
        await self.approve(name)
        await self.accept(name, button)
        await self.w.card_of(subscription, "*Win-back:* Accepted")
        return subscription

    async def called(self) -> None:
        """Check a talk: approved, somebody has the case, and nothing is emailed."""
        name = f"Carla Called {self.phase.title()}"
        subscription = self.leaves(name, "unused")
        await self.propose(subscription, name, Cell("call_back", "", "A personal talk", {"offer_who": "U0AGENT002"}))
        await self.approve(name, "Gives nothing away.")
        await self.w.card_of(subscription, "<@U0AGENT002> is talking to them")
        await settled(self.w)
        assert not self.w.sandbox.mailbox.to(f"{name.lower().replace(' ', '.')}@scully-mail.com")

    def now_of(self, subscription: Json) -> Json:
        """Return what somebody who was gone has now."""
        [live] = self.w.sandbox.stripe.live_subscriptions({"id": subscription["customer"]})
        return live

    async def all_by_hand(self) -> dict[str, Json]:
        cells = CELLS[self.phase]
        made = await asyncio.gather(*map(self.by_hand, cells))
        return {cell.kind: subscription for cell, subscription in zip(cells, made, strict=True)}


def kinds_in(form: View) -> Json:
    """Return a form's menu of the kinds of offer."""
    select: Json = next(block["element"] for block in form.blocks if block["block_id"] == "offer_kind")
    return select


def price_of(subscription: Json) -> str:
    [item] = subscription["items"]["data"]
    return str(item["price"]["id"])


def goes_on(subscription: Json) -> bool:
    return subscription["cancel_at"] is None and not subscription["cancel_at_period_end"]


async def paid_up(cells: Cells) -> None:
    made, paused, _ = await asyncio.gather(
        cells.all_by_hand(), cells.by_rule("A pause of 2 months", ["7 more days of trial"], "Pause"), cells.called()
    )
    assert all(map(goes_on, [*made.values(), paused]))
    assert [len(made[kind]["discounts"]) for kind in ("discount", "free_months", "restart")] == [1, 1, 0]
    assert paused["pause_collection"]["behavior"] == "void"
    assert paused["pause_collection"]["resumes_at"] > paused["items"]["data"][0]["current_period_end"] + 50 * DAY


async def on_trial(cells: Cells) -> None:
    made, extended, _ = await asyncio.gather(
        cells.all_by_hand(),
        cells.by_rule("7 more days of trial", ["1 free month", "A pause of 2 months"], "Continue the trial for 7"),
        cells.called(),
    )
    assert all(map(goes_on, [*made.values(), extended]))
    assert {subscription["status"] for subscription in [*made.values(), extended]} == {"trialing"}
    assert len(made["discount"]["discounts"]) == 1
    assert price_of(made["switch_plan"]) == "price_SeedStarterEur"
    assert extended["trial_end"] - extended["trial_start"] == 17 * DAY


async def gone(cells: Cells) -> None:
    made, free, _ = await asyncio.gather(
        cells.all_by_hand(),
        cells.by_rule("1 free month", ["A pause of 2 months", "7 more days of trial"], "Continue and pay nothing"),
        cells.called(),
    )
    again = {kind: cells.now_of(subscription) for kind, subscription in made.items()}
    assert {kind: subscription["status"] for kind, subscription in again.items()} == dict.fromkeys(again, "active")
    assert price_of(again["switch_plan"]) == "price_SeedStarterEur"
    assert price_of(again["restart"]) == "price_SeedProEur"
    assert [invoice["total"] for invoice in cells.w.sandbox.stripe.invoices.of(cells.now_of(free))] == [0]


STORIES: dict[OfferPhase, Callable[[Cells], Awaitable[None]]] = {
    "pending": paid_up,
    "trialing": on_trial,
    "ended": gone,
}


async def test_every_offer_in_every_phase(tmp_path: Path) -> None:
    async def story(phase: OfferPhase) -> None:
        (tmp_path / phase).mkdir()
        async with winning_back(tmp_path / phase, POLICY) as w:
            await STORIES[phase](Cells(w, phase))

    async with asyncio.TaskGroup() as stories:
        for phase in STORIES:
            stories.create_task(story(phase))
