"""What is each agent doing just now: talking, writing a log, on a break, waiting for work, or away?"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from callcenter.domain.people import Agent


class BreakReason(StrEnum):
    LUNCH = "lunch"
    REST = "rest"
    TRAINING = "training"
    MEETING = "meeting"
    TECHNICAL = "technical"
    OTHER = "other"


class Doing(StrEnum):
    """AWAY: not signed in with a browser."""

    ON_CALL = "on_call"
    ON_BREAK = "on_break"
    WRAP_UP = "wrap_up"
    AVAILABLE = "available"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class Break:
    """began_at, ended_at: UTC; ended_at is None while it lasts. note: what the agent wrote, for `other`."""

    agent_id: str
    reason: BreakReason
    note: str
    began_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AtWork:
    """What the books say of one agent. dialling_since: of his live attempt. logs_open: visit logs that wait for him;
    log_since: the oldest one's attempt ended then. free_since: his last call or break of the day ended, or he signed
    in. dials, talks, break_seconds: since the beginning of the day, a break that lasts included.
    logs_overdue: of the open logs, those of days before today (N1-22).
    All instants UTC.
    """

    agent: Agent
    signed_in: bool
    dialling_since: datetime | None
    pause: Break | None
    logs_open: int
    log_since: datetime | None
    free_since: datetime | None
    dials: int = 0
    talks: int = 0
    break_seconds: int = 0
    logs_overdue: int = 0

    @property
    def doing(self) -> Doing:
        if self.dialling_since is not None:
            return Doing.ON_CALL
        if self.pause is not None:
            return Doing.ON_BREAK
        if not self.signed_in:
            return Doing.AWAY
        return Doing.WRAP_UP if self.logs_open else Doing.AVAILABLE

    @property
    def since(self) -> datetime | None:
        """Since when he does it; None where that is not known."""
        match self.doing:
            case Doing.ON_CALL:
                return self.dialling_since
            case Doing.ON_BREAK:
                return self.pause.began_at if self.pause else None
            case Doing.WRAP_UP:
                return self.log_since
            case Doing.AVAILABLE:
                return self.free_since
            case Doing.AWAY:
                return None
