"""What a customer meets who opens an offer that cannot be taken up just now, or not any more."""

import pytest

from flows.cancellations.withdraw_offers import withdraw_open
from tests.flows.winback.offers.presses import pending
from tests.web.offers import OfferSite
from tests.web.page_reader import accepted, agreed, said


async def test_what_takes_longer_is_said_to_be_on_its_way(offer_site: OfferSite) -> None:
    subscription, offer = await offer_site.leaving()
    path = offer_site.path(offer)
    async with offer_site.client() as client:
        form = agreed(await client.get(path))
        faults = offer_site.winback.sandbox.faults
        faults.add("stripe", f"/v1/subscriptions/{subscription['id']}", "status", method="POST", status=503)
        answers = [await client.post(path, data=form), await client.get(path)]
    for answer in answers:
        assert answer.status_code == 202
        assert "We're working on it" in said(answer)
        assert f'href="{path}"' in answer.text


async def test_stripe_away_is_said_kindly(offer_site: OfferSite) -> None:
    _, offer = await offer_site.leaving()
    offer_site.winback.sandbox.faults.add("stripe", "/v1/*", "status", times=None, status=503)
    async with offer_site.client() as client:
        looked, pressed = await client.get(offer_site.path(offer)), await client.post(offer_site.path(offer))
    assert looked.status_code == pressed.status_code == 503
    assert "Nothing was changed, and your link still works." in said(looked)
    assert "the page will tell you where things stand" in said(pressed)
    assert "Nothing was changed" not in said(pressed)
    assert pressed.headers["retry-after"] == "30"


async def test_what_stripe_refuses_to_work_out_does_not_fit_any_more(offer_site: OfferSite) -> None:
    subscription, offer = await offer_site.leaving()
    faults = offer_site.winback.sandbox.faults
    faults.add("stripe", "/v1/invoices/create_preview", "status", times=None, status=400)
    async with offer_site.client() as client:
        for answer in (await client.get(offer_site.path(offer)), await client.post(offer_site.path(offer))):
            assert answer.status_code == 409
            assert "This offer no longer works" in said(answer)
    assert pending(subscription)


async def closed(offer_site: OfferSite, why: str) -> str:
    """Make an offer that cannot be taken up any more, and say its path."""
    winback = offer_site.winback
    if why == "unknown":
        return "/o/" + "A" * 43
    subscription, offer = await offer_site.leaving()
    match why:
        case "tampered":
            return offer_site.path(offer)[:-1] + "!"
        case "foreign":
            return f"/o/{winback.token(offer, 'undo')}"
        case "expired":
            winback.sandbox.clock.advance(offer.expires_at - winback.now())
        case "withdrawn":
            async with winback.store.begin() as unit:
                await withdraw_open(unit, person_id=offer.person_id, why="suppressed", now=winback.now())
                await unit.commit()
        case "back":
            winback.account.take_back(subscription)
        case "used":
            async with offer_site.client() as client:
                await accepted(client, offer_site.path(offer))
                await client.post(offer_site.undo_path(offer))
    return offer_site.path(offer)


@pytest.mark.parametrize(
    ("why", "status", "heading"),
    [
        ("unknown", 404, "This link doesn't work"),
        ("tampered", 404, "This link doesn't work"),
        ("foreign", 404, "This link doesn't work"),
        ("expired", 410, "This offer is over"),
        ("withdrawn", 410, "This offer is no longer open"),
        ("back", 409, "You're already subscribed"),
        ("used", 410, "This offer has already been used"),
    ],
)
async def test_what_cannot_be_taken_up_is_said_kindly_and_does_nothing(
    offer_site: OfferSite, why: str, status: int, heading: str
) -> None:
    path = await closed(offer_site, why)
    async with offer_site.client() as client:
        for answer in (await client.get(path), await client.post(path, data={"agreed": "0" * 64})):
            assert answer.status_code == status
            assert heading in said(answer)
            assert "<form" not in answer.text
            assert "https://acme.example/help" in answer.text
