"""Types for the ids of the program, so that none is taken for another."""

import re
from typing import NewType
from uuid import UUID

CaseId = NewType("CaseId", UUID)
PersonId = NewType("PersonId", UUID)
BatchId = NewType("BatchId", UUID)
LookupId = NewType("LookupId", UUID)
LinkId = NewType("LinkId", UUID)
EffectId = NewType("EffectId", UUID)
ProposalId = NewType("ProposalId", UUID)
OfferId = NewType("OfferId", UUID)

CustomerId = NewType("CustomerId", str)
SubscriptionId = NewType("SubscriptionId", str)
EventId = NewType("EventId", str)
SessionId = NewType("SessionId", str)
StaffId = NewType("StaffId", str)
"""A Slack user id, `U…` or `W…`; opaque."""
ChannelId = NewType("ChannelId", str)

_STRIPE_ID = re.compile(r"[a-z]{2,12}_[A-Za-z0-9_]{1,250}", re.ASCII)
_RECORDED_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,299}", re.ASCII)


def is_stripe_id(text: str) -> bool:
    """Return whether a text has the form of Stripe's ids, such as `cus_…` and `sub_…`."""
    return _STRIPE_ID.fullmatch(text) is not None


def is_recorded_id(text: str) -> bool:
    """Return whether a text has the form of an id or a short name, which no address and no sentence has."""
    return _RECORDED_ID.fullmatch(text) is not None
