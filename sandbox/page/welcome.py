"""The page one arrives at: what this place is, and four things to try."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.page.frame import Frame
from sandbox.seed import CUSTOMERS
from sandbox.slack.channels import Channel
from sandbox.stripe.ledger import Json


@dataclass(frozen=True)
class Thing:
    """Something to try, in a title and a sentence or two."""

    title: str
    words: str


TO_TRY = (
    Thing(
        "Get a portal link",
        "As Ada Agent, in #support, ask for a customer's billing portal: /portal-link dana@acme-mail.com. "
        "Only you can see the answer.",
    ),
    Thing(
        "Cancel as a customer",
        "Open the portal as the customer, cancel, and say why. A card with the reason appears in #cancellations.",
    ),
    Thing(
        "Break it",
        "Under Faults, make the bot die before its next message, and cancel as somebody else. "
        "There is still exactly one card.",
    ),
    Thing(
        "Win somebody back",
        "Cancel as a customer because it is too expensive, and move the clock to three days before the plan ends. As "
        "Mara Manager, approve the proposal in #winback-approvals. For a minute (five in a real policy) Hold brings it "
        "back. Then the offer arrives in the mailbox: follow its link, accept it as the customer, and watch the cards "
        "change.",
    ),
)


class Welcome:
    """Points at a customer who can cancel, and at the channels where that is seen."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def routes(self) -> list[Route]:
        return [Route("/as/{who}/", self.show)]

    async def show(self, request: Request) -> Response:
        return self._frame.draw(
            request,
            "welcome.html",
            here="",
            things=TO_TRY,
            customer=self._somebody(),
            support=self._named("support"),
            cancellations=self._named("cancellations"),
            approvals=self._named("winback-approvals"),
        )

    def _somebody(self) -> Json | None:
        """Choose the first customer of the seed whose one subscription runs and is not to end."""
        account = self._frame.sandbox.stripe
        for seeded in CUSTOMERS.values():
            customer = account.ledger.objects["customer"].get(seeded.id)
            live = account.live_subscriptions(customer) if customer else []
            if [(one["status"], one["cancel_at"]) for one in live] == [("active", None)]:
                return customer
        return None

    def _named(self, name: str) -> Channel | None:
        return next((one for one in self._frame.workspace.channels.values() if one.name == name), None)
