"""The portal's settings: read, changed, and read back from Stripe."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace

import pytest

from billing.stripe_billing import StripeBilling
from domain.billing.portal_access import PortalSetting
from flows.failures import Refused, Unclear
from sandbox.server import Sandbox
from sandbox.stripe.account import Account
from sandbox.stripe.ledger import Json


@pytest.fixture(autouse=True)
def just_saved(account: Account) -> Iterator[None]:
    """Leave the portal as it was found."""
    before = deepcopy(configuration(account))
    yield
    configuration(account).clear()
    configuration(account).update(before)


@pytest.fixture(scope="module")
def products(empty_sandbox: Sandbox) -> dict[str, frozenset[str]]:
    catalog = empty_sandbox.stripe.catalog
    made: dict[str, frozenset[str]] = {}
    for name in ("Acme", "Acme for teams"):
        product = catalog.add_product(name)
        made[product["id"]] = frozenset(catalog.add_price(product, amount, "eur")["id"] for amount in (1900, 4900))
    return made


@pytest.fixture
def wish(products: dict[str, frozenset[str]]) -> PortalSetting:
    return PortalSetting(
        cancel=True,
        cancel_mode="at_period_end",
        reasons=frozenset({"too_expensive", "unused", "other"}),
        feedback_options=("Moving to another town", "Only wanted to try it"),
        switch_plan=True,
        products=products,
        pause=True,
        card=True,
        details=True,
        return_url="https://acme-mail.com/account",
    )


def configuration(account: Account) -> Json:
    found: Json = account.portal.configuration
    return found


async def test_saved_portal_is_read(billing: StripeBilling) -> None:
    found = await billing.portal_setup.read()
    assert (found.cancel, found.cancel_mode, found.switch_plan, found.pause) == (True, "at_period_end", False, False)
    assert (found.card, found.details, found.return_url) == (True, True, None)
    assert len(found.reasons) == 8
    assert (found.feedback_options, found.products) == ((), {})


async def test_a_wish_is_made_so_and_read_back(billing: StripeBilling, account: Account, wish: PortalSetting) -> None:
    assert await billing.portal_setup.apply(wish) == wish
    assert await billing.portal_setup.read() == wish
    features = configuration(account)["features"]
    assert features["subscription_update"]["default_allowed_updates"] == ["price"]
    assert features["customer_update"]["allowed_updates"]


async def test_repeated_it_makes_no_option_twice(billing: StripeBilling, account: Account, wish: PortalSetting) -> None:
    await billing.portal_setup.apply(wish)
    options = len(account.ledger.all("billing.feedback_option"))
    assert await billing.portal_setup.apply(wish) == wish
    assert len(account.ledger.all("billing.feedback_option")) == options


async def test_a_lost_answer_leaves_nothing_double(
    billing: StripeBilling, account: Account, sandbox: Sandbox, wish: PortalSetting
) -> None:
    new = replace(wish, feedback_options=("Our project is over",))
    sandbox.faults.add("stripe", "/v1/billing/feedback_options", "drop_after", method="POST")
    with pytest.raises(Unclear):
        await billing.portal_setup.apply(new)
    assert await billing.portal_setup.apply(new) == new
    assert len(account.ledger.all("billing.feedback_option", description="Our project is over")) == 1


async def test_an_option_out_of_use_is_made_anew(billing: StripeBilling, account: Account, wish: PortalSetting) -> None:
    retired = account.portal.add_reason("Too loud")
    retired["status"] = "inactive"
    loud = replace(wish, feedback_options=("Too loud",))
    assert await billing.portal_setup.apply(loud) == loud
    assert configuration(account)["features"]["subscription_cancel"]["cancellation_reason"]["feedback_options"] != [
        retired["id"]
    ]


async def test_everything_is_switched_off_again(billing: StripeBilling, account: Account, wish: PortalSetting) -> None:
    off = PortalSetting(
        cancel=False, cancel_mode="immediately", reasons=frozenset(), feedback_options=(), switch_plan=False,
        products={}, pause=False, card=True, details=False, return_url=None,
    )  # fmt: skip
    await billing.portal_setup.apply(wish)
    assert await billing.portal_setup.apply(off) == off
    assert await billing.portal_setup.read() == off


async def test_what_a_wish_does_not_speak_of_stays(
    billing: StripeBilling, account: Account, wish: PortalSetting
) -> None:
    await billing.portal_setup.apply(wish)
    features = configuration(account)["features"]
    adjustable = {"enabled": True, "minimum": 2, "maximum": 20}
    features["subscription_update"]["products"][0]["adjustable_quantity"] = adjustable
    features["subscription_update"]["default_allowed_updates"] = ["price", "quantity"]
    features["customer_update"]["allowed_updates"] = ["email"]
    await billing.portal_setup.apply(replace(wish, pause=False))
    features = configuration(account)["features"]
    assert features["subscription_update"]["products"][0]["adjustable_quantity"] == adjustable
    assert not features["subscription_update"]["products"][1]["adjustable_quantity"]["enabled"]
    assert features["subscription_update"]["default_allowed_updates"] == ["price", "quantity"]
    assert features["customer_update"]["allowed_updates"] == ["email"]


async def test_refund_needs_an_immediate_end(billing: StripeBilling, account: Account, wish: PortalSetting) -> None:
    at_once = replace(wish, cancel_mode="immediately")
    await billing.portal_setup.apply(at_once)
    configuration(account)["features"]["subscription_cancel"]["proration_behavior"] = "create_prorations"
    assert await billing.portal_setup.apply(at_once) == at_once
    assert configuration(account)["features"]["subscription_cancel"]["proration_behavior"] == "create_prorations"
    assert await billing.portal_setup.apply(wish) == wish
    assert configuration(account)["features"]["subscription_cancel"]["proration_behavior"] == "none"


async def test_what_stripe_refuses_changes_nothing(
    billing: StripeBilling, account: Account, wish: PortalSetting
) -> None:
    before = await billing.portal_setup.apply(wish)
    with pytest.raises(Refused) as refused:
        await billing.portal_setup.apply(replace(wish, products={}))
    assert refused.value.fault == "request"
    assert await billing.portal_setup.read() == before


async def test_a_portal_never_saved_is_told(billing: StripeBilling, account: Account, wish: PortalSetting) -> None:
    configuration(account)["is_default"] = False
    try:
        with pytest.raises(Refused) as refused:
            await billing.portal_setup.apply(wish)
    finally:
        configuration(account)["is_default"] = True
    assert refused.value.code == "portal_not_saved"
