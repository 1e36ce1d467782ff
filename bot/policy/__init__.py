"""The policy file: checked in full, then turned into the domain's policy."""

from bot.policy.parse import BUILT_IN, PolicyError, PolicyFile, built_in, read_policy
