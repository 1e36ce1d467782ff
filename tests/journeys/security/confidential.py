"""A story that touches everything confidential there is, and what of it is found where it should not be."""

import asyncio
import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

import httpx2

from sandbox.slack import payloads
from sandbox.slack.interactions import Interaction
from sandbox.slack.views import View
from sandbox.stripe.ledger import Json
from sandbox.stripe.webhooks import sign
from tests.journeys.faults.kills import settled
from tests.journeys.portal_links.questions import ask, press, read
from tests.journeys.world import PATIENCE, World

NAME = "Wilhelmina Heimlich"
ADDRESS = "o'neil.wilhelmina+billing@heimlich-mail.com"
STRANGER = "quentin.fremd@fremd-mail.com"
COMMENT = "my landlord Bartholomew wants me out"
TICKET = "HELP-4711"


@dataclass
class Secrets:
    """What must not be found, by kind: each is looked for in every way in which it may be written."""

    customers: set[str] = field(default_factory=lambda: {NAME, ADDRESS, STRANGER, COMMENT, *_words()})
    links: set[str] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    response_urls: set[str] = field(default_factory=set)

    def found_in(self, text: str, *kinds: str) -> set[str]:
        """Return the secrets of these kinds that a text contains."""
        return {secret for kind in kinds for secret in getattr(self, kind) if _stands(secret, text)}


def _words() -> Iterator[str]:
    """Yield the telling words of name, addresses and comment: a part gives somebody away as well."""
    for confidential in (NAME, ADDRESS, STRANGER):
        yield from (word for word in re.split(r"[^\w]+", confidential) if len(word) > 4 and word != "billing")
    yield "Bartholomew"


def _stands(secret: str, text: str) -> bool:
    if secret.isdigit():
        return re.search(rf"(?<![\d.]){secret}(?!\d)", text) is not None
    written = {secret, quote(secret), quote(secret, safe=""), html.escape(secret), json.dumps(secret)[1:-1]}
    return any(each.lower() in text.lower() for each in written)


class Story:
    """Everything that is done with one customer, with what is confidential about it noted down."""

    def __init__(self, w: World) -> None:
        self.w = w
        self.secrets = Secrets()
        self.pages = httpx2.AsyncClient(base_url=w.environment["PUBLIC_URL"], trust_env=False)

    async def told(self) -> Secrets:
        """Play the story from beginning to end, and return its secrets."""
        self._note_keys()
        async with self.pages:
            subscription = await self._cancels()
            await self._is_handed_links()
            await self._is_asked_for_in_a_form(subscription)
            await self._is_forged()
            await self._meets_faults(subscription)
            await settled(self.w)
            await self._breaks_the_program(subscription)
        self.secrets.response_urls |= {
            urlsplit(told.payload["response_url"]).path.rpartition("/")[2]
            for told in self.w.sandbox.slack.deliveries.told
            if told.payload.get("response_url")
        }
        return self.secrets

    def _note_keys(self) -> None:
        names = ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRETS", "SECRET_KEY")
        self.secrets.keys |= {self.w.environment[name] for name in names}

    async def _cancels(self) -> Json:
        stripe = self.w.sandbox.stripe
        customer = self.w.customer(NAME, email=ADDRESS)
        stripe.cards.attach(customer)
        subscription = stripe.subscribe(customer, stripe.ledger.get("price", "price_SeedProEur"))
        stripe.portal_cancel(subscription, "too_expensive", COMMENT)
        await self.w.card_of(subscription, NAME, COMMENT)
        return subscription

    async def _is_handed_links(self) -> None:
        w = self.w
        assert "no customer with that address" in read(await ask(w, STRANGER))
        answer = await ask(w, f"{ADDRESS} #{TICKET}")
        shown = await press(w, answer, "show_link", "This link is for them only")
        await self._opens(shown, code=True)
        mailed = await ask(w, ADDRESS)
        await press(w, mailed, "email_link", "on its way")
        email = (await w.sandbox.mailbox.wait_for(lambda: _with_link(w)))[0]
        await self._opens(email.text, code=False)
        await press(w, mailed, "revoke_link", "revoked")

    async def _opens(self, words: str, *, code: bool) -> None:
        """Open the link in these words, come in and go back; every address on the way is a secret."""
        w = self.w
        [path] = set(re.findall(r"/p/[\w-]{43}", words))
        self.secrets.links.add(path.removeprefix("/p/"))
        assert (await self.pages.get(path)).status_code == 200
        typed = ""
        if code:
            assert (await self.pages.post(f"{path}/code")).status_code == 303
            email = (await w.sandbox.mailbox.wait_for(lambda: w.sandbox.mailbox.to(ADDRESS)))[0]
            [typed] = re.findall(r"\b\d{6}\b", email.text)
            self.secrets.codes.add(typed)
            wrong = f"{(int(typed) + 1) % 1_000_000:06}"
            assert (await self.pages.post(path, data={"code": wrong})).status_code == 422
        entered = await self.pages.post(path, data={"code": typed})
        assert entered.status_code == 303
        self.secrets.links.add(entered.headers["location"].rpartition("/")[2])
        [session, *_] = w.sandbox.stripe.ledger.all("billing_portal.session")[::-1]
        back = urlsplit(session["return_url"]).path
        self.secrets.links.add(back.rpartition("/")[2])
        assert (await self.pages.get(back)).status_code == 200

    async def _is_asked_for_in_a_form(self, subscription: Json) -> None:
        slack = self.w.sandbox.slack
        message = await slack.say("agent", "support", f"{NAME} writes from {ADDRESS}: {COMMENT}")
        await slack.shortcut("agent", message, "portal_link")
        form = await self._modal("portal_link")
        self.w.pass_time(minutes=1)
        await slack.submit("agent", form)
        card = await self.w.card_of(subscription)
        await slack.choose("agent", card, "card_more", "Never contact…")
        await self._modal("never_contact")
        await slack.choose("agent", card, "card_more", "Asked for…")
        await self._modal("feature_request")
        await slack.choose("agent", card, "card_more", "I'll talk to them")

    async def _is_forged(self) -> None:
        w, body = self.w, json.dumps({"name": NAME, "email": ADDRESS, "comment": COMMENT}).encode()
        wrong = {"Stripe-Signature": sign(body, "whsec_of_somebody_else", 1), "Content-Type": "application/json"}
        assert (await self.pages.post("/stripe/webhook", content=body, headers=wrong)).status_code == 400
        assert (await w.sandbox.slack.deliveries.post(body, {"X-Slack-Signature": "v0=00"})).status == 401
        for path in (f"/p/{ADDRESS}", f"/back/{NAME}", f"/{COMMENT}?email={ADDRESS}"):
            assert (await self.pages.get(path)).status_code == 404
        secret = next(iter(self.secrets.links))
        assert (await self.pages.post(f"/p/{secret}", data={"code": ADDRESS})).status_code in {303, 404, 410, 422}

    async def _meets_faults(self, subscription: Json) -> None:
        faults = self.w.sandbox.faults
        said = f"No such customer: {ADDRESS} ({NAME})"
        refusals: list[dict[str, Any]] = [{"status": status, "message": said} for status in (400, 403, 500)]
        for refusal in refusals:
            faults.add("stripe", "/v1/customers*", "error", times=None, **refusal)
            self.w.pass_time(minutes=1)
            await ask(self.w, ADDRESS)
            faults.clear()
        faults.add("stripe", "/v1/subscriptions/*", "garbage")
        faults.add("slack", "chat.update", "garbage")
        faults.add("slack", "chat.update", "error", error="internal_error", message=said)
        self.w.sandbox.stripe.take_back(subscription)
        self.w.sandbox.stripe.portal_cancel(subscription, "unused", COMMENT)
        await self.w.card_of(subscription, number=2)
        faults.add("smtp", "DATA", "status", status=550, body=f"5.1.1 {ADDRESS} {NAME} unknown")
        self.w.pass_time(minutes=1)
        mailed = await ask(self.w, ADDRESS)
        await press(self.w, mailed, "email_link", "on its way")

    async def _breaks_the_program(self, subscription: Json) -> None:
        """Send an event, have Stripe answer oddly, and send odd forms: the program breaks in the middle of each."""
        w, stripe = self.w, self.w.sandbox.stripe
        answer = json.loads(json.dumps(subscription)) | {"customer": {"name": NAME, "email": ADDRESS}}
        answer["items"]["data"][0]["price"]["recurring"]["interval"] = NAME
        answer["cancellation_details"] = {"comment": COMMENT}
        w.sandbox.faults.add(
            "stripe", f"/v1/subscriptions/{subscription['id']}", "status", status=200, body=json.dumps(answer)
        )
        event = {
            "id": "evt_broken", "object": "event", "type": "customer.subscription.updated", "livemode": False,
            "api_version": None, "created": int(w.sandbox.clock.now().timestamp()), "request": None,
            "pending_webhooks": 1,
            "data": {"object": subscription | {"status": NAME, "canceled_at": COMMENT, "items": {"data": ADDRESS}}},
        }  # fmt: skip
        [status] = await stripe.webhooks.deliver(event)
        assert status == 200
        await self._logged("event_failed")
        slack = w.sandbox.slack
        message = await slack.say("agent", "support", "help")
        await slack.shortcut("agent", message, "portal_link")
        form = await self._modal("portal_link")
        await self._submits_oddly(form, who={"value": ADDRESS}, purpose={"selected_option": {"value": NAME}})
        await self._logged("unreadable_value")  # a purpose that isn't ours is answered with a sentence
        payload = payloads.message_action(slack, slack.person("agent"), message, "portal_link")
        payload["message"]["text"] = f"{NAME} {ADDRESS} {COMMENT}"
        del payload["trigger_id"]  # Slack always sends it
        await slack.deliveries.interact("interactive", payload)
        await self._logged("work_crashed")

    async def _submits_oddly(self, form: View, **fields: Any) -> None:
        """Submit a form with these fields as Slack never sends them."""
        slack = self.w.sandbox.slack
        payload = payloads.view_submission(slack, slack.person("agent"), form)
        payload["view"]["state"]["values"] |= {name: {name: value} for name, value in fields.items()}
        told: Interaction = await slack.deliveries.interact("interactive", payload)
        assert told.status == 200

    async def _modal(self, name: str) -> View:
        """Wait till this modal is in front of the agent."""
        slack = self.w.sandbox.slack

        def shown() -> View | None:
            modal = slack.modal("agent")
            return modal if modal is not None and modal.content.get("callback_id") == name else None

        modal = await slack.wait_for(shown, PATIENCE)
        assert modal is not None
        return modal

    async def _logged(self, event: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while event not in self.w.log.read_text():  # noqa: ASYNC110  # another process writes it
                await asyncio.sleep(0.05)


def _with_link(w: World) -> list[Any]:
    return [email for email in w.sandbox.mailbox.to(ADDRESS) if "/p/" in email.text]
