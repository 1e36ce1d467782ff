"""Types for the ids of the program, so that none is taken for another."""

from typing import NewType
from uuid import UUID

CaseId = NewType("CaseId", UUID)
PersonId = NewType("PersonId", UUID)
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
