"""The form of an offer while it is open: each change reads Stripe again and shows the new cost."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.background import log_failure
from bot.slack.errors import ask
from bot.slack.request import requester
from bot.views import modals
from bot.views.blocks import message
from bot.views.button_values import own_text
from bot.views.winback import offer_form
from bot.views.winback.decision_replies import decision_text
from bot.views.winback.offer_form import Preview
from bot.views.winback.offer_form_parser import OfferFormContext, drafted_request, parse_kind, parse_offer
from domain.ids import CaseId, ProposalId
from domain.winback.offer import Offer, OfferKind
from domain.winback.proposal import CustomerRequest
from flows.ports import Clock, Staff
from flows.winback.proposals.answers import DraftForm
from flows.winback.proposals.draft import ProposalDrafts


class LatestOnly:
    """Drops the slower answer: remembers, per form, the time of the latest entry while it is being answered."""

    def __init__(self) -> None:
        self._at: dict[str, str] = {}

    def __len__(self) -> int:
        """Return how many forms are remembered."""
        return len(self._at)

    @contextmanager
    def entered(self, form: str, at: str) -> Iterator[Callable[[], bool]]:
        """Remember an entry; yields whether nothing was entered since. Slack's time stamps are ordered as text."""
        self._at[form] = max(at, self._at.get(form, ""))
        try:
            yield lambda: self._at.get(form) == at
        finally:
            if self._at.get(form) == at:
                del self._at[form]


class OfferFormSessions:
    """Opens and updates the form; nothing is stored before it is submitted."""

    def __init__(self, client: AsyncWebClient, drafts: ProposalDrafts, clock: Clock) -> None:
        self._client = client
        self._drafts = drafts
        self._clock = clock
        self._latest = LatestOnly()

    async def open(
        self, body: dict[str, Any], name: str, *, case_id: CaseId | None, proposal: tuple[ProposalId, int] | None
    ) -> None:
        """Open the form within Slack's three seconds, and fill it when Stripe has answered."""
        title = "Propose win-back" if name == offer_form.PROPOSE else "Change the offer"
        opened = await ask(self._client.views_open(trigger_id=body["trigger_id"], view=modals.waiting_modal(title)))
        proposal_id = proposal[0] if proposal else None
        ready = await self._drafts.form(
            requester=requester(body), case_id=case_id, proposal_id=proposal_id, now=self._clock()
        )
        if not isinstance(ready, DraftForm):
            await self._show(opened["view"]["id"], modals.result_modal(message(decision_text(log_failure(ready)))))
            return
        about = OfferFormContext(case_id=ready.case_id, proposal=proposal, currency=ready.currency)
        kind = offer_form.initial_kind(ready)
        look = await self._look(about, offer_form.initial_offer(kind, ready), requester(body))
        form = offer_form.offer_form_modal(ready, name=name, about=about.written(), kind=kind, look=look)
        await self._show(opened["view"]["id"], form)

    async def show_kind(self, body: dict[str, Any], action: dict[str, Any]) -> None:
        """Show the fields of another kind of offer."""
        view = body["view"]
        with self._latest.entered(view["id"], action["action_ts"]) as is_latest:
            turned = await self._turned(view, requester(body))
            if is_latest():
                await self._show(view["id"], turned)

    async def update_cost(self, body: dict[str, Any], action: dict[str, Any]) -> None:
        """Show the draft's cost, unless more was typed meanwhile."""
        view = body["view"]
        with self._latest.entered(view["id"], action["action_ts"]) as is_latest:
            about = OfferFormContext.read(own_text(view, "private_metadata"))
            by = requester(body)
            look = await self._look(about, _typed(view, about.currency), by, drafted_request(view, by=by.id))
            if is_latest():
                await self._show(view["id"], offer_form.with_cost(view, look))

    async def _turned(self, view: modals.View, by: Staff) -> modals.View:
        about = OfferFormContext.read(own_text(view, "private_metadata"))
        ready = await self._drafts.form(
            requester=by, case_id=about.case_id, proposal_id=about.proposal_id, now=self._clock()
        )
        if not isinstance(ready, DraftForm):
            return modals.result_modal(message(decision_text(log_failure(ready))))
        kind = cast("OfferKind", parse_kind(view))
        offer = _typed(view, about.currency) or offer_form.initial_offer(kind, ready)
        look = await self._look(about, offer, by, drafted_request(view, by=by.id))
        return offer_form.offer_form_modal(ready, name=view["callback_id"], about=about.written(), kind=kind, look=look)

    async def _look(
        self, about: OfferFormContext, offer: Offer | None, by: Staff, request: CustomerRequest | None = None
    ) -> Preview:
        if offer is None:
            return None
        return await self._drafts.price(
            requester=by,
            case_id=about.case_id,
            proposal_id=about.proposal_id,
            offer=offer,
            request=request,
            now=self._clock(),
        )

    async def _show(self, view_id: str, view: modals.View) -> None:
        await ask(self._client.views_update(view_id=view_id, view=view))


def _typed(view: modals.View, currency: str) -> Offer | None:
    """Return the offer, or None if it isn't complete."""
    try:
        return parse_offer(view, currency)
    except ValueError:
        return None
