"""Looking up the customer for a portal link; only an active customer gets one."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.billing.portal_access import CustomerAccount, NeedsChoice, NoCustomer, Purpose, SeveralCustomers, Verified
from domain.ids import CaseId, CustomerId, SubscriptionId
from domain.permissions import Action
from flows.failures import CALL_FAILURES, DatabaseUnavailable, describe_failure, ignore_missing
from flows.people.staff_permissions import StaffPermissions
from flows.portal_links import answers
from flows.portal_links.address_guard import AddressGuard
from flows.portal_links.deliver import own_lookup
from flows.portal_links.lookup_limits import LookupLimits, entry
from flows.portal_links.verify_customer import CustomerVerification
from flows.ports import Staff
from flows.ports.context import Context
from flows.ports.store import LookupRow


@dataclass(frozen=True, slots=True)
class CustomerLookup:
    """Finds the active customer for a request, or the answer why there is none."""

    context: Context
    permission: StaffPermissions
    verification: CustomerVerification
    lookups: LookupLimits
    address_guard: AddressGuard

    async def open(self, *, requester: Staff, request: answers.Request, now: datetime) -> answers.LookupAnswer:
        """Look up and verify a customer; create no link."""
        row = self.lookups.new(requester, request.who, purpose=request.purpose, ticket=request.ticket, now=now)
        try:
            denial = await self.permission.denial(requester, Action.PORTAL_LINK, now=now)
            if denial is not None:
                return denial
            limited = await self.lookups.count(row, Action.PORTAL_LINK, now=now)
            if limited is not None:
                return limited
            return await self._look_up(row, request, requester=requester, now=now)
        except CALL_FAILURES as fault:
            return describe_failure(fault, row.id)

    async def open_for_case(self, *, requester: Staff, case_id: CaseId, now: datetime) -> answers.LookupAnswer:
        """Look up the customer of a card."""
        try:
            async with self.context.store.read() as unit:
                case = await unit.cases.get(case_id)
                known = await unit.observations.row(case.subscription_id) if case else None
        except DatabaseUnavailable as fault:
            return describe_failure(fault, case_id)
        if known is None:
            return answers.ButtonExpired()
        request = answers.Request(who=known.customer_id, purpose=Purpose.HOME, ticket=None)
        return await self.open(requester=requester, request=request, now=now)

    async def choose(self, *, requester: Staff, target: answers.ButtonTarget, now: datetime) -> answers.LookupAnswer:
        """Continue with a picked customer or subscription, or a confirmed spelling."""
        try:
            denial = await self.permission.denial(requester, Action.PICK, whom=target.customer_id, now=now)
            if denial is not None:
                return denial
            row = await own_lookup(self.context.store, requester, target)
            if row is None:
                return answers.ButtonExpired()
            async with self.context.store.begin() as unit:
                await unit.audit.append(entry(row, Action.PICK, target.customer_id, outcome="done", now=now))
                await unit.commit()
            account = await self.verification.account(target.customer_id)
            row = replace(row, subscription_id=target.subscription_id)
            return await self._answer(row, [account], requester=requester, search_answered=True, now=now)
        except CALL_FAILURES as fault:
            return describe_failure(fault, target.lookup_id)

    async def _look_up(
        self, row: LookupRow, request: answers.Request, *, requester: Staff, now: datetime
    ) -> answers.LookupAnswer:
        if isinstance(request.who, answers.Address):
            matches = await self.context.billing.find_customers(request.who.value)
            accounts = await asyncio.gather(*(self.verification.of(customer) for customer in matches.customers))
            search_answered = matches.search_answered
        else:
            row, accounts = await self._by_id(row, request.who)
            search_answered = True
        row = replace(row, found=tuple(account.customer.id for account in accounts))
        await self.lookups.record(row, Action.PORTAL_LINK)
        if len(accounts) == 1 and not search_answered:
            return answers.ConfirmSpelling(lookup_id=row.id, candidate=self.verification.candidate(accounts[0]))
        return await self._answer(row, accounts, requester=requester, search_answered=search_answered, now=now)

    async def _by_id(self, row: LookupRow, who: str) -> tuple[LookupRow, list[CustomerAccount]]:
        """Read the customer of an id; an unknown id finds nobody."""
        with ignore_missing():
            if who.startswith("sub_"):
                reading = await self.context.billing.read_subscription(SubscriptionId(who))
                row = replace(row, subscription_id=reading.subscription.id)
                return row, [await self.verification.account(reading.subscription.customer_id)]
            return row, [await self.verification.account(CustomerId(who))]
        return row, []

    async def _answer(
        self,
        row: LookupRow,
        accounts: Sequence[CustomerAccount],
        *,
        requester: Staff,
        search_answered: bool,
        now: datetime,
    ) -> answers.LookupAnswer:
        verdict = await self.verification.verify(accounts, purpose=row.purpose, chosen=row.subscription_id)
        match verdict:
            case Verified():
                return await self._found(row, verdict, requester=requester, now=now)
            case NeedsChoice(customer=customer, subscriptions=live):
                return answers.PickSubscription(lookup_id=row.id, customer=customer, subscriptions=live)
            case SeveralCustomers(candidates=candidates):
                found = sorted(map(self.verification.candidate, candidates), key=lambda each: not each.live)
                return answers.SeveralFound(lookup_id=row.id, candidates=tuple(found), search_answered=search_answered)
            case NoCustomer():
                return answers.NobodyFound(typed=row.typed, search_answered=search_answered)
            case _:
                return verdict

    async def _found(
        self, row: LookupRow, verified: Verified, *, requester: Staff, now: datetime
    ) -> answers.CustomerFound:
        customer, subscription = verified.customer, verified.subscription
        fresh = await self.address_guard.look(customer, now=now)
        may_mail_fresh = await self.permission.may(requester, Action.MAIL_TO_CHANGED_ADDRESS)
        return answers.CustomerFound(
            target=answers.ButtonTarget(
                lookup_id=row.id, customer_id=customer.id, subscription_id=subscription.id if subscription else None
            ),
            customer=customer,
            subscriptions=verified.subscriptions,
            purpose=row.purpose,
            ticket=row.ticket,
            typed=row.typed if "@" in row.typed and row.typed != customer.email else None,
            can_email=self.context.settings.mail
            and self.context.settings.public_url is not None
            and customer.email is not None,
            email_needs_manager=fresh is not None and not may_mail_fresh,
            can_show=not self.context.settings.needs_code or customer.email is not None,
            fresh_address=fresh,
        )
