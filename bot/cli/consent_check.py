"""How many of the customers who left lately the policy's rule of consent allows to be emailed."""

from collections import Counter

from bot.assembly import Adapters
from domain.winback.consent import consent_of
from flows.failures import CALL_FAILURES
from flows.health import Check

NAME = "Win-back: consent"


async def check_consent(adapters: Adapters) -> Check:
    """Count those whom an offer may be emailed to; it is no fault if that is nobody, but worth knowing."""
    try:
        leavers = await adapters.billing.leavers()
    except CALL_FAILURES as fault:
        sentence = f"Whom offers may be emailed to could not be counted. {fault.why}"
        return Check(name=NAME, ok=False, sentence=sentence, fix="See the checks of Stripe above.", needed=False)
    if not leavers:
        return Check(name=NAME, ok=True, sentence="No subscription has ended yet, so there was nobody to count.")
    rule, now = adapters.policy.policy.consent, adapters.clock()
    states = Counter(
        consent_of(customer, rule, left_at=ended_at, now=now)
        for customer, ended_at in leavers.values()
        if customer.email
    )
    reachable = states["given"] + states["not_needed"]
    sentence = (
        f"Offers may be emailed to {reachable} of the {len(leavers)} customers of the newest 100 subscriptions that "
        f"have ended: {states['given']} have agreed, {states['not_needed']} live where the policy needs no consent."
    )
    fix = f"Note a customer's consent at Stripe, in their metadata: {rule.key} = {max(rule.yes, default='yes')}."
    return Check(name=NAME, ok=True, sentence=sentence, fix="" if reachable else fix)
