"""The page of an offer and that of *Undo*: whatever a customer meets there is said, and only a press does anything."""

import re
from datetime import timedelta
from typing import Any

import pytest

from domain.winback.offer import ExtendTrial, FreeMonths, Pause, Restart, SwitchPlan
from tests.flows.winback.offers.presses import pending
from tests.web.offers import OfferSite
from tests.web.page_reader import accepted, agreed, button, said

POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"


async def test_the_page_says_what_is_paid_when_and_masks_who_pays(offer_site: OfferSite) -> None:
    _, offer = await offer_site.leaving()
    dates = [each.at for each in offer.terms.invoices]
    async with offer_site.client() as client:
        page = await client.get(offer_site.path(offer))
    assert page.status_code == 200
    text = said(page)
    assert "20% off your next 3 invoices" in text
    assert "For your subscription to Pro at Acme <Billing>." in text
    assert "D… S…" in text
    assert "Visa …4242" in text
    for at in dates:
        assert f"{at.day} {at:%b}" in text.replace("Sept", "Sep")
    assert text.count("€39.20") == 4  # three rows and the button
    assert "€49 a month" in text
    assert re.fullmatch(r"Continue and pay €39\.20 on \d+ \w+( \d{4})?", button(page))
    assert "It renews automatically until you cancel. To cancel, tell our support" in text
    assert "The offer is open until" in text
    assert "scully" not in page.text.lower()


async def test_scanners_change_nothing(offer_site: OfferSite) -> None:
    subscription, offer = await offer_site.leaving()
    async with offer_site.client() as client:
        for _ in range(3):
            assert (await client.get(offer_site.path(offer))).status_code == 200
            assert (await client.head(offer_site.path(offer))).status_code == 200
    assert pending(subscription)
    assert (await offer_site.winback.offer(offer)).state == "sent"


async def test_a_yes_is_done_and_said_with_its_undo(offer_site: OfferSite) -> None:
    subscription, offer = await offer_site.leaving()
    path = offer_site.path(offer)
    async with offer_site.client() as client:
        done = await accepted(client, path)
        looked = await client.get(path)
    assert done.status_code == looked.status_code == 200
    assert done.text == looked.text
    assert "Your subscription to Pro continues." in said(done)
    assert "You can undo it until" in said(done)
    assert "€39.20" in said(done)
    assert "<form" not in done.text
    assert not pending(subscription)


async def test_an_accepted_offer_promises_no_undo_when_its_time_is_over(offer_site: OfferSite) -> None:
    _, offer = await offer_site.leaving()
    async with offer_site.client() as client:
        await accepted(client, offer_site.path(offer))
        offer_site.winback.sandbox.clock.advance(timedelta(hours=25))
        text = said(await client.get(offer_site.path(offer)))
    assert "continues." in text
    assert "undo" not in text


@pytest.mark.parametrize("form", [{}, {"agreed": "0" * 64}, {"agreed": "é"}, {"other": "1"}])
async def test_what_was_not_agreed_is_shown_again_and_nothing_is_charged(
    offer_site: OfferSite, form: dict[str, str]
) -> None:
    subscription, offer = await offer_site.leaving()
    async with offer_site.client() as client:
        answer = await client.post(offer_site.path(offer), data=form)
        assert answer.status_code == 409
        assert "The figures have changed since you opened this page" in said(answer)
        assert pending(subscription)
        assert (await client.post(offer_site.path(offer), data=agreed(answer))).status_code == 200
    assert not pending(subscription)


async def test_a_file_is_no_agreement(offer_site: OfferSite) -> None:
    subscription, offer = await offer_site.leaving()
    async with offer_site.client() as client:
        form = agreed(await client.get(offer_site.path(offer)))
        files = {"agreed": ("agreed.txt", form["agreed"].encode())}
        answer = await client.post(offer_site.path(offer), files=files)
    assert answer.status_code == 409
    assert pending(subscription)


async def test_who_is_gone_goes_on_to_checkout(offer_site: OfferSite) -> None:
    _, offer = await offer_site.left()
    async with offer_site.client() as client:
        page = await client.get(offer_site.path(offer))
        assert button(page) == "Continue and pay €39.20 today"
        assert "You'll continue to Stripe" in said(page)
        gone_on = await client.post(offer_site.path(offer), data=agreed(page))
        assert gone_on.status_code == 303
        assert gone_on.headers["location"].startswith(offer_site.winback.sandbox.stripe_api_url)
        assert gone_on.headers["cache-control"] == "no-store"
        back = await client.get(offer_site.path(offer))  # as Checkout's way back leads, paid or not
    assert back.status_code == 200
    assert button(back) == button(page)


@pytest.mark.parametrize(
    ("offer", "heading", "pressed"),
    [
        (Pause(months=2), "A pause of 2 months", "Pause for 2 months"),
        (FreeMonths(months=1), "A free month", "Continue and pay nothing on"),
        (Restart(), "Go on as before", "Continue and pay €49 on"),
    ],
)
async def test_each_offer_has_its_own_page(offer_site: OfferSite, offer: Any, heading: str, pressed: str) -> None:
    _, row = await offer_site.leaving(offer)
    async with offer_site.client() as client:
        page = await client.get(offer_site.path(row))
        assert f"<h1>{heading}</h1>" in page.text
        assert button(page).startswith(pressed)
        assert ("You pay nothing until" in said(page)) == isinstance(offer, Pause)
        assert "continues." in said(await client.post(offer_site.path(row), data=agreed(page)))


async def test_a_lighter_plan_is_named(offer_site: OfferSite) -> None:
    _, row = await offer_site.leaving(SwitchPlan(price_id=offer_site.winback.lite["id"]))
    async with offer_site.client() as client:
        page = await client.get(offer_site.path(row))
    assert "<h1>Pro, a lighter plan</h1>" in page.text
    assert "New plan" in said(page)
    assert button(page).startswith("Continue and pay €19 on")


async def test_a_longer_trial_has_its_own_page(offer_site: OfferSite) -> None:
    end = int((offer_site.winback.now() + timedelta(days=10)).timestamp())
    _, row = await offer_site.leaving(ExtendTrial(days=14), trial_end=end)
    async with offer_site.client() as client:
        page = await client.get(offer_site.path(row))
        assert "Your trial goes on until" in said(page)
        assert button(page) == "Continue the trial for 14 more days"
        assert "Your trial of Pro continues." in said(await accepted(client, offer_site.path(row)))


@pytest.mark.parametrize("came_from", ["cross-site", "same-site", "none"])
async def test_a_press_on_another_website_is_refused(offer_site: OfferSite, came_from: str) -> None:
    subscription, offer = await offer_site.leaving()
    async with offer_site.client() as client:
        form = agreed(await client.get(offer_site.path(offer)))
        for path in (offer_site.path(offer), offer_site.undo_path(offer)):
            answer = await client.post(path, data=form, headers={"Sec-Fetch-Site": came_from})
            assert answer.status_code == 403
    assert pending(subscription)


async def test_every_page_shuts_everything_else_out(offer_site: OfferSite) -> None:
    _, offer = await offer_site.leaving()
    async with offer_site.client() as client:
        offered = await client.get(offer_site.path(offer))
        done = await accepted(client, offer_site.path(offer))
        undo = await client.get(offer_site.undo_path(offer))
    for answer in (offered, done, undo):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "<script" not in answer.text
    assert offered.headers["content-security-policy"] == POLICY  # its answer may lead to Stripe
    assert done.headers["content-security-policy"] == f"{POLICY}; form-action 'none'"
    assert undo.headers["content-security-policy"] == f"{POLICY}; form-action 'self'"


async def test_one_offer_may_not_be_asked_for_too_often(offer_site: OfferSite) -> None:
    async with offer_site.client() as client:
        answers = [await client.get("/o/" + "A" * 43) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [404] * 20 + [429]


async def test_without_emails_there_are_no_offers_but_one_can_still_unsubscribe(offer_site: OfferSite) -> None:
    _, offer = await offer_site.leaving()
    async with offer_site.client(acceptance=None, undoing=None) as client:
        assert "There's nothing here" in said(await client.get(offer_site.path(offer)))
        assert (await client.get(await offer_site.unsubscribe_path(offer))).status_code == 200


async def test_a_name_does_no_harm_on_the_page(offer_site: OfferSite) -> None:
    winback = offer_site.winback
    customer = winback.customer(name="<script>alert(1)</script> {{7*7}}")
    subscription = winback.account.subscribe(customer, winback.pro)
    winback.sandbox.clock.advance(timedelta(days=1))
    winback.account.portal_cancel(subscription, "too_expensive")
    offer = await winback.sent(await winback.case(subscription))
    async with offer_site.client() as client:
        page = await client.get(offer_site.path(offer))
    assert "<script" not in page.text
    assert "&lt;… {…" in page.text


async def test_no_thanks_ends_reminders_and_nothing_else(offer_site: OfferSite) -> None:
    subscription, offer = await offer_site.leaving()
    path = offer_site.path(offer)
    async with offer_site.client() as client:
        assert ">No, thanks</button>" in (await client.get(path)).text
        answer = await client.post(f"{path}/no")
        again = await client.post(f"{path}/no")
        looked = await client.get(path)
        assert answer.status_code == again.status_code == looked.status_code == 200
        assert "We won't remind you of this offer" in said(answer)
        assert "If you change your mind, the offer is open until" in said(answer)
        assert said(again) == said(answer)
        assert "No, thanks" not in looked.text
        refused = await offer_site.winback.offer(offer)
        assert (refused.state, refused.reserved) == ("sent", offer.reserved)
        assert pending(subscription)

        await accepted(client, path)

    assert not pending(subscription)
    assert (await offer_site.winback.offer(offer)).state == "accepted"


async def test_a_reason_may_follow_no_thanks(offer_site: OfferSite) -> None:
    _, offer = await offer_site.leaving()
    path = f"{offer_site.path(offer)}/no"
    async with offer_site.client() as client:
        asked = await client.post(path)
        assert '<option value="too_expensive">' in asked.text
        await client.post(path, data={"why": "<made up>"})
        assert (await offer_site.winback.offer(offer)).no_thanks_why is None
        told = await client.post(path, data={"why": "too_expensive"})
        assert "We've noted your reason." in said(told)
        assert "<form" not in told.text
        await client.post(path, data={"why": "unused"})
    refused = await offer_site.winback.offer(offer)
    assert (refused.no_thanks_why, refused.state) == ("too_expensive", "sent")


async def test_the_page_leads_to_unsubscribing(offer_site: OfferSite) -> None:
    _, offer = await offer_site.leaving()
    async with offer_site.client() as client:
        page = await client.get(offer_site.path(offer))
        [way] = re.findall(r'href="(/u/[\w-]+)"', page.text)
        assert "Stop these emails?" in said(await client.get(way))
        async with offer_site.winback.store.read() as unit:
            assert not await unit.people.suppressed(offer.person_id)
        await client.post(way)
        async with offer_site.winback.store.read() as unit:
            assert await unit.people.suppressed(offer.person_id)
        assert "no longer open" in said(await client.get(offer_site.path(offer)))


async def test_no_thanks_to_what_is_over_says_so(offer_site: OfferSite) -> None:
    _, offer = await offer_site.leaving()
    async with offer_site.client() as client:
        await accepted(client, offer_site.path(offer))
        after = await client.post(f"{offer_site.path(offer)}/no")
        assert "Your subscription to Pro continues." in said(after)
        nobody = await client.post(f"/o/{'A' * 43}/no")
        assert nobody.status_code == 404
        elsewhere = await client.post(f"{offer_site.path(offer)}/no", headers={"Sec-Fetch-Site": "cross-site"})
        assert elsewhere.status_code == 403
    assert (await offer_site.winback.offer(offer)).no_thanks_at is None
