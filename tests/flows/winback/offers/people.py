"""The people and the mail server around an offer: stand-ins that keep what they get."""

from datetime import datetime

from domain.billing.subscription import Customer
from domain.cancellations.stored_case import Place
from domain.email import ConfirmationEmail, Email, LinkEmail, OfferEmail, RestartEmail
from domain.ids import ChannelId, EffectId, StaffId
from domain.permissions import Role
from domain.winback.case_card import CaseCard
from domain.winback.proposal import OfferRow, ProposalView, WaitingProposals
from flows.ports import Staff
from tests.flows.winback.offers.mortal import Fate

MANAGER = Staff(id=StaffId("U0MANAGER1"), team_id="T0WINBACK1")
AGENT = Staff(id=StaffId("U0AGENT001"), team_id="T0WINBACK1")


class Postbox:
    """The port `Mailer`: emails lie in it; `fault` happens to the next ones, after the email lies there or before."""

    def __init__(self, fate: Fate) -> None:
        self.emails: list[Email] = []
        self.before: Exception | None = None
        self.after: Exception | None = None
        self._fate = fate

    async def send(self, email: Email) -> None:
        await self._fate.step()
        if self.before is not None:
            raise self.before
        self.emails.append(email)
        await self._fate.step()
        if self.after is not None:
            raise self.after


class Scribe:
    """The port `EmailWriter`: keeps what each email says, and writes only its kind."""

    def __init__(self) -> None:
        self.offers: list[OfferEmail] = []
        self.confirmations: list[ConfirmationEmail] = []
        self.restarts: list[RestartEmail] = []

    def offer(self, content: OfferEmail, *, message_id: str) -> Email:
        self.offers.append(content)
        return self._email("offer", content.customer, message_id)

    def confirmation(self, content: ConfirmationEmail, *, message_id: str) -> Email:
        self.confirmations.append(content)
        return self._email("confirmation", content.customer, message_id)

    def restart(self, content: RestartEmail, *, message_id: str) -> Email:
        self.restarts.append(content)
        return self._email("restart", content.customer, message_id)

    def link(self, content: LinkEmail, *, message_id: str) -> Email:
        raise AssertionError("no portal links here")

    def code(self, *, customer: Customer, code: str, minutes: int, unasked_url: str, message_id: str) -> Email:
        raise AssertionError("no codes here")

    def _email(self, subject: str, customer: Customer, message_id: str) -> Email:
        return Email(to=customer.email or "", subject=subject, text="", html="", message_id=message_id)


class Wall:
    """The port `Chat` as far as offers need it: what was said hangs there."""

    def __init__(self) -> None:
        self.accepted: list[OfferRow] = []
        self.asked: list[ProposalView] = []
        self.alerts: list[str] = []
        self.undone = 0

    async def post_card(self, card: CaseCard, *, marker: EffectId) -> Place:
        return Place(channel=ChannelId("C0CANCEL01"), ts="1.1")

    async def edit_card(self, card: CaseCard, *, place: Place, marker: EffectId) -> None:
        return

    async def post_accepted(self, card: CaseCard, offer: OfferRow, *, under: Place, marker: EffectId) -> Place:
        self.accepted.append(offer)
        return Place(channel=under.channel, ts="1.2")

    async def ask_about_email(self, view: ProposalView, *, to: ChannelId, marker: EffectId) -> Place:
        self.asked.append(view)
        return Place(channel=to, ts="2.1")

    async def alert(self, sentence: str, *, to: StaffId | ChannelId, marker: EffectId) -> Place:
        self.alerts.append(sentence)
        return Place(channel=ChannelId(to), ts="3.1")

    async def find(
        self, marker: EffectId, *, near: Place | StaffId | ChannelId | None, since: datetime
    ) -> Place | None:
        return None

    async def post_return(self, card: CaseCard, *, under: Place, marker: EffectId) -> Place:
        raise AssertionError("not said of an offer")

    async def post_proposal(self, view: ProposalView, *, marker: EffectId) -> Place:
        raise AssertionError("not said of an offer")

    async def edit_proposal(self, view: ProposalView, *, place: Place, marker: EffectId) -> None:
        raise AssertionError("not said of an offer")

    async def reply(self, sentence: str, *, under: Place, marker: EffectId) -> Place:
        raise AssertionError("not said of an offer")

    async def post_undone(self, card: CaseCard, *, under: Place, marker: EffectId) -> Place:
        self.undone += 1
        return Place(channel=under.channel, ts="1.3")

    async def remind(self, waiting: WaitingProposals, *, to: ChannelId, marker: EffectId) -> Place:
        raise AssertionError("not said of an offer")

    async def ask_follow_up(self, card: CaseCard, *, marker: EffectId) -> Place:
        raise AssertionError("not said of an offer")


class Roster:
    """The port `Directory`: one manager, one agent, until `managers` changes; `fault` happens to whoever asks."""

    def __init__(self) -> None:
        self.managers = {MANAGER.id}
        self.fault: Exception | None = None

    async def roles(self, staff: Staff) -> frozenset[Role]:
        if self.fault is not None:
            raise self.fault
        return frozenset({Role.MANAGER} if staff.id in self.managers else {Role.SUPPORT})

    async def members(self, role: Role) -> frozenset[StaffId]:
        return frozenset(self.managers if role is Role.MANAGER else {AGENT.id})

    async def name(self, staff_id: StaffId) -> str:
        return "Mona"
