"""API keys: which are known, what each may do, and how Stripe says no."""

from __future__ import annotations

from sandbox.stripe.errors import Refusal

ACCOUNT_ID = "acct_1Sandbox"
GRANTED = frozenset(
    {
        "rak_accounts_kyc_basic_read",
        "rak_balance_read",
        "rak_charge_read",
        "rak_checkout_session_read",
        "rak_checkout_session_write",
        "rak_coupon_read",
        "rak_coupon_write",
        "rak_customer_portal_read",
        "rak_customer_portal_write",
        "rak_customer_read",
        "rak_event_read",
        "rak_invoice_read",
        "rak_payment_intent_read",
        "rak_payment_method_read",
        "rak_plan_read",
        "rak_product_read",
        "rak_promotion_code_read",
        "rak_promotion_code_write",
        "rak_subscription_read",
        "rak_subscription_write",
        "rak_tax_settings_read",
        "rak_webhook_read",
    }
)
"""What the sandbox's restricted key may do from the start."""


class Access:
    """The account's keys: `restricted_key` for the bot, `secret_key` that may do everything.

    `permissions` is what the restricted key may do; take something out to see a 403.
    """

    def __init__(self, *, livemode: bool) -> None:
        mode = "live" if livemode else "test"
        self.restricted_key = f"rk_{mode}_51SandboxRestrictedKey"
        self.secret_key = f"sk_{mode}_51SandboxSecretKey"
        self.permissions = set(GRANTED)
        self.revoked = False

    def require(self, authorization: str, permission: str) -> None:
        """Let a request through.

        Raises:
            Refusal: 401 for no key or a wrong one, 403 naming the permission that the restricted key lacks.
        """
        scheme, _, key = authorization.partition(" ")
        if scheme != "Bearer" or not key:
            raise Refusal(
                "You did not provide an API key. You need to provide your API key in the Authorization header, using "
                "Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
                status=401,
            )
        if key not in {self.restricted_key, self.secret_key} or self.revoked:
            raise Refusal(f"Invalid API Key provided: {_masked(key)}", status=401)
        if key == self.restricted_key and permission not in self.permissions:
            raise Refusal(
                f"The provided key '{_masked(key)}' does not have the required permissions for this endpoint on "
                f"account '{ACCOUNT_ID}'. Having the '{permission}' permission would allow this request to continue.",
                status=403,
            )


def _masked(key: str) -> str:
    return f"{key[:8]}{'*' * max(0, len(key) - 12)}{key[-4:]}"
