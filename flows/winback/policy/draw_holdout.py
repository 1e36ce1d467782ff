"""Draw a person into the holdout, once and before the policy first decides for them."""

from domain.keyring import Keyring
from domain.winback.decision import CaseSnapshot
from domain.winback.lift import draw_holdout
from domain.winback.policy import Policy
from domain.winback.rule_matching import may_be_held_out, value_of_case
from flows.ports.store import UnitOfWork


async def draw_once(unit: UnitOfWork, snapshot: CaseSnapshot, policy: Policy, *, keyring: Keyring) -> bool:
    """Return whether a person is in the holdout; draw it if that is still to be done.

    Nobody is drawn while there is no holdout, nor who was worth too much at their first case. Those count on neither
    side of the lift.
    """
    person_id, limits = snapshot.case.person_id, policy.limits
    drawn = await unit.people.holdout(person_id)
    if drawn is not None or not limits.holdout or not await _may(unit, snapshot, policy):
        return bool(drawn)
    if any(each.rule is not None for each in await unit.proposals.of_person(person_id)):
        return False
    lot = draw_holdout(keyring.mac("holdout", person_id.bytes), share=limits.holdout)
    return await unit.people.draw_holdout(person_id, drawn=lot)


async def _may(unit: UnitOfWork, snapshot: CaseSnapshot, policy: Policy) -> bool:
    below = policy.limits.holdout_below
    if not below:
        return True
    theirs = await unit.cases.of_person(snapshot.case.person_id)
    first = min(theirs, key=lambda each: each.episode.requested_at, default=snapshot.case)
    value = None if first.id == snapshot.case.id else first.loss
    return may_be_held_out(value or value_of_case(snapshot), below)
