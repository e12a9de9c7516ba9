"""Which visit logs wait to be closed? Each must be on the day of its visit (N1-22)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Unclosed:
    """A log that waits. started_at: UTC, when the visit began; agent: the name of who made it."""

    attempt_id: str
    agent_id: str
    agent: str
    staff_number: str
    customer: str
    plan: str
    started_at: datetime

    def overdue(self, day: datetime) -> bool:
        """day: UTC, when today began."""
        return self.started_at < day


@dataclass(frozen=True, slots=True)
class OpenLogs:
    """How many wait. overdue: of these, from days before today."""

    count: int
    overdue: int


NONE_OPEN = OpenLogs(0, 0)
