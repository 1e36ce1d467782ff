"""A small model of one Stripe subscription: it lives, tells events of it, can be read, and knows its true cases."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from domain.billing.subscription import Cancellation
from domain.cancellations.case import CaseState, Episode
from domain.cancellations.observation import Observation
from domain.ids import EventId, SubscriptionId

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOTHING = Cancellation(kind=None, feedback=None, feedback_option=None, comment=None)
PERIOD = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    status: str
    canceled_at: datetime | None = None
    cancel_at: datetime | None = None
    cancel_at_period_end: bool = False
    ended_at: datetime | None = None
    cancellation: Cancellation = NOTHING

    def values(self) -> dict[str, datetime | bool | str | None]:
        return {
            "status": self.status,
            "canceled_at": self.canceled_at,
            "cancel_at": self.cancel_at,
            "cancel_at_period_end": self.cancel_at_period_end,
            "ended_at": self.ended_at,
            "kind": self.cancellation.kind,
            "feedback": self.cancellation.feedback,
            "feedback_option": self.cancellation.feedback_option,
            "comment": self.cancellation.comment,
        }


@dataclass
class Life:
    """The subscription from its creation on; each act takes place at `now` and tells one event."""

    classic: bool = True
    now: datetime = START
    state: Snapshot = field(default_factory=lambda: Snapshot(status="active"))
    born_at: datetime = field(init=False)
    born_until: datetime | None = field(init=False)
    log: list[Observation] = field(default_factory=list)
    cases: list[Episode] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.born_at = self.now
        self.born_until = self.state.cancel_at
        self._tell("customer.subscription.created", None)

    @property
    def events(self) -> list[Observation]:
        return [one for one in self.log if one.source == "event"]

    @property
    def reads(self) -> list[Observation]:
        return [one for one in self.log if one.source == "read"]

    @property
    def pending(self) -> bool:
        return bool(self.cases) and self.cases[-1].state == "pending"

    @property
    def ended(self) -> bool:
        return self.state.status == "canceled"

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def status(self, status: str) -> None:
        self._become(replace(self.state, status=status))

    def touch(self) -> None:
        """Change something that no cancellation knows of."""
        self._become(self.state)

    def move_canceled_at(self) -> None:
        self._become(replace(self.state, canceled_at=self.now))
        if self.pending:
            self._case(canceled_ats=self.cases[-1].canceled_ats | {self.now})

    def request(self, kind: str = "cancellation_requested", after: timedelta = PERIOD) -> None:
        """Ask for the end, or for another end than the one asked for before."""
        fresh = not self.pending
        self.born_until = None
        self._become(
            replace(
                self.state,
                canceled_at=self.now,
                cancel_at=self.born_at + after,
                cancel_at_period_end=self.classic,
                cancellation=replace(self.state.cancellation, kind=kind),
            )
        )
        if fresh:
            self._open("pending", kind, live=self.state)
        self._case(ends_at=self.state.cancel_at, canceled_ats=self.cases[-1].canceled_ats | {self.now})

    def answer(self, *, feedback: str | None = None, comment: str | None = None) -> None:
        """Answer the survey."""
        told = self.state.cancellation
        self._become(
            replace(self.state, cancellation=replace(told, feedback=feedback or told.feedback, comment=comment))
        )
        if self.cases and self.cases[-1].state != "resumed":
            case = self.cases[-1].cancellation
            self._case(cancellation=replace(case, feedback=feedback or case.feedback, comment=comment or case.comment))

    def take_back(self) -> None:
        self._become(Snapshot(status=self.state.status))
        self._case(state="resumed", resumed_at=self.now)

    def end_by_time(self) -> None:
        """Let the scheduled end come."""
        assert self.state.cancel_at is not None
        self.now = max(self.now, self.state.cancel_at)
        self._end(replace(self.state, status="canceled", ended_at=self.now))

    def end_at_once(self, kind: str | None = "cancellation_requested") -> None:
        self.born_until = None
        self._end(
            replace(
                self.state,
                status="canceled",
                canceled_at=self.now,
                ended_at=self.now,
                cancellation=replace(self.state.cancellation, kind=kind or self.state.cancellation.kind),
            )
        )

    def read(self) -> Observation:
        """Read afresh, as the program would at this moment."""
        number = len(self.reads) + 1
        self.log.append(self._observation("read", f"read {number}", None, None, row_version=number))
        return self.log[-1]

    def _end(self, after: Snapshot) -> None:
        was, self.state = self.state, after
        self._tell("customer.subscription.deleted", None)
        if self.born_until is not None:
            return
        if not self.pending:
            self._open("ended", after.cancellation.kind, live=was)
        case = self.cases[-1]
        assert after.canceled_at is not None
        self._case(
            state="ended",
            ends_at=self.now,
            ended_at=self.now,
            canceled_ats=case.canceled_ats | {after.canceled_at},
            cancellation=replace(case.cancellation, kind=after.cancellation.kind or case.cancellation.kind),
        )

    def _open(self, state: CaseState, kind: str | None, *, live: Snapshot) -> None:
        assert self.state.canceled_at is not None
        self.cases.append(
            Episode(
                canceled_ats=frozenset({self.state.canceled_at}),
                state=state,
                requested_at=self.now,
                ends_at=None,
                ended_at=None,
                resumed_at=None,
                cancellation=replace(NOTHING, kind=kind),
                was_paying=live.status != "trialing",
            )
        )

    def _case(self, **changes: object) -> None:
        self.cases[-1] = replace(self.cases[-1], **changes)  # type: ignore[arg-type]  # spelled at each caller

    def _become(self, after: Snapshot) -> None:
        was, self.state = self.state.values(), after
        changed = {key: was[key] for key, value in after.values().items() if was[key] != value}
        self._tell("customer.subscription.updated", changed)

    def _tell(self, event_type: str, previous: dict[str, datetime | bool | str | None] | None) -> None:
        name = EventId("evt_" + sha256(b"%d" % len(self.events)).hexdigest()[:8])  # as random as Stripe's own
        self.log.append(self._observation("event", name, event_type, previous, row_version=None))

    def _observation(
        self,
        source: str,
        source_id: str,
        event_type: str | None,
        previous: dict[str, datetime | bool | str | None] | None,
        *,
        row_version: int | None,
    ) -> Observation:
        return Observation(
            subscription_id=SubscriptionId("sub_1"),
            source="event" if source == "event" else "read",
            source_id=source_id,
            event_type=event_type,
            seen_at=self.now,
            row_version=row_version,
            previous=previous,
            status=self.state.status,
            created_at=self.born_at,
            canceled_at=self.state.canceled_at,
            cancel_at=self.state.cancel_at,
            cancel_at_period_end=self.state.cancel_at_period_end,
            ended_at=self.state.ended_at,
            cancellation=self.state.cancellation,
        )
