"""Customer search: Stripe's query language over an index that lags behind."""

from __future__ import annotations

import copy
import re
from typing import Any

from sandbox.stripe.errors import Refusal
from sandbox.stripe.ledger import Json, Ledger

CLAUSE = re.compile(
    r"""\s*(?P<negated>-?)(?P<field>\w+)(?:\[(?P<mark>["'])(?P<key>[^"']+)(?P=mark)\])?(?P<operator>[:~<>]=?)"""
    r"""(?:"(?P<value>(?:[^"\\]|\\.)*)"|'(?P<single>(?:[^'\\]|\\.)*)'|(?P<bare>\d+|null))\s*""",
    re.VERBOSE,
)
FIELDS = {"email", "name", "phone", "metadata", "created"}


class Search:
    """The search over customers.

    A change is found `lag` seconds of the sandbox's clock after it was made (Stripe: Search, data freshness), or at
    once after `catch_up`. With `available = False` every search is refused.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._index: dict[str, Json] = {}
        self._waiting: list[tuple[int, str]] = []
        self.lag = 2
        self.available = True
        ledger.on_event.append(self._learn)

    def catch_up(self) -> None:
        """Let the index know everything there is."""
        self._waiting.clear()
        self._index = copy.deepcopy(self._ledger.objects["customer"])

    def find(self, query: str) -> list[Json]:
        """Find customers, oldest first, as the index knows them.

        Raises:
            Refusal: search is not to be had, or the query cannot be read.
        """
        if not self.available:
            raise Refusal("The search feature is temporarily unavailable in your region.", param="query")
        self._refresh()
        clauses, every = _read(query)
        combine = all if every else any
        found = [
            identifier
            for identifier, customer in self._index.items()
            if combine(_matches(customer, clause) for clause in clauses)
        ]
        customers = self._ledger.objects["customer"]
        return [customers[identifier] for identifier in found if identifier in customers]

    def _learn(self, event: Json) -> None:
        if event["type"].startswith("customer.") and event["data"]["object"]["object"] == "customer":
            self._waiting.append((self._ledger.now + self.lag, event["data"]["object"]["id"]))

    def _refresh(self) -> None:
        customers, now = self._ledger.objects["customer"], self._ledger.now
        for _, identifier in [each for each in self._waiting if each[0] <= now]:
            if identifier in customers:
                self._index[identifier] = copy.deepcopy(customers[identifier])
            else:
                self._index.pop(identifier, None)
        self._waiting = [each for each in self._waiting if each[0] > now]


def _read(query: str) -> tuple[list[dict[str, Any]], bool]:
    """Split a query into clauses, and tell whether all must hold (`AND` and nothing) or any (`OR`)."""
    clauses: list[dict[str, Any]] = []
    joiners: set[str] = set()
    rest = query
    while rest:
        found = CLAUSE.match(rest)
        if not found or found["field"] not in FIELDS or (found["field"] == "metadata") != bool(found["key"]):
            raise _unreadable(query)
        clause = found.groupdict()
        clauses.append(clause | {"value": clause["value"] or clause["single"]})
        rest = rest[found.end() :]
        joiner = re.match(r"(AND|OR)\s", rest)
        if joiner:
            joiners.add(joiner[1])
            rest = rest[joiner.end() :]
            if not rest:
                raise _unreadable(query)
        elif rest:
            joiners.add("AND")
    if not clauses or len(joiners) > 1:
        raise _unreadable(query)
    return clauses, joiners != {"OR"}


def _matches(customer: Json, clause: dict[str, Any]) -> bool:
    return _fits(customer, clause) != bool(clause["negated"])


def _fits(customer: Json, clause: dict[str, Any]) -> bool:
    field, operator = clause["field"], clause["operator"]
    held = customer["metadata"].get(clause["key"]) if field == "metadata" else customer[field]
    if clause["bare"] == "null":
        return held is None
    if field == "created":
        wanted = int(clause["bare"] or clause["value"])
        return bool(
            {
                ":": held == wanted,
                "<": held < wanted,
                ">": held > wanted,
                "<=": held <= wanted,
                ">=": held >= wanted,
            }.get(operator)
        )
    wanted_text = re.sub(r"\\(.)", r"\1", clause["value"] or clause["bare"] or "").lower()
    if operator == "~" and len(wanted_text) < 3:  # Stripe: Search query language, substring match
        raise Refusal("Substring queries need at least 3 characters.", param="query")
    return held is not None and (wanted_text in held.lower() if operator == "~" else wanted_text == held.lower())


def _unreadable(query: str) -> Refusal:
    return Refusal(
        'We were unable to parse your search query. Try using the format `metadata["key"]:"value"` to query for '
        'metadata or key:"value" to query for other fields.',
        param="query",
    )
