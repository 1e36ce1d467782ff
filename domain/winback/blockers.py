"""Everything that can block an offer: reasons against the case as a whole, and reasons against one offer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from domain.billing.periods import add_months
from domain.cancellations.case import REASON_WINDOW
from domain.ids import CaseId
from domain.money import Money
from domain.person import ascii_domain
from domain.winback.consent import consent_of
from domain.winback.decision import CaseSnapshot, EarlierOffer, History, Rejection, RejectionReason
from domain.winback.offer import CallBack, Offer
from domain.winback.policy import Policy
from domain.winback.price_offer import price_offer
from domain.winback.proposal import CustomerRequest
from domain.winback.refusals import unless_refused
from domain.winback.rule_matching import find_phrase
from domain.winback.terms import ImpossibleOffer, OfferTerms

STAFF_CONTACT = timedelta(days=14)
"""How long nothing automatic is proposed after somebody on the team takes over a case."""

_AN_INSTANT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocker:
    """Something that blocks an offer; `until` is when it stops, or None if time alone never ends it."""

    why: RejectionReason
    detail: str = ""
    until: datetime | None = None

    def rejected(self, rule: str | None = None, step: int | None = None, offer: Offer | None = None) -> Rejection:
        """Return the rejection of one offer, or of every offer."""
        return Rejection(why=self.why, rule=rule, step=step, offer=offer, detail=self.detail)


def case_blockers(
    snapshot: CaseSnapshot, history: History, policy: Policy, *, now: datetime, request: CustomerRequest | None = None
) -> Iterator[Blocker]:
    """Yield what blocks every offer in this case, including one that a person proposes.

    Who unsubscribed and then asks for an offer may be given its link, and no email.
    """
    case = snapshot.case
    if case.episode.state == "withdrawn":
        yield Blocker(why="withdrawn")
    if case.silent:
        yield Blocker(why="silent")
    if history.back or case.episode.state == "resumed" or _goes_on(snapshot):
        yield Blocker(why="back")
    if history.switched:
        yield Blocker(why="switched")
    yield from _person_blockers(snapshot, history, policy, request)
    ended_at = snapshot.pricing.subscription.ended_at or case.episode.ended_at
    if ended_at is not None and ended_at + policy.limits.oldest_case < now:
        yield Blocker(why="too_old")
    yield from _cooldowns(case.id, history, policy, now)
    if history.open_since is not None:
        until = history.open_since + policy.limits.proposal_lifetime
        yield Blocker(why="open_already", until=until if until > now else None)


def _person_blockers(
    snapshot: CaseSnapshot, history: History, policy: Policy, request: CustomerRequest | None
) -> Iterator[Blocker]:
    """Yield why this person gets no offer, whatever the case."""
    if history.suppressed:
        asks = request is not None and policy.consent.asked and history.own_wish
        if not asks:
            yield Blocker(why="suppressed")
        elif request is not None and request.delivery == "email":
            yield Blocker(why="own_wish")
    if snapshot.customer.deleted:
        yield Blocker(why="customer_deleted")
    if history.disputed or snapshot.case.episode.cancellation.kind == "payment_disputed":
        yield Blocker(why="disputed")
    if _is_internal(snapshot.customer.email, policy.internal_domains):
        yield Blocker(why="internal")


def automatic_blockers(snapshot: CaseSnapshot, history: History, policy: Policy, *, now: datetime) -> Iterator[Blocker]:
    """Yield what blocks automatic proposals only.

    This includes a phrase that asks for no contact: it suppresses the person, and only a manager can undo that.
    """
    case = snapshot.case
    if history.no_thanks:
        yield Blocker(why="no_thanks")
    if history.other_live is not None:
        yield Blocker(why="other_live", detail=history.other_live)
    window_closes = case.episode.requested_at + REASON_WINDOW
    if case.episode.is_asked_why and not case.episode.reason_given and now < window_closes:
        yield Blocker(why="reason_open", until=window_closes)
    phrase = find_phrase(case.episode.cancellation.comment, policy.no_contact_phrases)
    if phrase is not None:
        yield Blocker(why="asks_for_silence", detail=phrase)
    word = find_phrase(case.episode.cancellation.comment, policy.person_reads)
    if word is not None:
        yield Blocker(why="needs_a_person", detail=word)
    if case.kind != case.episode.cancellation.kind:
        yield Blocker(why="own_decision")
    if case.owner is not None and case.owned_at is not None and now < case.owned_at + STAFF_CONTACT:
        yield Blocker(why="talked_to", detail=case.owner, until=case.owned_at + STAFF_CONTACT)


def email_blockers(
    snapshot: CaseSnapshot, policy: Policy, *, now: datetime, request: CustomerRequest | None = None
) -> Iterator[Blocker]:
    """Yield what blocks a win-back email; nothing if the customer asked for the offer and its link is passed on."""
    asks = request is not None and policy.consent.asked
    if asks and request is not None and request.delivery == "link":
        return
    if policy.zone is None:
        yield Blocker(why="no_zone")
    customer = snapshot.customer
    if customer.deleted:
        return  # that blocks every offer
    if not customer.email:
        yield Blocker(why="no_address")
        return
    if asks:
        return  # it answers a request
    match consent_of(customer, policy.consent, left_at=snapshot.pricing.subscription.ended_at, now=now):
        case "missing":
            yield Blocker(why="no_consent", detail=customer.country or "")
        case "ended":
            yield Blocker(why="consent_ended")


def price_unless_blocked(
    offer: Offer,
    snapshot: CaseSnapshot,
    history: History,
    policy: Policy,
    *,
    now: datetime,
    until: datetime,
    request: CustomerRequest | None = None,
) -> tuple[OfferTerms | None, tuple[Blocker, ...]]:
    """Return an offer's terms and what blocks it, apart from what blocks every offer; no terms if anything does.

    `until` is the last moment at which the offer can be accepted.
    """
    found = [] if isinstance(offer, CallBack) else list(email_blockers(snapshot, policy, now=now, request=request))
    priced = price_offer(offer, snapshot.pricing, policy.limits, at=now, until=until)
    terms = unless_refused(priced, snapshot.pricing.subscription, snapshot.customer)
    if isinstance(terms, ImpossibleOffer):
        return None, (*found, Blocker(why=terms.why, detail=terms.detail))
    found += _over_budget(terms.charge, history, policy, now)
    return (None if found else terms), tuple(found)


def _goes_on(snapshot: CaseSnapshot) -> bool:
    """Return whether the newest read shows the subscription un-cancelled."""
    subscription = snapshot.pricing.subscription
    return subscription.ended_at is None and subscription.cancel_at is None and not subscription.cancel_at_period_end


def _is_internal(address: str | None, domains: frozenset[str]) -> bool:
    """Return whether an address belongs to one of our own domains or their subdomains."""
    host = "." + ascii_domain((address or "").rpartition("@")[2].strip())
    return any(host.endswith(f".{ascii_domain(domain)}") for domain in domains)


def _cooldowns(case_id: CaseId, history: History, policy: Policy, now: datetime) -> Iterator[Blocker]:
    """Yield the cooldown since another case's offer, or the gap between two offers of this case."""

    def waits(offer: EarlierOffer) -> timedelta:
        return policy.limits.step_gap if offer.case_id == case_id else policy.limits.cooldown

    for by_card in (False, True):
        over = [each.at + waits(each) for each in history.earlier if each.by_card is by_card]
        if over and max(over) >= now:
            yield Blocker(
                why="cooldown_by_card" if by_card else "cooldown",
                detail=max(over).isoformat(),
                until=max(over) + _AN_INSTANT,
            )


def _over_budget(cost: Money, history: History, policy: Policy, now: datetime) -> Iterator[Blocker]:
    budget = policy.limits.budget_a_month.get(cost.currency)
    if not cost.minor or budget is None:
        return
    left = budget - history.spent.get(cost.currency, Money(0, cost.currency))
    if cost.minor > left.minor:
        month = now.astimezone(policy.zone or UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        until = add_months(month, 1).astimezone(UTC)
        yield Blocker(why="budget", detail=f"{left.minor} {left.currency}", until=until)
