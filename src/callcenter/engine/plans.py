"""Plans are written, submitted, approved, run and finished; each step stands in the plan's history and in the audit."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise

from callcenter.domain.access import Account, Permission
from callcenter.domain.audit import Action, Deed
from callcenter.domain.dials.whereabouts import zones_of
from callcenter.domain.forecasts.forecast import Forecast, Question, Zones, forecast
from callcenter.domain.forecasts.forecast_figures import figures
from callcenter.domain.people import Agent, Plan, PlanState
from callcenter.domain.plans.life import (
    QUICK_MOVES,
    Asker,
    Immovable,
    PlanDeed,
    PlanStep,
    begins_at,
    carries_out,
    changed,
    changed_names,
    lacking,
    moved,
)
from callcenter.domain.refusal import Refusal, Rule
from callcenter.domain.times.windows import in_zone
from callcenter.engine.governing import policy_of
from callcenter.engine.plan_ports import PlanStore
from callcenter.engine.ports import Clock
from callcenter.engine.stores import AccountStore, AuditStore, PeopleStore, PolicyStore

KEEPER_LOGIN = "(command line)"
"""Who keeps the machine itself, in a plan's history."""


class PlanNotFoundError(LookupError):
    """There is no such plan."""


class PlanTakenError(Exception):
    """There is a plan of this id already."""


class PlanChangedError(Exception):
    """Somebody else changed the plan meanwhile; read it again."""


@dataclass(frozen=True, slots=True)
class PlanParts:
    plans: PlanStore
    people: PeopleStore
    policies: PolicyStore
    accounts: AccountStore
    audit: AuditStore
    clock: Clock


@dataclass(frozen=True, slots=True)
class Doer:
    """Whose step it is, and from which address; account None: the keeper of the machine, at its command line."""

    account: Account | None = None
    address: str = ""

    @property
    def id(self) -> str:
        return self.account.id if self.account else ""

    @property
    def login(self) -> str:
        return self.account.login if self.account else KEEPER_LOGIN

    @property
    def rights(self) -> frozenset[Permission]:
        return self.account.rights if self.account else frozenset(Permission)


class Plans:
    """version: the plan's, as it was read; None for whichever it has."""

    def __init__(self, parts: PlanParts) -> None:
        self._parts = parts

    async def get(self, plan_id: str) -> Plan:
        """Raises PlanNotFoundError."""
        plan = await self._parts.plans.get(plan_id)
        if plan is None:
            raise PlanNotFoundError(plan_id)
        return plan

    async def history(self, plan_id: str) -> list[PlanStep]:
        """The oldest first."""
        return await self._parts.plans.steps(plan_id)

    async def add(self, plan: Plan, by: Doer, *, start: bool = False, reason: str = "") -> Plan | Immovable:
        """A draft; with `start` all steps up to running at once, for whoever may do them all, or nothing at all.

        Raises PlanTakenError.
        """
        draft = replace(plan, state=PlanState.DRAFT, needs_approval=True, submitted_by="", version=1)
        steps = [(draft, PlanDeed.ADD)]
        if start:
            asker, now = await self._asker(by), self._parts.clock.now()
            for deed in QUICK_MOVES:
                after = moved(steps[-1][0], deed, asker, reason, now)
                if isinstance(after, Immovable):
                    return after
                steps.append((after, deed))
        async with self._parts.audit.together():
            told = {"policy": draft.policy, "trunk": draft.trunk, **_named(draft)}
            if not await self._parts.plans.add(draft, step := self._step(None, draft, PlanDeed.ADD, by, "", told)):
                raise PlanTakenError(plan.id)
            await self._parts.audit.write(_deed(step, by, Action.PLAN_ADDED))
            for (before, _), (after, deed) in pairwise(steps):
                await self._keep(before, after, self._step(before, after, deed, by, reason, _named(before)), by)
        return steps[-1][0]

    async def change(self, wanted: Plan, version: int, by: Doer) -> Plan | Immovable:
        """The draft of this id gets these elements. Raises PlanNotFoundError, PlanChangedError."""
        async with self._parts.audit.together():
            plan = await self._read(wanted.id, version)
            after = changed(plan, wanted, by.rights)
            if isinstance(after, Immovable):
                return after
            names = changed_names(plan, after)
            if not names:
                return plan
            told = {"changed": ", ".join(names), **_named(after)}
            await self._keep(plan, after, self._step(plan, after, PlanDeed.CHANGE, by, "", told), by)
        return after

    async def move(
        self, plan_id: str, deed: PlanDeed, by: Doer, *, reason: str = "", version: int | None = None
    ) -> Plan | Immovable:
        """Raises PlanNotFoundError, PlanChangedError."""
        asker = await self._asker(by, await self.get(plan_id))
        async with self._parts.audit.together():
            plan = await self._read(plan_id, version)
            after = moved(plan, deed, asker, reason, self._parts.clock.now())
            if isinstance(after, Immovable):
                return after
            told = {"own": "true"} if deed is PlanDeed.APPROVE and by.id == plan.submitted_by else {}
            await self._keep(plan, after, self._step(plan, after, deed, by, reason, told), by)
        return after

    async def executors(self, plan: Plan) -> list[Agent]:
        """Who carries it out: those it names, or everybody."""
        return [agent for agent in await self._parts.people.agents() if carries_out(plan, agent)]

    async def forecast(self, plan: Plan, *, agents: int | None = None, due: date | None = None) -> Forecast | Refusal:
        """agents: instead of the plan's executors. due: instead of the plan's last day, and where it has none the day
        on which the last of its callbacks is due. POLICY_UNKNOWN where no policy is in force.
        """
        parts, now = self._parts, self._parts.clock.now()
        policy = await policy_of(parts.policies, plan, now)
        if policy is None:
            return Refusal(Rule.POLICY_UNKNOWN, detail={"policy": plan.policy})
        remaining: Counter[Zones] = Counter()
        for group in await parts.plans.remaining(plan.id):
            remaining[zones_of(group.zone, group.number, plan.zone)] += group.count
        question = Question(
            remaining=remaining,
            agents=len(await self.executors(plan)) if agents is None else agents,
            zone=plan.zone,
            now=_from(plan, now),
            due=due or await self._due(plan),
        )
        found = figures(await parts.plans.past_dials(plan.id), policy.attempts.most_dials)
        return await asyncio.to_thread(forecast, question, found, policy)

    async def _due(self, plan: Plan) -> date | None:
        if plan.ends_on is not None:
            return plan.ends_on
        last = await self._parts.plans.last_due(plan.id)
        return in_zone(plan.zone, last).date() if last else None

    async def _read(self, plan_id: str, version: int | None) -> Plan:
        plan = await self.get(plan_id)
        if version not in {None, plan.version}:
            raise PlanChangedError(plan_id)
        return plan

    async def _asker(self, by: Doer, plan: Plan | None = None) -> Asker:
        """Whether somebody else may approve: counted from who submits, as soon as somebody has."""
        submitter = plan.submitted_by if plan and plan.submitted_by else by.id
        others = any(
            account.id != submitter and account.may(Permission.APPROVE_PLANS)
            for account in await self._parts.accounts.all()
        )
        return Asker(by.id, by.rights, others, keeper=by.account is None)

    def _step(
        self, before: Plan | None, after: Plan, deed: PlanDeed, by: Doer, reason: str, detail: Mapping[str, str]
    ) -> PlanStep:
        return PlanStep(
            plan_id=after.id,
            at=self._parts.clock.now(),
            who=by.id,
            login=by.login,
            deed=deed,
            before=before.state if before else None,
            after=after.state,
            reason=reason.strip(),
            version=after.version,
            detail=detail,
        )

    async def _keep(self, before: Plan, after: Plan, step: PlanStep, by: Doer) -> None:
        if not await self._parts.plans.save(after, before.version, step):
            raise PlanChangedError(before.id)
        await self._parts.audit.write(_deed(step, by, Action.PLAN_CHANGED))


def _named(plan: Plan) -> dict[str, str]:
    """What the plan does not tell, where it does not."""
    names = ", ".join(lacking(plan))
    return {"lacking": names} if names else {}


def _from(plan: Plan, now: datetime) -> datetime:
    """Nothing is dialled before the plan begins."""
    begin = begins_at(plan)
    return now if begin is None else max(now, begin)


def _deed(step: PlanStep, by: Doer, action: Action) -> Deed:
    detail = {"deed": step.deed.value, "before": step.before or "", "after": step.after.value, "reason": step.reason}
    told = {**detail, **step.detail, "version": str(step.version)}
    return Deed(
        at=step.at,
        action=action,
        who=by.id,
        login=by.login,
        on_kind="plan",
        on_id=step.plan_id[:200],
        detail={name: value[:500] for name, value in told.items() if value},
        address=by.address,
    )
