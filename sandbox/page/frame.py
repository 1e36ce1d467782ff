"""What every view is drawn in: who looks, the sidebar, the open modal, and the notices that wait for them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from sandbox.page import blocks
from sandbox.page.mrkdwn import Reader
from sandbox.page.plan import day, money
from sandbox.slack.channels import Channel, Kind
from sandbox.slack.messages import Message
from sandbox.slack.people import Person
from sandbox.slack.state import Impossible
from sandbox.slack.views import View
from sandbox.world import World

_DASHBOARD = re.compile(r"https://dashboard\.stripe\.com/(?:test/)?(?:customers|subscriptions)/(?P<id>\w+)$")
HUES = 8  # the style sheet has a colour for each
POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'"
HEADERS = {
    "Content-Security-Policy": f"{POLICY}; frame-ancestors 'self'; base-uri 'none'",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)
TEMPLATES.globals |= {
    "TYPED": blocks.TYPED,
    "dispatched_on": blocks.dispatched_on,
    "field_name": blocks.field_name,
    "press": blocks.press,
}


@dataclass(frozen=True)
class Portrait:
    """A person as the page shows them; `sees_here` tells whether they see what is looked at now."""

    handle: str
    name: str
    initials: str
    hue: int
    role: str
    is_bot: bool
    sees_here: bool = True


@dataclass(frozen=True)
class Place:
    """A line of the sidebar that leads into a conversation."""

    id: str
    name: str
    is_private: bool
    is_shared: bool
    is_archived: bool
    unread: int


class Frame:
    """Draws templates around the sandbox's state; one for all people, each named by the address they look at."""

    def __init__(self, sandbox: World) -> None:
        self.sandbox = sandbox
        self.workspace = sandbox.slack
        self._notices: dict[str, list[str]] = {}
        self._read: dict[tuple[str, str], str] = {}
        self._emails_read = 0

    def me(self, request: Request) -> Person:
        """Find the person that the address names; 404 for nobody, bots and those who have left."""
        try:
            person = self.workspace.person(request.path_params["who"])
        except Impossible as fault:
            raise HTTPException(404, str(fault)) from None
        if person.is_bot or person.deleted:
            raise HTTPException(404, f"{person.handle} cannot sign in")
        return person

    def draw(self, request: Request, template: str, *, here: str, **context: Any) -> Response:
        """Draw a view for the person looking; `here` is the address behind `/as/<person>/`."""
        person = self.me(request)
        modal = self.workspace.modal(person)
        html = TEMPLATES.get_template(template).render(
            open_checkouts=self._open_checkouts,
            workspace_name=self.workspace.team_name,
            bot_name=self.workspace.bot.name,
            base=f"/as/{person.handle}",
            here=here,
            me=self.portrait(person),
            everybody=[self.portrait(one, here=here) for one in self._sign_ins()],
            places=[self._place(person, channel) for channel in self._channels(person)],
            direct=self._place(person, self.workspace.direct(person)) if self._has_app(person) else None,
            notices=self._notices.get(person.id, []),
            emails=len(self.sandbox.mailbox.emails) - self._emails_read,
            faults=sum(fault.times is None or fault.hits < fault.times for fault in self.sandbox.faults.all),
            shortcuts=[(name, one["name"]) for name, one in self.workspace.installation.shortcuts.items()],
            modal=self._modal(person, modal) if modal else None,
            **context,
        )
        return HTMLResponse(html, headers=HEADERS)

    def back(self, request: Request, default: str, *, notice: str = "") -> Response:
        """Send the person back to where they came from; a notice stands there until they do the next thing."""
        person = self.me(request)
        self._notices[person.id] = [notice] if notice else []
        came_from = urlsplit(request.headers.get("referer", ""))
        path = came_from.path + (f"?{came_from.query}" if came_from.query else "")
        known = came_from.netloc == request.url.netloc and path.startswith(f"/as/{person.handle}/")
        return RedirectResponse(path if known else f"/as/{person.handle}/{default}", status_code=303)

    def follow(self, request: Request, url: str) -> Response:
        """Send the person to a link button's address; Stripe's Dashboard is this page's own view of the account."""
        if found := _DASHBOARD.match(url):
            ledger = self.sandbox.stripe.ledger
            subscription = ledger.objects["subscription"].get(found["id"])
            customer = subscription["customer"] if subscription else found["id"]
            url = f"/as/{self.me(request).handle}/stripe/{customer}"
        return RedirectResponse(url, status_code=303)

    def surface(self, person: Person, where: Message | View, *, column: str = "") -> blocks.Surface:
        """Make a message, modal or home tab drawable for a person; `column` tells two drawings of one message apart."""
        base = f"/as/{person.handle}"
        action = f"{base}/view/{where.id}" if isinstance(where, View) else f"{base}/message/{where.channel}/{where.ts}"
        return blocks.Surface(
            key=column + (where.id if isinstance(where, View) else where.ts),
            action=action,
            reader=self.reader(),
            blocks=where.blocks,
            state=where.state,
            errors=where.errors if isinstance(where, View) else {},
            people=[(one.id, one.name) for one in self.workspace.people.values() if not one.deleted],
            channels=[(one.id, f"#{one.name}") for one in self._channels(person)],
        )

    def reader(self) -> Reader:
        return Reader(
            person=lambda id_: found.name if (found := self.workspace.people.get(id_)) else id_,
            channel=lambda id_: found.name if (found := self.workspace.channels.get(id_)) else id_,
            group=lambda id_: found.handle if (found := self.workspace.groups.get(id_)) else id_,
            now=self.sandbox.clock.now(),
        )

    def portrait(self, person: Person, *, here: str = "") -> Portrait:
        channel_id = here.removeprefix("channel/") if here.startswith("channel/") else None
        return Portrait(
            handle=person.handle,
            name=person.name,
            initials="".join(word[0] for word in person.name.split()[:2]),
            hue=sum(map(ord, person.id)) % HUES,
            role=_role(person),
            is_bot=person.is_bot,
            sees_here=channel_id is None or self.workspace.sees(person, channel_id),
        )

    def mark_read(self, person: Person, channel: Channel) -> None:
        """Remember that a person has seen everything in a channel now."""
        self._read[person.id, channel.id] = self.workspace.stamps.next()

    def mark_emails_read(self) -> None:
        self._emails_read = len(self.sandbox.mailbox.emails)

    def _open_checkouts(self, customer_id: str) -> list[dict[str, str]]:
        """List the Checkout pages that a customer could still pay on, the newest first."""
        sessions = self.sandbox.stripe.ledger.all("checkout.session", customer=customer_id, status="open")
        return [
            {"url": one["url"], "total": money(one["amount_total"], one["currency"]), "until": day(one["expires_at"])}
            for one in reversed(sessions)
        ]

    def _sign_ins(self) -> list[Person]:
        return [one for one in self.workspace.people.values() if not one.is_bot and not one.deleted]

    def _channels(self, person: Person) -> list[Channel]:
        all_of_them = self.workspace.channels.values()
        return [one for one in all_of_them if one.kind is not Kind.DIRECT and self.workspace.sees(person, one)]

    def _has_app(self, person: Person) -> bool:
        return person.belongs_to(self.workspace.team_id)

    def _place(self, person: Person, channel: Channel) -> Place:
        read = self._read.get((person.id, channel.id), "")
        new = [one for one in self.workspace.seen_by(person, channel) if one.ts > read and one.user != person.id]
        return Place(channel.id, channel.name, channel.is_private, channel.is_ext_shared, channel.is_archived, len(new))

    def _modal(self, person: Person, view: View) -> dict[str, Any]:
        words = {key: (view.content.get(key) or {}).get("text", "") for key in ("submit", "close")}
        return {"title": view.title(), "surface": self.surface(person, view), **words}


def _role(person: Person) -> str:
    if person.is_stranger:
        return "from another company"
    if person.is_ultra_restricted:
        return "guest of one channel"
    if person.is_restricted:
        return "guest"
    return person.handle
