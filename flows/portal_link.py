"""A support agent asks for a billing-portal link; only a customer verified to be active gets one."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from domain.ids import CaseId, CustomerId, LookupId, SubscriptionId
from domain.keyring import Keyring
from domain.portal import Holding, NeedsChoice, Nobody, Purpose, Several, Verified
from domain.rights import Action, allowed
from flows.cancellation import facts_of
from flows.effects import AlertLookups
from flows.failures import OUTWARD, Refused, Unavailable
from flows.handing_over import DAY, own_lookup, trouble
from flows.memory import AuditEntry, LookupRow, Store
from flows.permission import Permission
from flows.person import address_digests
from flows.portal_answer import (
    Address,
    ConfirmSpelling,
    Found,
    Lapsed,
    Limited,
    LinkTerms,
    NobodyFound,
    Opened,
    PickSubscription,
    Request,
    SeveralFound,
)
from flows.ports import Billing, Denied, NewId, Staff
from flows.verification import Verification, refusal

HOUR = timedelta(hours=1)


class PortalLinks:
    """From a question to a customer verified to be active, or to a plain answer why not."""

    def __init__(
        self,
        *,
        store: Store,
        billing: Billing,
        permission: Permission,
        keyring: Keyring,
        new_id: NewId,
        verification: Verification,
        terms: LinkTerms,
    ) -> None:
        self._store = store
        self._billing = billing
        self._permission = permission
        self._keyring = keyring
        self._new_id = new_id
        self._terms = terms
        self._verification = verification

    async def open(self, *, asked_by: Staff, request: Request, now: datetime) -> Opened:
        """Look up and verify; makes no link."""
        row = LookupRow(
            id=LookupId(self._new_id()),
            staff_id=asked_by.id,
            at=now,
            typed=request.who.value if isinstance(request.who, Address) else request.who,
            purpose=request.purpose,
            ticket=request.ticket,
            found=(),
            chosen=None,
            subscription_id=None,
        )
        try:
            denial = await self._permission.denial(asked_by, Action.PORTAL_LINK, now=now)
            if denial is not None:
                return denial
            limited = await self._count(row, now=now)
            if limited is not None:
                return limited
        except Unavailable as fault:
            return trouble("database", fault, row.id)
        return await self._look_up(row, request, asked_by=asked_by, now=now)

    async def open_for_case(self, *, asked_by: Staff, case_id: CaseId, now: datetime) -> Opened:
        """Look up the customer of a card."""
        try:
            async with self._store.read() as unit:
                case = await unit.cases.get(case_id)
                known = await unit.observations.row(case.subscription_id) if case else None
        except Unavailable as fault:
            return trouble("database", fault, LookupId(case_id))
        if known is None:
            return Lapsed()
        request = Request(who=known.customer_id, purpose=Purpose.HOME, ticket=None)
        return await self.open(asked_by=asked_by, request=request, now=now)

    async def choose(
        self,
        *,
        asked_by: Staff,
        lookup_id: LookupId,
        customer_id: CustomerId | None = None,
        subscription_id: SubscriptionId | None = None,
        now: datetime,
    ) -> Opened:
        """Go on with a picked customer or subscription, or (neither) with a confirmed spelling."""
        try:
            denial = await self._permission.denial(asked_by, Action.PICK, now=now)
            if denial is not None:
                return denial
            row = await own_lookup(self._store, asked_by, lookup_id)
            if row is None or (customer_id is not None and customer_id not in row.found):
                return Lapsed()
            row = replace(row, chosen=customer_id or row.chosen, subscription_id=subscription_id or row.subscription_id)
            if row.chosen is None:
                return Lapsed()
            await self._keep(row)
        except Unavailable as fault:
            return trouble("database", fault, lookup_id)
        try:
            holding = await self._verification.holding(row.chosen)
            return await self._answer(row, [holding], asked_by=asked_by, search_answered=True, now=now)
        except OUTWARD as fault:
            return trouble("stripe", fault, row.id)

    async def _look_up(self, row: LookupRow, request: Request, *, asked_by: Staff, now: datetime) -> Opened:
        try:
            if isinstance(request.who, Address):
                matches = await self._billing.find_customers(request.who.value)
                holdings = await asyncio.gather(*(self._verification.of(customer) for customer in matches.customers))
                search_answered = matches.search_answered
            else:
                row, holdings = await self._by_id(row, request.who)
                search_answered = True
        except OUTWARD as fault:
            return trouble("stripe", fault, row.id)
        row = replace(row, found=tuple(holding.customer.id for holding in holdings))
        if len(holdings) == 1:
            row = replace(row, chosen=row.found[0])
        try:
            await self._keep(row)
            await self._note_lookup(row, now=now)
            answer = await self._answer(
                row, list(holdings), asked_by=asked_by, search_answered=search_answered, now=now
            )
        except OUTWARD as fault:
            return trouble("stripe" if isinstance(fault, Refused) else "database", fault, row.id)
        if not search_answered and isinstance(answer, Found | PickSubscription):
            plan = facts_of(holdings[0].subscriptions[0], name=None, address=None, at=now).plan
            return ConfirmSpelling(lookup_id=row.id, customer=holdings[0].customer, plan=plan)
        return answer

    async def _by_id(self, row: LookupRow, who: str) -> tuple[LookupRow, list[Holding]]:
        """Read what an id names; an unknown one is nobody."""
        try:
            if who.startswith("sub_"):
                reading = await self._billing.read_subscription(SubscriptionId(who))
                row = replace(row, subscription_id=reading.subscription.id)
                return row, [await self._verification.holding(reading.subscription.customer_id)]
            return row, [await self._verification.holding(CustomerId(who))]
        except Refused as refused:
            if refused.code != "resource_missing":
                raise
            return row, []

    async def _answer(
        self, row: LookupRow, holdings: list[Holding], *, asked_by: Staff, search_answered: bool, now: datetime
    ) -> Opened:
        verdict = await self._verification.verify(holdings, purpose=row.purpose, chosen=row.subscription_id)
        match verdict:
            case Verified():
                return await self._found(row, verdict, asked_by=asked_by, search_answered=search_answered, now=now)
            case NeedsChoice(customer=customer, subscriptions=live):
                named = tuple((one, facts_of(one, name=customer.name, address=None, at=now)) for one in live)
                return PickSubscription(lookup_id=row.id, customer=customer, subscriptions=named)
            case Several(candidates=candidates):
                found = tuple(self._verification.candidate(holding, now=now) for holding in candidates)
                return SeveralFound(lookup_id=row.id, candidates=found, search_answered=search_answered)
            case Nobody():
                return NobodyFound(typed=row.typed, search_answered=search_answered)
            case _:
                return refusal(verdict)

    async def _found(
        self, row: LookupRow, verified: Verified, *, asked_by: Staff, search_answered: bool, now: datetime
    ) -> Found:
        customer = verified.customer
        changed_at = await self._verification.fresh_address(customer.id, now=now)
        roles = await self._permission.roles(asked_by)
        may_mail_fresh = not isinstance(roles, Denied) and allowed(Action.MAIL_TO_CHANGED_ADDRESS, roles)
        return Found(
            lookup_id=row.id,
            customer=customer,
            subscriptions=tuple(
                (one, facts_of(one, name=customer.name, address=customer.email, at=now))
                for one in verified.subscriptions
            ),
            purpose=row.purpose,
            typed=row.typed if "@" in row.typed and row.typed != customer.email else None,
            may_mail=self._terms.mail and self._terms.public_url is not None and customer.email is not None,
            mail_takes_manager=changed_at is not None and not may_mail_fresh,
            may_show=not self._terms.needs_code or customer.email is not None,
            needs_code=self._terms.needs_code,
            durable=self._terms.public_url is not None,
            address_changed_at=changed_at,
            search_answered=search_answered,
        )

    async def _count(self, row: LookupRow, *, now: datetime) -> Limited | None:
        """Count a look-up before it is made, hit or not; at the limit it is not made."""
        terms = self._terms
        async with self._store.begin() as unit:
            for limit, per, span in (
                (terms.per_minute, "minute", timedelta(minutes=1)),
                (terms.per_day, "day", DAY),
            ):
                if await unit.lookups.count(row.staff_id, since=now - span) >= limit:
                    await unit.audit.append(
                        AuditEntry(
                            who=row.staff_id, action=Action.PORTAL_LINK.value, whom=None, at=now, outcome="limited"
                        )
                    )
                    await unit.commit()
                    return Limited(limit=limit, per="minute" if per == "minute" else "day")
            await unit.lookups.add(row)
            if await unit.lookups.count(row.staff_id, since=now - HOUR) == terms.tell_managers_at:
                for to in terms.tell:
                    key = f"lookups:{row.staff_id}:{now:%Y-%m-%dT%H}:{to}"
                    await unit.outbox.add(AlertLookups(row.staff_id, to), key=key, due_at=now)
            await unit.commit()
        return None

    async def _note_lookup(self, row: LookupRow, *, now: datetime) -> None:
        """Record who was looked up: a customer's id, or for an address nobody has an id that stands for it."""
        async with self._store.begin() as unit:
            if row.found:
                whom = row.chosen or row.found[0]
            elif "@" in row.typed:
                key_id, digest = address_digests(self._keyring, row.typed)[0]
                whom = CustomerId(str(await unit.audit.unknown(digest=digest, key_id=key_id, new_id=self._new_id())))
            else:
                whom = CustomerId(row.typed[:64])
            await unit.audit.append(
                AuditEntry(
                    who=row.staff_id,
                    action=Action.PORTAL_LINK.value,
                    whom=whom,
                    at=now,
                    outcome=f"found {len(row.found)}",
                    note=row.ticket or "",
                )
            )
            await unit.commit()

    async def _keep(self, row: LookupRow) -> None:
        async with self._store.begin() as unit:
            await unit.lookups.save(row)
            await unit.commit()
