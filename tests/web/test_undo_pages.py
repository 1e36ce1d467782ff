"""The page of *Undo*: it asks first, and then everything is as it was."""

from datetime import timedelta

from tests.flows.winback.offers.presses import pending
from tests.web.offers import OfferSite
from tests.web.page_reader import accepted, button, said


async def test_undo_asks_first_and_then_takes_everything_back(offer_site: OfferSite) -> None:
    subscription, offer = await offer_site.leaving()
    async with offer_site.client() as client:
        await accepted(client, offer_site.path(offer))
        asked = await client.get(offer_site.undo_path(offer))
        assert asked.status_code == 200
        assert "What you accepted: 20% off your next 3 invoices." in said(asked)
        assert button(asked) == "Undo"
        assert "scully" not in asked.text.lower()
        assert not pending(subscription)
        undone = await client.post(offer_site.undo_path(offer))
        assert undone.status_code == 200
        assert "That's undone" in said(undone)
        assert pending(subscription)
        assert "That's undone" in said(await client.get(offer_site.undo_path(offer)))


async def test_undo_is_over_after_its_time_and_unknown_before_the_yes(offer_site: OfferSite) -> None:
    subscription, offer = await offer_site.leaving()
    path = offer_site.undo_path(offer)
    async with offer_site.client() as client:
        assert (await client.get(path)).status_code == 404
        await accepted(client, offer_site.path(offer))
        offer_site.winback.sandbox.clock.advance(timedelta(hours=25))
        for answer in (await client.get(path), await client.post(path)):
            assert answer.status_code == 410
            assert "This can't be undone here any more" in said(answer)
    assert not pending(subscription)


async def test_undo_that_takes_longer_is_on_its_way_and_stripe_away_is_said(offer_site: OfferSite) -> None:
    subscription, offer = await offer_site.leaving()
    path = offer_site.undo_path(offer)
    faults = offer_site.winback.sandbox.faults
    async with offer_site.client() as client:
        await accepted(client, offer_site.path(offer))
        faults.add("stripe", "/v1/customers/*", "status", status=503, times=None)
        assert (await client.get(path)).status_code == 503
        faults.clear()
        faults.add("stripe", f"/v1/subscriptions/{subscription['id']}", "status", method="POST", status=503)
        doing = await client.post(path)
    assert doing.status_code == 202
    assert f'href="{path}"' in doing.text
