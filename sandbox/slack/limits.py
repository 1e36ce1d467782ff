"""Slack's rate limits: about one message a second and channel, and each method's tier."""

import math
import time
from collections import defaultdict, deque

from sandbox.slack.refusal import Refusal

TIER_2 = 20
TIER_3 = 50
TIER_4 = 100
WINDOW = 60.0


class Limits:
    """Refuses with `ratelimited` and Retry-After; `enabled = False` lets everything through.

    Slack's documented tiers are lower bounds ("20+ a minute"), so `tolerance` times as much is let through.
    """

    def __init__(self) -> None:
        self.enabled = True
        self.tolerance = 5
        self.burst = 4
        self.messages_per_second = 1.0
        self._calls: dict[str, deque[float]] = defaultdict(deque)
        self._tokens: dict[str, tuple[float, float]] = {}

    def call(self, method: str, tier: int) -> None:
        """Count a call of a method of a tier (calls a minute)."""
        if not self.enabled:
            return
        now = time.monotonic()
        calls = self._calls[method]
        while calls and calls[0] <= now - WINDOW:
            calls.popleft()
        if len(calls) >= tier * self.tolerance:
            raise Refusal("ratelimited", retry_after=max(1, math.ceil(calls[0] + WINDOW - now)))
        calls.append(now)

    def post(self, channel: str) -> None:
        """Count a message into a channel: a bucket of `burst`, filled at `messages_per_second`."""
        if not self.enabled:
            return
        now = time.monotonic()
        tokens, since = self._tokens.get(channel, (float(self.burst), now))
        tokens = min(float(self.burst), tokens + (now - since) * self.messages_per_second)
        if tokens < 1:
            self._tokens[channel] = (tokens, now)
            raise Refusal("ratelimited", retry_after=max(1, math.ceil((1 - tokens) / self.messages_per_second)))
        self._tokens[channel] = (tokens - 1, now)
