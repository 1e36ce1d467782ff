"""Cases with everything that the reports count of them, read for a few people at a time."""

from collections import defaultdict
from collections.abc import Collection
from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.cancellations.sequel import StillSubscribed, Switch
from domain.ids import CaseId, PersonId
from domain.money import Money
from domain.results.funnel import CaseProgress, Evaluation, Stop, stop_of
from domain.winback.lift import is_exempt
from flows.ports.store import HoldoutDraw, MeasuredCase, OutcomeRow
from storage import tables
from storage.repositories.sequels import Sequels, read_sequels

_row = tables.outcomes.c


async def read_measured(connection: AsyncConnection, people: Collection[PersonId]) -> list[MeasuredCase]:
    """Return the cases of some people, neither silent nor withdrawn, the oldest request first."""
    case, subscription, offer, person = tables.cases.c, tables.subscriptions.c, tables.offers.c, tables.persons.c
    evaluation = tables.evaluations.c
    theirs = (case.person_id.in_(people), ~case.silent, case.state != "withdrawn")
    statement = (
        select(
            case.id.label("measured_id"),
            case.person_id.label("measured_person_id"),
            case.subscription_id.label("measured_subscription_id"),
            case.requested_at,
            case.resumed_at,
            subscription.facts,
            case.loss,
            case.kind,
            case.feedback,
            case.feedback_option,
            case.comment,
            case.noted,
            case.enrichment,
            _picked(case.person_id).label("picked"),
            person.drawn_both_ways,
            person.holdout.is_not(None).label("drawn"),
            exists().where(offer.case_id == case.id, offer.email_state == "sent").label("sent"),
            case.owner,
            case.follow_up,
            *(evaluation[name].label(f"evaluated_{name}") for name in ("rule", "due_at", "cause")),
            tables.outcomes,
        )
        .join_from(tables.cases, tables.subscriptions, subscription.id == case.subscription_id)
        .join(tables.persons, person.id == case.person_id)
        .outerjoin(tables.outcomes, _row.case_id == case.id)
        .outerjoin(tables.evaluations, evaluation.case_id == case.id)
        .where(*theirs, subscription.facts.is_not(None))
        .order_by(case.requested_at, case.id)
    )
    proposal = tables.proposals.c
    decisions = (
        select(
            proposal.case_id,
            case.kind,
            proposal.rule,
            proposal.state,
            proposal.why,
            proposal.terms,
            proposal.created_at,
        )
        .join_from(tables.proposals, tables.cases, proposal.case_id == case.id)
        .where(*theirs)
        .order_by(proposal.created_at, proposal.id)
    )
    decided = defaultdict[CaseId, list[RowMapping]](list)
    for each in (await connection.execute(decisions)).mappings():
        decided[each["case_id"]].append(each)
    made = (
        select(offer.case_id, offer.state, offer.email_state, offer.why, offer.no_thanks_at)
        .join_from(tables.offers, tables.cases, offer.case_id == case.id)
        .where(*theirs)
        .order_by(offer.created_at, offer.id)
    )
    offers = defaultdict[CaseId, list[RowMapping]](list)
    for each in (await connection.execute(made)).mappings():
        offers[each["case_id"]].append(each)
    found = (await connection.execute(statement)).mappings().all()
    sequels = await read_sequels(connection, and_(*theirs))
    return [_measured(each, decided[each["measured_id"]], offers[each["measured_id"]], sequels) for each in found]


def _measured(found: RowMapping, decided: list[RowMapping], offers: list[RowMapping], sequels: Sequels) -> MeasuredCase:
    sequel = sequels.of(
        found["measured_id"],
        found["measured_subscription_id"],
        requested_at=found["requested_at"],
        resumed_at=found["resumed_at"],
    )
    switched_to = sequels.facts.get(sequel.subscription_id) if isinstance(sequel, Switch) else None
    value = found["loss"] or found["facts"].value
    return MeasuredCase(
        case_id=CaseId(found["measured_id"]),
        person_id=PersonId(found["measured_person_id"]),
        requested_at=found["requested_at"],
        monthly=value.now,
        kind=found["kind"],
        reason=found["feedback_option"] or found["feedback"],
        decline_code=found["enrichment"] and found["enrichment"].decline_code,
        rule=next((each["rule"] for each in decided if each["rule"] is not None), None),
        offered=any(each["state"] != "held_out" for each in decided),
        draw=_draw(decided) if found["drawn"] else None,
        picked=found["picked"],
        drawn_both_ways=found["drawn_both_ways"],
        sent=found["sent"],
        staff_contact=found["owner"] is not None or found["follow_up"] is not None,
        outcome=_outcome(found),
        switched_to=_switched_to(sequel, sequels, value.now.currency) if isinstance(sequel, Switch) else None,
        still_subscribed=isinstance(sequel, StillSubscribed),
        asked_why=found["kind"] in {None, "cancellation_requested"},
        told_by=_told_by(found),
        value_known=value.has_amount and (switched_to is None or switched_to.value.has_amount),
        stop=_stop(found, decided, offers),
    )


def _told_by(found: RowMapping) -> Literal["customer", "staff"] | None:
    if found["feedback"] or found["feedback_option"] or found["comment"]:
        return "customer"
    return "staff" if found["noted"] else None


def _stop(found: RowMapping, decided: list[RowMapping], offers: list[RowMapping]) -> Stop:
    evaluation = None
    if found["evaluated_cause"] is not None:
        evaluation = Evaluation(
            rule=found["evaluated_rule"], due_at=found["evaluated_due_at"], cause=found["evaluated_cause"]
        )
    progress = CaseProgress(
        evaluation=evaluation,
        proposals=[(each["state"], each["why"]) for each in decided],
        offers=[(each["state"], each["email_state"], _why(each)) for each in offers],
        returned=found["how"],
        stayed_30=found["stayed_30"],
    )
    return stop_of(progress)


def _why(offer: RowMapping) -> str | None:
    """Return why an offer came no further: who said no has answered, though it stays open until it expires."""
    unanswered = offer["why"] in {None, "expired"} and offer["state"] in {"sent", "over"}
    return "no_thanks" if offer["no_thanks_at"] is not None and unanswered else offer["why"]


def _switched_to(switch: Switch, sequels: Sequels, currency: str) -> Money | None:
    """Return what a switch brings; nothing if its value counts for another case."""
    if switch.shared:
        return Money(0, currency)
    facts = sequels.facts.get(switch.subscription_id)
    return facts.value.now if facts is not None else None


def _picked(person_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Return whether staff began an offer by hand for any case of a person."""
    others, proposals = tables.cases.alias("of_person"), tables.proposals.alias("of_person_by_hand")
    by_hand = (proposals.c.rule.is_(None), proposals.c.by_hand.is_not(None))
    return or_(
        exists().where(others.c.person_id == person_id, others.c.picked_at.is_not(None)),
        exists().where(proposals.c.person_id == person_id, *by_hand),
    )


def _draw(decided: list[RowMapping]) -> HoldoutDraw | None:
    parting = (each for each in decided if not is_exempt(each["terms"].offer, each["kind"]))
    first = next(parting, None)
    if first is None:
        return None
    return HoldoutDraw(at=first["created_at"], holdout=first["state"] == "held_out")


def _outcome(found: RowMapping) -> OutcomeRow | None:
    if found["version"] is None:
        return None
    return OutcomeRow(**{column.name: found[column.name] for column in tables.outcomes.c})
