"""Hypothesis strategies: any leaving customer under any policy, with or without blockers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from domain.billing.periods import period_end
from domain.billing.subscription import Subscription
from domain.ids import CaseId, StaffId, SubscriptionId
from domain.money import Money
from domain.winback.decide import step_windows
from domain.winback.decision import CaseSnapshot, EarlierOffer
from domain.winback.decision import History as Past
from domain.winback.offer import CallBack, DiscountOffer, ExtendTrial, FreeMonths, Offer, Pause, Restart, SwitchPlan
from domain.winback.policy import Match, Policy, StepTiming
from tests.domain.billing.subscriptions import discount, item, price, subscription
from tests.domain.winback.leaving_customers import (
    DAY,
    REQUESTED,
    case,
    consenting,
    history,
    limits,
    policy,
    pricing,
    rule,
    snapshot,
    step,
)

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
CATALOG = tuple(
    price(str(unit), name=f"price_{unit}_{interval}", every=(1, interval), product=f"prod_{unit}")
    for unit in (0, 900, 1900, 9900)
    for interval in ("month", "year")
)
offers: st.SearchStrategy[Offer] = st.one_of(
    st.sampled_from(
        [
            Restart(),
            CallBack(who=None),
            SwitchPlan(price_id=None),
            SwitchPlan(price_id="price_900_month"),
            SwitchPlan(price_id="price_gone"),
            Pause(months=1),
            Pause(months=3),
            FreeMonths(months=1),
            FreeMonths(months=3),
            FreeMonths(months=4),
            ExtendTrial(days=7),
            ExtendTrial(days=45),
            DiscountOffer(percent=None, amount=Money(500, "eur"), invoices=1),
            DiscountOffer(percent=None, amount=Money(4900, "eur"), invoices=2),
            DiscountOffer(percent=None, amount=Money(500, "usd"), invoices=1),
        ]
    ),
    st.builds(
        DiscountOffer,
        percent=st.sampled_from([Decimal(text) for text in ("10", "20", "12.5", "30", "33.3", "50", "99")]),
        amount=st.none(),
        invoices=st.sampled_from([1, 1, 2, 3, 4]),
    ),
)
WHENS = [
    StepTiming(anchor=anchor, span=span)
    for anchor in ("after", "before_end", "after_end")
    for span in (timedelta(0), 2 * HOUR, 3 * DAY, 30 * DAY)
]
MATCHES = [
    Match(),
    Match(),
    Match(reasons=frozenset({"too_expensive"})),
    Match(reasons=frozenset({"unused"})),
    Match(countries=frozenset({"DE"})),
    Match(phases=frozenset({"pending", "trialing"})),
]
LIMITS = [
    limits(percent=Decimal(60)),
    limits(),
    limits(percent=Decimal(20), invoices=1, cooldown=DAY, step_gap=2 * DAY),
    limits(percent=Decimal(100), invoices=12, second_discount=True),
    limits(percent=Decimal(30), budget_a_month={"eur": Money(10000, "eur")}, second_discount=True),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that a decision rests on."""

    snapshot: CaseSnapshot
    past: Past
    policy: Policy
    now: datetime

    @property
    def subscription(self) -> Subscription:
        return self.snapshot.pricing.subscription

    def of(self, **changed: Any) -> "Situation":
        """Change the subscription."""
        altered = replace(self.subscription, **changed)
        return replace(
            self, snapshot=replace(self.snapshot, pricing=replace(self.snapshot.pricing, subscription=altered))
        )

    def about(self, **changed: Any) -> "Situation":
        """Change the case."""
        return replace(self, snapshot=replace(self.snapshot, case=replace(self.snapshot.case, **changed)))

    def episode(self, **changed: Any) -> "Situation":
        return self.about(episode=replace(self.snapshot.case.episode, **changed))

    def said(self, **changed: Any) -> "Situation":
        """Change how and why it was cancelled."""
        return self.episode(cancellation=replace(self.snapshot.case.episode.cancellation, **changed))

    def who(self, **changed: Any) -> "Situation":
        """Change the customer."""
        return replace(self, snapshot=replace(self.snapshot, customer=replace(self.snapshot.customer, **changed)))

    def before(self, **changed: Any) -> "Situation":
        """Change the history."""
        return replace(self, past=replace(self.past, **changed))

    def offered(self, ago: timedelta, *, by_card: bool = False) -> "Situation":
        made = EarlierOffer(at=self.now - ago, case_id=CaseId(UUID(int=9)), offer=Restart(), by_card=by_card)
        return self.before(earlier=(*self.past.earlier, made))

    @property
    def cooldown(self) -> timedelta:
        return self.policy.limits.cooldown


Change = Callable[[Situation], Situation]

FORBID_ALL: Mapping[str, Change] = {
    "suppressed": lambda one: one.before(suppressed=True),
    "disputed": lambda one: one.before(disputed=True),
    "a disputed payment": lambda one: one.said(kind="payment_disputed"),
    "back": lambda one: one.before(back=True),
    "resumed": lambda one: one.episode(state="resumed"),
    "goes on": lambda one: one.of(cancel_at=None, ended_at=None, cancel_at_period_end=False),
    "withdrawn": lambda one: one.episode(state="withdrawn"),
    "silent": lambda one: one.about(silent=True),
    "own domain": lambda one: one.who(email="kim@northwind.test"),
    "below the own domain": lambda one: one.who(email="Kim@EU.Northwind.test"),
    "another is open": lambda one: one.before(open_since=one.now - HOUR),
    "offered just now": lambda one: one.offered(timedelta(0)),
    "offered a cooldown ago": lambda one: one.offered(one.cooldown),
    "offered to the same card": lambda one: one.offered(one.cooldown, by_card=True),
}
FORBID_AUTOMATIC: Mapping[str, Change] = {
    "another subscription": lambda one: one.before(other_live=SubscriptionId("sub_2")),
    "wants silence": lambda one: one.said(comment="Don't contact me."),
    "words for a person": lambda one: one.said(comment="our shop is closed"),
    "talked to": lambda one: one.about(owner=StaffId("U1"), owned_at=one.now - 13 * DAY),
}
FORBID_EMAILS: Mapping[str, Change] = {
    "no address": lambda one: one.who(email=None),
    "deleted": lambda one: one.who(deleted=True),
    "no consent": lambda one: one.who(metadata={"marketing_consent": "no"}),
    "no consent, country unknown": lambda one: one.who(metadata={}, country=None),
    "a purchase long ago in Canada": lambda one: one.who(metadata={"soft_opt_in": "2020-01-01"}, country="CA"),
    "no zone": lambda one: replace(one, policy=replace(one.policy, zone=None)),
}
HINDER: Mapping[str, Change] = {
    "holdout": lambda one: one.before(holdout=True),
    "offered long ago": lambda one: one.offered(one.cooldown + MINUTE),
    "budget nearly spent": lambda one: one.before(spent={"eur": Money(9000, "eur")}),
    "a discount runs": lambda one: one.of(discounts=(discount(percent="10"), discount(percent="5", duration="once"))),
    "a discount runs out": lambda one: one.of(
        discounts=(discount(percent="25", duration="repeating", ends_at=one.now + 20 * DAY),)
    ),
    "paused": lambda one: one.of(collection_paused=True),
    "metered": lambda one: one.of(items=(item(price(metered=True), None),)),
    "failed payment": lambda one: one.said(kind="payment_failed", feedback=None),
    "no reason": lambda one: one.said(feedback=None),
}
OBSTACLES = {**FORBID_ALL, **FORBID_AUTOMATIC, **FORBID_EMAILS, **HINDER}


minutes_back = st.integers(0, 400 * 24 * 60)
units = st.sampled_from(["4900", "4900", "4999", "4999", "99", "0"])
intervals = st.sampled_from([(1, "month"), (1, "month"), (3, "month"), (1, "year"), (1, "week")])
quantities = st.integers(1, 3)
phases = st.sampled_from([("pending", "active"), ("ended", "canceled"), ("trialing", "trialing")])
seats = st.sampled_from([False, False, False, True])


@st.composite
def subscriptions(draw: st.DrawFn) -> Subscription:
    """Draw a subscription somewhere in its period when it is cancelled."""
    every = draw(intervals)
    what = price(draw(units), every=every)
    anchor = REQUESTED - draw(minutes_back) * MINUTE
    until = anchor
    while until <= REQUESTED:
        until = period_end(until, what, anchor=anchor)
    items = [item(what, draw(quantities), until=until)]
    if draw(seats):
        items.append(item(price("700", every=every, product="prod_seat"), name="si_2", until=until))
    phase, status = draw(phases)
    return subscription(
        *items,
        status=status,
        cancel_at=until,
        ended_at=REQUESTED if phase == "ended" else None,
        trial_end_at=until if phase == "trialing" else None,
        anchor_at=anchor,
    )


steps = st.builds(step, offers, st.sampled_from(WHENS))
first_rules = st.builds(
    lambda own, match: rule(*own, name="first", match=match),
    st.lists(steps, min_size=1, max_size=2),
    st.sampled_from(MATCHES),
)
further_rules = st.one_of(st.just(()), st.tuples(st.builds(lambda own: rule(own, name="second"), steps)))
policies = st.builds(
    lambda first, further, within: policy(first, *further, within=within),
    first_rules,
    further_rules,
    st.sampled_from(LIMITS),
)
numbers = st.integers(0, 5)
in_the_way = {most: st.sets(st.sampled_from(sorted(OBSTACLES)), max_size=most) for most in (0, 1)}
SHIFTS = [0, 11, 11, 11, 1440, -1]


@st.composite
def situations(draw: st.DrawFn, *, at_most: int = 1) -> Situation:
    """Draw somebody who may be offered something, and up to so many obstacles; `now` is about when a step is due."""
    of, by = draw(subscribed), draw(policies)
    someone = snapshot(of, who=consenting(), catalog=CATALOG)
    due = [window.opens_at for each in by.rules for window in step_windows(each, someone, by.limits)]
    now = max(REQUESTED, due[draw(numbers) % len(due)] + SHIFTS[draw(numbers)] * MINUTE)
    if of.ends_at is not None and now >= of.ends_at and of.ended_at is None:
        over = replace(of, status="canceled", ended_at=of.ends_at)
        someone = replace(someone, case=case(state="ended", ended_at=of.ends_at), pricing=pricing(over, *CATALOG))
    one = Situation(snapshot=someone, past=history(), policy=by, now=now)
    for name in draw(in_the_way[at_most]):
        one = OBSTACLES[name](one)
    return one


subscribed = subscriptions()
