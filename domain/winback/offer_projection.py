"""A subscription's coming invoices, without an offer and with each kind of offer that changes them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction
from itertools import islice, takewhile
from math import ceil

from domain.billing.billing_schedule import Course, Due
from domain.billing.periods import add_months, is_one_month, is_within_a_month
from domain.billing.price_steps import PriceSteps, price_steps
from domain.billing.pricing import amount_of
from domain.billing.subscription import Item, Price
from domain.money import Money
from domain.winback.cheaper_plan import price_to_switch_to
from domain.winback.offer import DiscountOffer, ExtendTrial, FreeMonths, Offer, Pause, Restart, SwitchPlan
from domain.winback.policy import Limits
from domain.winback.terms import (
    CouponTerms,
    ImpossibleOffer,
    OfferTerms,
    PlannedInvoice,
    PricingContext,
    applied_discount,
    coupon_for,
)

_A_YEAR = {"day": 365, "week": 52, "month": 12, "year": 1}
"""How many of an interval are counted in a year, as for the monthly value."""


_TWO_YEARS = timedelta(days=731)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferProjection:
    """A subscription's coming invoices from `at` on; `course` is how it is billed without an offer.

    `told`: the steps of its price are worked out too, which takes longer.
    """

    pricing: PricingContext
    limits: Limits
    at: datetime
    course: Course
    told: bool

    def discount(self, offer: DiscountOffer) -> OfferTerms | ImpossibleOffer:
        """Discount the next invoices; more than one only if the plan is billed monthly."""
        if offer.amount is not None and offer.amount.currency != self.course.currency:
            return ImpossibleOffer(why="currency", detail=offer.amount.currency)
        if offer.invoices > self.limits.invoices:
            return ImpossibleOffer(why="invoices_limit", detail=str(self.limits.invoices))
        if offer.invoices > 1 and not all(is_one_month(item.price) for item in self.course.items):
            return ImpossibleOffer(why="interval")
        months = offer.invoices if offer.invoices > 1 else None
        coupon = coupon_for(percent=offer.percent, amount=offer.amount, months=months)
        return self._with_coupon(offer, coupon, invoices=offer.invoices, share=self.limits.percent / 100)

    def free_months(self, offer: FreeMonths) -> OfferTerms | ImpossibleOffer:
        """Give months away. The limit on invoices bounds the months; the limit on percentages doesn't apply."""
        if offer.months > self.limits.invoices:
            return ImpossibleOffer(why="invoices_limit", detail=str(self.limits.invoices))
        if not all(is_within_a_month(item.price) for item in self.course.items):
            return ImpossibleOffer(why="interval")
        monthly = all(is_one_month(item.price) for item in self.course.items)
        months = None if monthly and offer.months == 1 else offer.months
        coupon = coupon_for(percent=Decimal(100), amount=None, months=months)
        return self._with_coupon(offer, coupon, invoices=offer.months if monthly else 1, share=None)

    def switch_plan(self, offer: SwitchPlan) -> OfferTerms | ImpossibleOffer:
        """Switch to a cheaper price from the next invoice on: no discount, but the difference is given up."""
        if len(self.course.items) > 1:
            return ImpossibleOffer(why="several_items")
        item = self.course.items[0]
        price = price_to_switch_to(offer, item, self.pricing.catalog)
        if isinstance(price, ImpossibleOffer) and price.why == "no_cheaper_plan" and self._must_choose(item):
            named = (
                each
                for each in self.pricing.catalog
                if (each.id, each.currency) == (offer.price_id, self.course.currency)
            )
            price = next((each for each in named if amount_of(each, item.quantity)), price)
        if isinstance(price, ImpossibleOffer):
            return price
        switched = self.course.at_price(price)
        if item.price.active and self._pays_more(switched):
            return ImpossibleOffer(why="pays_more")
        first = next(self.course.dues())
        planned = PlannedInvoice(at=first.at, before=self.course.amount(first), after=switched.amount(first))
        terms = self._terms(SwitchPlan(price_id=price.id), switched, (planned,), cost=0)
        return replace(terms, gives_up=self._difference(switched, item.price))

    def pause(self, offer: Pause) -> OfferTerms | ImpossibleOffer:
        """Skip the invoices due in the months after the paid period; a longer interval would give away a period.

        What they would have come to is given away if the customer goes on using the product, otherwise given up.
        """
        if not all(is_within_a_month(item.price) for item in self.course.items):
            return ImpossibleOffer(why="interval")
        monthly = all(is_one_month(item.price) for item in self.course.items)
        day = self.course.anchor.day if monthly else None  # weeks don't keep the anchor's day of the month
        over = add_months(min(self.course.starts), offer.months, day=day)
        skipped = list(takewhile(lambda due: due.at < over, self.course.dues()))
        paused = self.course.paused_until(over)
        first = next(due for due in paused.dues() if paused.collects(due))
        unbilled, access = sum(self.course.amount(due).minor for due in skipped), self.limits.pause_access
        terms = self._terms(offer, paused, (self._as_it_is(first, paused),), cost=unbilled if access == "kept" else 0)
        gives_up = Money(0 if access == "kept" else unbilled, self.course.currency)
        return replace(terms, restarts_at=first.at, access=access, gives_up=gives_up, most_invoices=len(skipped))

    def extend_trial(self, offer: ExtendTrial) -> OfferTerms | ImpossibleOffer:
        """Move the end of the trial; the days cost their share of the first period, rounded up."""
        end = self.pricing.subscription.trial_end_at
        if end is None:
            return ImpossibleOffer(why="no_end_known")
        if end <= self.at:
            return ImpossibleOffer(why="phase", detail="pending")
        ends_at = end + timedelta(days=offer.days)
        extended = self.course.begun_at(ends_at)
        first, second = islice(extended.dues(), 2)
        share = Decimal(offer.days) / Decimal((second.at - first.at).days)
        cost = (extended.amount(first).minor * share).to_integral_value(ROUND_CEILING)
        terms = self._terms(offer, extended, (self._as_it_is(first, extended),), cost=int(cost))
        return replace(terms, trial_ends_at=ends_at)

    def unchanged(self, offer: Restart) -> OfferTerms:
        """Go on at the same price."""
        first = next(self.course.dues())
        return self._terms(offer, self.course, (self._as_it_is(first),), cost=0)

    def _with_coupon(
        self, offer: Offer, coupon: CouponTerms, *, invoices: int, share: Decimal | None
    ) -> OfferTerms | ImpossibleOffer:
        """Plan every invoice that the coupon changes: at least `invoices`, each within `share` if there is one."""
        if not self.limits.second_discount and self.course.has_discount(at=self.at):
            return ImpossibleOffer(why="running_discount")
        applied = applied_discount(coupon, at=self.at)
        reduced = self.course.less(applied)
        if applied.ends_at is None:
            touched = [next(reduced.dues())]
        else:
            end = applied.ends_at
            touched = list(takewhile(lambda due: due.at < end, reduced.dues()))
        if len(touched) < invoices:
            short = next(islice(reduced.dues(), len(touched), None))
            return ImpossibleOffer(why="outlasts", detail=short.at.isoformat())
        planned = tuple(
            PlannedInvoice(at=due.at, before=self.course.amount(due), after=reduced.amount(due)) for due in touched
        )
        cost = sum(each.before.minor - each.after.minor for each in planned) + self._put_off(reduced, touched[-1])
        if not cost:
            return ImpossibleOffer(why="nothing_to_give")
        if self._pays_more(reduced):
            return ImpossibleOffer(why="pays_more")
        if share is not None and any(self._is_beyond(share, due, reduced) for due in touched):
            return ImpossibleOffer(why="percent_limit", detail=f"{self.limits.percent.normalize():f}")
        return replace(self._terms(offer, reduced, planned, cost=cost), coupon=coupon)

    def _put_off(self, reduced: Course, last: Due) -> int:
        """Return what is taken off besides, after the coupon's last invoice.

        A customer's discount that is good for one invoice waits till then, where only one discount can stand.
        """
        after = next(due for due in reduced.dues() if due.at > last.at)
        return max(0, self.course.amount(after).minor - reduced.amount(after).minor)

    def _difference(self, switched: Course, price: Price) -> Money:
        """Return what a cheaper plan brings in less over the policy's months: on the invoice where it is most."""
        less = max(
            0, *(self.course.amount(due).minor - switched.amount(due).minor for due in self._until_steady(switched))
        )
        invoices = Fraction(self.limits.give_up_months * _A_YEAR[price.interval], 12 * price.interval_count)
        return Money(ceil(less * invoices), self.course.currency)

    def _must_choose(self, item: Item) -> bool:
        """Return whether another plan is the only way back: the item's own price isn't sold any more."""
        return self.pricing.phase == "ended" and not item.price.active

    def _pays_more(self, accepted: Course) -> bool:
        """Return whether an invoice is higher than without the offer: now, or until every discount has ended."""
        return any(accepted.amount(due).minor > self.course.amount(due).minor for due in self._until_steady(accepted))

    def _until_steady(self, accepted: Course) -> Iterator[Due]:
        """Yield the invoices until all are alike, with the offer or without: every discount has ended by then."""
        discounts = (*self.course.all_discounts, *accepted.all_discounts)
        last = max((each.ends_at for each in discounts if each.ends_at is not None), default=self.at)
        for due in self.course.dues():
            yield due
            if not due.first and due.at >= min(last, self.at + _TWO_YEARS):
                return

    def _is_beyond(self, share: Decimal, due: Due, reduced: Course) -> bool:
        """Return whether an invoice's discounts together exceed a share of its full price."""
        full = reduced.full(due)
        allowed = Money.rounded(full.minor * share, full.currency)
        return (full - reduced.amount(due)).minor > allowed.minor

    def _as_it_is(self, due: Due, course: Course | None = None) -> PlannedInvoice:
        amount = (course or self.course).amount(due)
        return PlannedInvoice(at=due.at, before=amount, after=amount)

    def _terms(self, offer: Offer, course: Course, planned: tuple[PlannedInvoice, ...], *, cost: int) -> OfferTerms:
        """Return the terms of a subscription that is billed like this from then on."""
        after = next(due for due in course.dues() if due.at > planned[-1].at)
        return OfferTerms(
            offer=offer,
            phase=self.pricing.phase,
            way="checkout" if self.pricing.phase == "ended" else "resume",
            accepted_at=self.at,
            invoices=planned,
            cost=Money(cost, course.currency),
            later=course.amount(after),
            later_at=after.at,
            price=course.only_price,
            most_invoices=len(planned),
            seats=_seats(self.course.items),
            steps=self._steps(course),
            pays_by_invoice=self.pricing.subscription.pays_by_invoice,
            days_until_due=self.pricing.subscription.days_until_due,
        )

    def _steps(self, course: Course) -> tuple[PriceSteps, ...]:
        return (price_steps(course, at=self.at) or ()) if self.told else ()


def _seats(items: tuple[Item, ...]) -> int | None:
    """Return the quantity of the only item; None where there are several, or one of one."""
    quantity = items[0].quantity if len(items) == 1 else None
    return quantity if quantity != 1 else None
