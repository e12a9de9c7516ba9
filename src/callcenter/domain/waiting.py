"""A callback as it stands in the queue, as far as it takes to know who must not call it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """Where it stands: by due date, priority (9 first), age, id. due_at, created_at: UTC."""

    due_at: datetime
    priority: int
    created_at: datetime
    callback_id: str


@dataclass(frozen=True, slots=True)
class Ahead:
    """manager, department: the customer's. policy: the name of its plan's. zone: the plan's, IANA."""

    place: QueuePlace
    manager: str
    department: str
    policy: str
    zone: str
