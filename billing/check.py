"""The checks of the Stripe account for `winback doctor`: one sentence for each thing that the bot needs."""

import asyncio
from collections.abc import Collection, Sequence

from billing.client import Client, is_live
from billing.customers import EXPANDED
from billing.invoices import CHARGED
from billing.portal_configuration import PortalConfiguration
from billing.webhook_endpoints import check_endpoint
from flows.failures import Refused, Unavailable
from flows.health import TRIED_AGAIN, Check

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


async def check(
    client: Client,
    *,
    api_key: str,
    portal: PortalConfiguration,
    winback: bool,
    webhook_url: str | None,
    event_types: Collection[str],
    account_id: str | None,
) -> tuple[Check, ...]:
    """Try every read that the bot makes, the portal's settings and the webhook; write nothing and raise nothing.

    Whether the key may write shows only when it is used; its check says so.
    """
    reads = READS | (WINBACK_READS if winback else {})
    permissions = await asyncio.gather(*(_may(client, name, *read) for name, read in reads.items()))
    endpoint = await check_endpoint(client, webhook_url, event_types)
    key, account = _key(api_key, winback=winback), _account(account_id)
    return (key, account, *permissions, *await _portal(portal), endpoint)


def _key(api_key: str, *, winback: bool) -> Check:
    mode = "live" if is_live(api_key) else "test"
    kind = "restricted" if api_key.startswith("rk_") else "secret (a restricted one is better: it can do less)"
    writes = ["rak_customer_portal_write", *(WINBACK_WRITES if winback else ())]
    return Check(
        name="Stripe key",
        ok=True,
        sentence=f"A {mode}-mode key, {kind}. Whether it may write shows only in use: {', '.join(writes)}.",
    )


def _account(account_id: str | None) -> Check:
    title = "Stripe: account"
    if account_id is None:
        lost = "Not readable with this key, so events that name an account are all taken to be of another one."
        return Check(name=title, ok=True, sentence=f"{lost} The permission for it is rak_accounts_kyc_basic_read.")
    return Check(name=title, ok=True, sentence=f"{account_id}; events of other accounts are dropped.")


async def _may(client: Client, name: str, path: str, expanded: Sequence[str]) -> Check:
    title = f"Stripe: read {name}"
    try:
        async with client.reading(f"read {name}"):
            await client.try_list(path, expanded)
    except Refused as refusal:
        return Check(name=title, ok=False, sentence=refusal.why, fix=f"Look at the key in {_DASHBOARD}.")
    except Unavailable as fault:
        return Check(name=title, ok=False, sentence=fault.why, fix=TRIED_AGAIN, needed=False, away=True)
    return Check(name=title, ok=True, sentence=f"The key may read {name}.")


async def _portal(portal: PortalConfiguration) -> Sequence[Check]:
    title = "Stripe: customer portal"
    try:
        allowed, survey = await portal.features(), await portal.asks_why()
    except Refused as refusal:
        fix = "Save the portal's settings, once in each mode."
        return [Check(name=title, ok=False, sentence=refusal.why, fix=fix)]
    except Unavailable as fault:
        return [Check(name=title, ok=False, sentence=fault.why, fix=TRIED_AGAIN, needed=False, away=True)]
    words = {
        "cancelling": allowed.cancel, "changing plan": allowed.update_plan, "pausing": allowed.pause,
        "changing the card": allowed.payment_method, "changing details": allowed.details,
    }  # fmt: skip
    found = ", ".join(word for word, on in words.items() if on) or "nothing but looking"
    allows = Check(name=title, ok=True, sentence=f"The portal is set up; it allows {found}.")
    return [allows, _survey(cancel=allowed.cancel, survey=survey)]


def _survey(*, cancel: bool, survey: bool) -> Check:
    title = "Stripe: reasons"
    if not cancel:
        sentence = "Nobody can cancel in the portal. If you cancel by the API, send the reason along (see the README)."
        return Check(name=title, ok=True, sentence=sentence)
    if survey:
        return Check(name=title, ok=True, sentence="The portal asks customers why they cancel.")
    return Check(
        name=title,
        ok=False,
        sentence="The portal doesn't ask customers why they cancel, so cards show no reason and rules find none.",
        fix="Turn on the cancellation reason in Stripe's Dashboard: Settings, Billing, Customer portal, Cancellations. "
        "By the API it is features.subscription_cancel.cancellation_reason.enabled.",
        needed=False,
    )
