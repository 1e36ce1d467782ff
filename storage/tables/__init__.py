"""The tables. Partial indexes cover only the rows that wait, so that finished ones cost a claim nothing."""

from storage.tables.cases import batch_rows, card_batches, cases, evaluations, observations, outcomes, subscriptions
from storage.tables.links import links, lookups, returns
from storage.tables.offers import budgets, checkouts, offer_slots, offers, proposals, standing_approvals
from storage.tables.people import address_changes, person_cards, person_keys, persons, suppressions, unsubscribes
from storage.tables.record import audit, audit_head, marks, pauses, rosters, shipped_features, sights, unknown_addresses
from storage.tables.reports import report_changes, report_days, report_lines, report_stops
from storage.tables.schema import metadata
from storage.tables.traffic import inbox, outbox, paused_lanes
