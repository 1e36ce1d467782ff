"""The classifier of Stripe's errors: each becomes Refused, Unavailable or Unclear.

Stripe's messages and bodies may hold customer data, so none is repeated or chained to the error.
"""

import re
from datetime import timedelta

import aiohttp
import stripe

from flows.failures import Refused, Unavailable, Unclear

_NEVER_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError)


def failure(error: stripe.StripeError | aiohttp.ClientError, what: str) -> Refused | Unavailable | Unclear:
    """Classify what a call raised; `what` completes the sentence "… when asked to …".

    Unclear where the request may have been carried out, which only matters to a write. The SDK lets aiohttp's own
    errors through where a reply breaks off in its middle: whatever its status was, it is Unclear.
    """
    asked = f"when asked to {what}"
    if isinstance(error, stripe.APIConnectionError | aiohttp.ClientError):
        if isinstance(error.__cause__, _NEVER_SENT):
            return Unavailable(f"Stripe could not be reached {asked}.")
        return Unclear(f"The connection to Stripe broke {asked}.")
    status, code = error.http_status or 0, _code(error)
    if status == 429 or isinstance(error, stripe.RateLimitError):  # Stripe: Rate limits; lock_timeout is one of them
        return Unavailable(
            f"Stripe is limiting our requests {asked} ({code or 'rate limit'}).", retry_after=_retry_after(error)
        )
    if status == 401:
        return Refused(
            f"Stripe did not accept the key in STRIPE_API_KEY {asked}.",
            fault="credential",
            code=code or "invalid_api_key",
        )
    if status == 403:
        return _forbidden(error, what, code)
    if isinstance(error, stripe.IdempotencyError):
        return Refused(
            f"Stripe saw an idempotency key used for two different things {asked}.",
            fault="request",
            code="idempotency_error",
        )
    if code == "idempotency_key_in_use":
        return Unclear(f"Stripe was still busy with the same request {asked}.")
    if status == 409 or status >= 500:
        return Unavailable(f"Stripe answered {status} {asked}.")
    if status >= 400:
        return _refused(error, what, code)
    return Unclear(f"Stripe's answer could not be read {asked}.")


def _forbidden(error: stripe.StripeError, what: str, code: str | None) -> Refused:
    """Return the refusal that names the permission which a restricted key lacks; Stripe's message has it as `rak_…`."""
    missing = ", ".join(sorted(set(re.findall(r"rak_[a-z0-9_]+", error.user_message or ""))))
    why = f"lacks the permission {missing}, needed" if missing else "is not allowed"
    return Refused(
        f"The key in STRIPE_API_KEY {why} to {what}: change it in Stripe's Dashboard under Developers, API keys.",
        fault="credential",
        code=missing or code or "forbidden",
    )


def _refused(error: stripe.StripeError, what: str, code: str | None) -> Refused:
    if "/settings/billing/portal" in (error.user_message or ""):  # the only sign: Stripe gives no code for it
        return Refused(
            "Stripe's customer portal has no saved settings in this mode: save them in the Dashboard under Settings, "
            "Billing, Customer portal, or set PORTAL_CONFIGURATION.",
            fault="request",
            code="portal_not_saved",
        )
    about = getattr(error, "param", None)
    detail = ", ".join(filter(None, [code, f"parameter {about}" if about else None, error.request_id]))
    return Refused(
        f"Stripe refused to {what} ({detail or error.http_status}).", fault="request", code=code or "refused"
    )


def _code(error: stripe.StripeError) -> str | None:
    """Read the code where Stripe put it: the SDK leaves `error.code` empty for several kinds."""
    code = error.code or (error.error.code if error.error is not None else None)
    return None if code is None else str(code)


def _retry_after(error: stripe.StripeError) -> timedelta | None:
    value = (error.headers or {}).get("retry-after", "")
    return timedelta(seconds=int(value)) if value.isascii() and value.isdigit() else None
