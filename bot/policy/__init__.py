"""The policy file: read strictly, every fault at once, and turned into the domain's policy."""

from bot.policy.parse import BUILT_IN, PolicyError, PolicyFile, built_in, read_policy

__all__ = ["BUILT_IN", "PolicyError", "PolicyFile", "built_in", "read_policy"]
