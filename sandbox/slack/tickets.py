"""The two short-lived permits of an interaction: trigger ids and response URLs."""

import secrets
import time
from dataclasses import dataclass

from sandbox.slack.messages import Message
from sandbox.slack.refusal import Refusal


@dataclass(kw_only=True)
class Trigger:
    """Who acted, and when on the monotonic clock."""

    user: str
    made_at: float
    view_id: str | None = None
    used: bool = False


class Triggers:
    """Trigger ids live `lifetime` seconds (Slack: 3) and open one view."""

    def __init__(self) -> None:
        self.lifetime = 3.0
        self._made: dict[str, Trigger] = {}

    def make(self, user: str, *, view_id: str | None = None) -> str:
        trigger_id = f"{time.time_ns()}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._made[trigger_id] = Trigger(user=user, made_at=time.monotonic(), view_id=view_id)
        return trigger_id

    def redeem(self, trigger_id: str) -> Trigger:
        """Use a trigger up; raises Refusal in the words of `views.open`."""
        trigger = self._made.get(trigger_id)
        if trigger is None:
            raise Refusal("invalid_trigger_id")
        if trigger.used:
            raise Refusal("exchanged_trigger_id")
        if time.monotonic() - trigger.made_at > self.lifetime:
            raise Refusal("expired_trigger_id")
        trigger.used = True
        return trigger


@dataclass(kw_only=True)
class ResponseUrl:
    """Where answers through this URL go.

    `source` is the message whose element was used, `typed` the command line that nobody else has seen yet.
    """

    user: str
    channel: str
    source: Message | None
    made_at: float
    typed: str = ""
    uses: int = 0


class ResponseUrls:
    """Response URLs live `lifetime` seconds (Slack: 30 minutes) and take `uses` answers (Slack: 5)."""

    def __init__(self) -> None:
        self.lifetime = 1800.0
        self.uses = 5
        self._made: dict[str, ResponseUrl] = {}

    def make(self, user: str, channel: str, *, source: Message | None = None, typed: str = "") -> str:
        """Return a new token to hang behind `/slack/response/`."""
        token = secrets.token_urlsafe(18)
        self._made[token] = ResponseUrl(
            user=user, channel=channel, source=source, typed=typed, made_at=time.monotonic()
        )
        return token

    def of(self, response_url: str) -> ResponseUrl:
        """Return the permit behind a URL that was handed out."""
        return self._made[response_url.rpartition("/")[2]]

    def use(self, token: str) -> ResponseUrl:
        """Count one use; raises Refusal once the time or the uses are over."""
        permit = self._made.get(token)
        if permit is None or time.monotonic() - permit.made_at > self.lifetime:
            raise Refusal("expired_url")
        if permit.uses >= self.uses:
            raise Refusal("used_url")
        permit.uses += 1
        return permit
