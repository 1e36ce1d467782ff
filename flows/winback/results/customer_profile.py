"""Everything we know about one person, for the people who look after them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.billing.portal_access import Purpose
from domain.billing.subscription import Customer
from domain.cancellations.stored_case import Case
from domain.ids import CustomerId, PersonId, SubscriptionId
from domain.permissions import Action
from domain.winback.consent import consent_of
from flows.failures import CALL_FAILURES, OutsideFailure, describe_failure, ignore_missing
from flows.people.identify import person_keys
from flows.people.staff_permissions import PermissionDenied, StaffPermissions
from flows.portal_links.answers import Address, LookupLimited
from flows.portal_links.lookup_limits import LookupLimits
from flows.ports import Staff
from flows.ports.context import Context
from flows.ports.store import PersonKey, UnitOfWork
from flows.winback.policy.active_policy import ActivePolicy
from flows.winback.results.answers import CustomerProfile, FoundProfiles


@dataclass(frozen=True, slots=True)
class CustomerProfiles:
    """The command `customer`."""

    context: Context
    permission: StaffPermissions
    policies: ActivePolicy
    lookups: LookupLimits

    async def customer(
        self, *, requester: Staff, who: Address | str, now: datetime
    ) -> FoundProfiles | LookupLimited | PermissionDenied | OutsideFailure:
        """Return what we know about an address, a `cus_…` or a `sub_…`; it counts as a lookup."""
        row = self.lookups.new(requester, who, purpose=Purpose.HOME, ticket=None, now=now)
        try:
            denial = await self.permission.denial(requester, Action.CUSTOMER, now=now)
            if denial is not None:
                return denial
            limited = await self.lookups.count(row, Action.CUSTOMER, now=now)
            if limited is not None:
                return limited
            customers, search_answered = await self._customers(who)
            await self.lookups.record(replace(row, found=tuple(each.id for each in customers)), Action.CUSTOMER)
            async with self.context.store.read() as unit:
                people = await self._people(unit, who, customers)
                found = [await self._profile(unit, each, theirs, now=now) for each, theirs in people]
        except CALL_FAILURES as fault:
            return describe_failure(fault, row.id)
        return FoundProfiles(people=tuple(found), search_answered=search_answered)

    async def _customers(self, who: Address | str) -> tuple[tuple[Customer, ...], bool]:
        if isinstance(who, Address):
            matches = await self.context.billing.find_customers(who.value)
            found, answered = matches.customers, matches.search_answered
        else:
            found, answered = await self._by_id(who), True
        return tuple(each for each in found if each.livemode == self.context.settings.livemode), answered

    async def _by_id(self, who: str) -> tuple[Customer, ...]:
        with ignore_missing():
            if who.startswith("sub_"):
                return ((await self.context.billing.read_subscription(SubscriptionId(who))).customer,)
            return (await self.context.billing.read_customer(CustomerId(who)),)
        return ()

    async def _people(
        self, unit: UnitOfWork, who: Address | str, customers: Sequence[Customer]
    ) -> list[tuple[PersonId | None, tuple[Customer, ...]]]:
        """Return each person with their customers; a customer who never left has no person yet."""
        behind: dict[PersonId, list[Customer]] = {}
        strangers: list[Customer] = []
        for each in customers:
            person = await unit.people.find(person_keys(self.context.keyring, customer_id=each.id, address=each.email))
            if person is None:
                strangers.append(each)
            else:
                behind.setdefault(person, []).append(each)
        if not customers and isinstance(who, Address):
            key = PersonKey(kind="address", digests=self.context.keyring.address_hashes(who.value))
            gone = await unit.people.find([key])
            if gone is not None:
                behind[gone] = []
        return [
            *((person, tuple(theirs)) for person, theirs in behind.items()),
            *((None, (each,)) for each in strangers),
        ]

    async def _profile(
        self, unit: UnitOfWork, person: PersonId | None, customers: Sequence[Customer], *, now: datetime
    ) -> CustomerProfile:
        found = [(each, await unit.observations.row(each.subscription_id)) for each in await _cases(unit, person)]
        cases = tuple((case, row.facts) for case, row in found if row is not None and row.facts is not None)
        ended = [case.episode.ended_at for case, _ in cases]
        left_at = max((at for at in ended if at is not None), default=None) if None not in ended else None
        consent = self.policies.current.consent
        return CustomerProfile(
            customers=tuple((each, consent_of(each, consent, left_at=left_at, now=now)) for each in customers),
            cases=cases,
            proposals=tuple(each for each in await unit.proposals.of_person(person) if each.state != "held_out")
            if person
            else (),
            offers=tuple(await unit.offers.of_person(person)) if person else (),
            suppression=await unit.people.suppression(person) if person else None,
        )


async def _cases(unit: UnitOfWork, person: PersonId | None) -> Sequence[Case]:
    return await unit.cases.of_person(person) if person is not None else ()
