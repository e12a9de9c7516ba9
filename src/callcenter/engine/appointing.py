"""The next visit's time: what the customer's next days allow, what is offered, and what stands against a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from callcenter.domain.dials.hours import Hours, hours_of
from callcenter.domain.gate.caps import CountedDials
from callcenter.domain.people import Case
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.policies.caps import Whose
from callcenter.domain.policies.policy import Policy
from callcenter.domain.visits.appointing import DAYS, Agreed, Conflict, DayAhead, conflicts, days_ahead, offers
from callcenter.engine.desk_ports import AppointmentStore
from callcenter.engine.governing import policy_of
from callcenter.engine.ports import Clock
from callcenter.engine.restraint_ports import RestraintStore
from callcenter.engine.stores import PolicyStore


@dataclass(frozen=True, slots=True)
class AppointingParts:
    appointments: AppointmentStore
    policies: PolicyStore
    restraints: RestraintStore
    clock: Clock


@dataclass(frozen=True, slots=True)
class Calendar:
    """zone: IANA name of the customer's. taken: what the agent has agreed with others in these days."""

    zone: str
    days: tuple[DayAhead, ...]
    offers: tuple[datetime, ...]
    taken: tuple[Agreed, ...]


class Appointing:
    """What an agent looks at before he agrees a time."""

    def __init__(self, parts: AppointingParts) -> None:
        self._parts = parts

    async def calendar(self, case: Case, agent_id: str, number: PhoneNumber) -> Calendar | None:
        """None where no policy governs the plan."""
        now = self._parts.clock.now()
        known = await self._hours(case, number)
        if known is None:
            return None
        policy, hours = known
        taken, proposed = await self._proposed(policy, hours, case, agent_id)
        return Calendar(hours.zones[0], days_ahead(hours, now), proposed, tuple(taken))

    async def offers(self, case: Case, agent_id: str, number: PhoneNumber) -> tuple[datetime, ...]:
        """UTC: the two times for who cannot talk now (C8-02); none where no policy governs the plan."""
        known = await self._hours(case, number)
        return (await self._proposed(*known, case, agent_id))[1] if known else ()

    async def _proposed(
        self, policy: Policy, hours: Hours, case: Case, agent_id: str
    ) -> tuple[Sequence[Agreed], tuple[datetime, ...]]:
        """What the agent has agreed with others in the days ahead, and what is offered beside it."""
        now = self._parts.clock.now()
        taken = await self._taken(case, agent_id, now, now + timedelta(days=2 * DAYS))
        return taken, offers(policy, hours, now, [each.at for each in taken])

    async def against(self, case: Case, agent_id: str, number: PhoneNumber, at: datetime) -> tuple[Conflict, ...]:
        """What stands against this time; nothing where no policy governs the plan."""
        known = await self._hours(case, number)
        if known is None:
            return ()
        policy, hours = known
        counted = CountedDials()
        if any(policy.caps.of(whose) for whose in Whose):
            counted = await self._parts.restraints.counted(number, case.customer.id, policy.caps)
        near = timedelta(minutes=policy.appointment.tolerance_minutes)
        taken = await self._taken(case, agent_id, at - near, at + near)
        return conflicts(policy, hours, counted, taken, at, self._parts.clock.now())

    async def _hours(self, case: Case, number: PhoneNumber) -> tuple[Policy, Hours] | None:
        policy = await policy_of(self._parts.policies, case.plan, self._parts.clock.now())
        return (policy, hours_of(policy, case, number)) if policy else None

    async def _taken(self, case: Case, agent_id: str, since: datetime, until: datetime) -> Sequence[Agreed]:
        found = await self._parts.appointments.of_agent(agent_id, since, until)
        return [each for each in found if each.callback_id != case.callback.id]
