"""A subscriber in a browser without scripts: the portal's pages as they are clicked through, over the network."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin

import httpx

from sandbox.seed import CUSTOMERS
from sandbox.server import Sandbox
from sandbox.stripe.ledger import Json


def seeded(sandbox: Sandbox, handle: str, number: int = 1) -> Json:
    """The first, second … subscription of somebody in the seed."""
    return sandbox.stripe.ledger.get("subscription", CUSTOMERS[handle].subscription_id(number))


def joins(sandbox: Sandbox, name: str, *, price: str = "price_SeedProEur", has_card: bool = True, **terms: Any) -> Json:
    """Let somebody new subscribe, with an address of their own; `terms` go to `Account.subscribe`."""
    stripe = sandbox.stripe
    customer = stripe.create_customer(name=name, email=f"{name.lower()}@joined-mail.com")
    if has_card:
        stripe.cards.attach(customer)
    return stripe.subscribe(customer, stripe.ledger.get("price", price), **terms)


class Subscriber:
    """Somebody who is logged in to the billing portal; stays on the page reached last."""

    def __init__(self, sandbox: Sandbox, subscription: Json) -> None:
        self._sandbox = sandbox
        self._subscription = subscription
        self._browser = httpx.AsyncClient(follow_redirects=True, trust_env=False)
        self._page = _Page()

    async def __aenter__(self) -> Self:
        await self._see(await self._browser.get(self._sandbox.stripe.portal.open_as(self._subscription["customer"])))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._browser.aclose()

    @property
    def words(self) -> str:
        """All that the page says, with single spaces."""
        return " ".join(" ".join(self._page.words).split())

    async def cancel(self) -> None:
        """Press *Cancel plan* beside the subscription and on the page that asks again; the survey follows."""
        await self._follow("Cancel plan")
        await self._press("Cancel plan")

    async def answer(self, reason: str, words: str = "") -> None:
        """Choose a reason in the survey by what it says, write a few words, and submit."""
        chosen = self._page.choices[reason]
        await self._press("Submit", reason=chosen, comment=words)

    async def skip(self) -> None:
        """Answer the survey with *No thanks*."""
        await self._press("No thanks")

    async def renew(self) -> None:
        """Press *Don't cancel plan* beside the subscription."""
        await self._press("Don’t cancel plan")

    async def _follow(self, words: str) -> None:
        ending = f"/{self._subscription['id']}"
        href = next(href for said, href in self._page.links if said == words and href.endswith(ending))
        await self._see(await self._browser.get(urljoin(self._page.url, href)))

    async def _press(self, words: str, **filled: str) -> None:
        """Press a button of this subscription, or of a page that is about one thing only."""
        offered = [form for form in self._page.forms if words in form.buttons]
        form = next((form for form in offered if form.action.endswith(f"/{self._subscription['id']}")), offered[0])
        sent = {name: value for name, value in filled.items() if name in form.fields} | form.buttons[words]
        assert form.method == "post"
        await self._see(await self._browser.post(urljoin(self._page.url, form.action), data=sent))

    async def _see(self, answer: httpx.Response) -> None:
        assert answer.status_code == 200, answer.text
        self._page = _Page(str(answer.url))
        self._page.feed(answer.text)


@dataclass
class _Form:
    method: str
    action: str
    fields: set[str] = field(default_factory=set)
    buttons: dict[str, dict[str, str]] = field(default_factory=dict)


class _Page(HTMLParser):
    """What can be read, followed and pressed on a page."""

    def __init__(self, url: str = "") -> None:
        super().__init__()
        self.url = url
        self.words: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.forms: list[_Form] = []
        self.choices: dict[str, str] = {}
        self._open: dict[str, dict[str, str]] = {}
        self._choice: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        self._open[tag] = has
        if tag == "form":
            self.forms.append(_Form(has.get("method", "get"), has.get("action", "")))
        if tag in {"input", "textarea"} and "form" in self._open:
            self.forms[-1].fields.add(has["name"])
        if has.get("type") == "radio":
            self._choice = has["value"]

    def handle_endtag(self, tag: str) -> None:
        self._open.pop(tag, None)

    def handle_data(self, data: str) -> None:
        said = data.strip()
        if not said or "style" in self._open:
            return
        self.words.append(said)
        if "a" in self._open:
            self.links.append((said, self._open["a"].get("href", "")))
        if "button" in self._open:
            name = self._open["button"].get("name")
            self.forms[-1].buttons[said] = {name: self._open["button"].get("value", "")} if name else {}
        if self._choice is not None:
            self.choices[said] = self._choice
            self._choice = None
