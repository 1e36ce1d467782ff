"""The checks of the Stripe account for `winback doctor`: one sentence for each thing that the bot needs."""

import asyncio
from collections.abc import Sequence

import stripe

from billing.client import Client, is_live
from billing.customers import EXPANDED
from billing.invoices import CHARGED
from billing.portal_configuration import PortalConfiguration
from flows.failures import Refused, Unavailable
from flows.health import Check

READS: dict[str, tuple[str, Sequence[str]]] = {
    "customers": ("customers", EXPANDED),
    "subscriptions": ("subscriptions", ()),
    "products": ("products", ()),
    "prices": ("prices", ()),
    "coupons": ("coupons", ()),
    "invoices": ("invoices", ()),
    "invoice payments": ("invoice_payments", CHARGED),
    "charges": ("charges", ()),
    "events": ("events", ()),
}
"""What the program reads: where it is, and all that the program has Stripe expand there.

A key that may not read a part is refused the whole.
"""
WINBACK_READS: dict[str, tuple[str, Sequence[str]]] = {
    "promotion codes": ("promotion_codes", ()),
    "Checkout sessions": ("checkout/sessions", ()),
    "feedback options": ("billing/feedback_options", ()),
}
WINBACK_WRITES = (
    "rak_checkout_session_write",
    "rak_coupon_write",
    "rak_promotion_code_write",
    "rak_subscription_write",
)

_DASHBOARD = "Stripe's Dashboard under Developers, API keys"


async def check(client: Client, *, api_key: str, portal: PortalConfiguration, winback: bool) -> tuple[Check, ...]:
    """Try every read that the bot makes, and the portal's settings; write nothing and raise nothing.

    Whether the key may write shows only when it is used; its check says so.
    """
    reads = READS | (WINBACK_READS if winback else {})
    permissions = await asyncio.gather(*(_may(client, name, *read) for name, read in reads.items()))
    return (_key(api_key, winback=winback), *permissions, await _portal(portal), await _endpoints(client))


def _key(api_key: str, *, winback: bool) -> Check:
    mode = "live" if is_live(api_key) else "test"
    kind = "restricted" if api_key.startswith("rk_") else "secret (a restricted one is better: it can do less)"
    writes = ["rak_customer_portal_write", *(WINBACK_WRITES if winback else ())]
    return Check(
        name="Stripe key",
        ok=True,
        sentence=f"A {mode}-mode key, {kind}. Whether it may write shows only in use: {', '.join(writes)}.",
    )


async def _may(client: Client, name: str, path: str, expanded: Sequence[str]) -> Check:
    title = f"Stripe: read {name}"
    try:
        async with client.reading(f"read {name}"):
            await client.try_list(path, expanded)
    except Refused as refusal:
        return Check(name=title, ok=False, sentence=refusal.why, mend=f"Look at the key in {_DASHBOARD}.")
    except Unavailable as fault:
        return Check(name=title, ok=False, sentence=fault.why, mend="Try again; if it stays, look at the network.")
    return Check(name=title, ok=True, sentence=f"The key may read {name}.")


async def _portal(portal: PortalConfiguration) -> Check:
    title = "Stripe: customer portal"
    try:
        allowed = await portal.features()
    except Refused as refusal:
        return Check(name=title, ok=False, sentence=refusal.why, mend="Save the portal's settings, once in each mode.")
    except Unavailable as fault:
        return Check(name=title, ok=False, sentence=fault.why, mend="Try again; if it stays, look at the network.")
    words = {
        "cancelling": allowed.cancel, "changing plan": allowed.update_plan, "pausing": allowed.pause,
        "changing the card": allowed.payment_method, "changing details": allowed.details,
    }  # fmt: skip
    found = ", ".join(word for word, on in words.items() if on) or "nothing but looking"
    return Check(name=title, ok=True, sentence=f"The portal is set up; it allows {found}.")


async def _endpoints(client: Client) -> Check:
    """Compare the API version of the webhook endpoints with ours; the key may be unable to read them."""
    title, ours = "Stripe: webhook endpoints", stripe.api_version
    try:
        async with client.reading("list webhook endpoints"):
            endpoints = await client.v1.webhook_endpoints.list_async({"limit": 100})
    except (Refused, Unavailable):
        return Check(name=title, ok=True, sentence=f"Not readable with this key; they should send API version {ours}.")
    others = sorted({each.api_version or "the account's default" for each in endpoints.data} - {ours})
    if others:
        return Check(
            name=title,
            ok=False,
            sentence=f"There are endpoints that send API version {', '.join(others)} instead of {ours}.",
            mend="If one of them is this bot's, make a new one: a version is fixed when an endpoint is made.",
        )
    return Check(name=title, ok=True, sentence=f"All {len(endpoints.data)} send API version {ours}.")
