"""A subscriber in a browser without scripts: the portal's pages as they are clicked through, over the network."""

from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin

import httpx2

from sandbox.seed import CUSTOMERS
from sandbox.server import Sandbox
from sandbox.stripe.ledger import Json
from tests.journeys.page import Page


def seeded(sandbox: Sandbox, handle: str, number: int = 1) -> Json:
    """Return the first, second … subscription of somebody in the seed."""
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
        self._browser = httpx2.AsyncClient(follow_redirects=True, trust_env=False)
        self._page = Page()

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
        return self._page.text

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
        typed = {name: value for name, value in filled.items() if name in form.fields}
        sent = form.untouched | typed | form.buttons[words]
        assert form.method == "post"
        await self._see(await self._browser.post(urljoin(self._page.url, form.action), data=sent))

    async def _see(self, answer: httpx2.Response) -> None:
        assert answer.status_code == 200, answer.text
        self._page = Page(str(answer.url), answer.text)
