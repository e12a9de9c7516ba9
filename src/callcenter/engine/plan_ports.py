"""What plans ask of the database."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from callcenter.domain.forecasts.forecast_figures import PastDial
from callcenter.domain.people import Plan
from callcenter.domain.plans.life import PlanStep, Progress
from callcenter.domain.queue.waiting import RemainingGroup


class PlanStore(Protocol):
    async def get(self, plan_id: str) -> Plan | None: ...

    async def add(self, plan: Plan, step: PlanStep) -> bool:
        """With the first step of its history, in one transaction; False when there is one of this id already."""

    async def save(self, plan: Plan, version: int, step: PlanStep) -> bool:
        """Keep the plan, and the step that led there, if the row still has this version; False when somebody else was
        quicker. One transaction.
        """

    async def steps(self, plan_id: str) -> list[PlanStep]:
        """The oldest first."""

    async def progress(self, now: datetime, plan_id: str = "") -> Mapping[str, Progress]:
        """By the plan's id; of one plan, or of all."""

    async def remaining(self, plan_id: str) -> Sequence[RemainingGroup]:
        """Callbacks that are still to be made, by what tells of their customers' clock."""

    async def last_due(self, plan_id: str) -> datetime | None:
        """When the last of the remaining callbacks is due; None without any."""

    async def past_dials(self, plan_id: str) -> list[PastDial]:
        """The newest charged dials of the plan, at most 1,000, among the newest 20,000 of the installation."""
