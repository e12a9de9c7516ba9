"""Which callback is next, and whose is it? The queue and its leases."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import TypeAlias, TypeVar

import sqlalchemy as sa
from sqlalchemy import BindParameter, ColumnElement, Select, Update
from sqlalchemy.sql.dml import ReturningUpdate

from callcenter.domain.closing import CallbackChange
from callcenter.domain.people import Callback, CallbackState, Case, Plan, PlanState
from callcenter.domain.refusal import Refusal, Rule
from callcenter.storage.columns import Instant
from callcenter.storage.database import Database
from callcenter.storage.rows import callback_of, case_of, plan_of
from callcenter.storage.statements import Statements
from callcenter.storage.tables import QUEUED, callbacks, customers, plans

_KEEPS_OWNER = frozenset({CallbackState.CALLING, CallbackState.WRAP_UP})
_CHANGED = ("state", "not_before", "exhausted_reason", "appointment_at", "number_wanted_until")
"""What every change sets; the rest it sets where it names it."""
_c = callbacks.c
ValueT = TypeVar("ValueT")
Asked: TypeAlias = ValueT | BindParameter[ValueT]
"""A value, or the place where each execution puts one."""


class SqlCallbacks:
    """A CallbackStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim_next(
        self, agent_id: str, now: datetime, lease_until: datetime, skip: Collection[str] = ()
    ) -> Case | None:
        """Hand out the next callback of a running plan that waits, or whose lease ran out, and whose not_before has
        come. Order: due date, priority (9 first), oldest. skip: callback ids. Given out to one, whoever asks at once.
        """
        wanted = {"agent": agent_id, "now": now, "until": lease_until}
        statement = claim_next_statement(_AGENT, _NOW, _UNTIL, skip) if skip else _CLAIM_NEXT
        return await self._hand_out(statement, wanted)

    async def claim(self, callback_id: str, agent_id: str, now: datetime, lease_until: datetime) -> Case | Refusal:
        """Hand out this one, whether its not_before has come or not; renews the agent's own lease.

        Refuses with CALLBACK_NOT_FOUND, PLAN_NOT_RUNNING, CALLBACK_WITH_ANOTHER_AGENT, CALLBACK_EXHAUSTED or
        CALLBACK_NOT_WAITING.
        """
        wanted = {"callback": callback_id, "agent": agent_id, "now": now, "until": lease_until}
        case = await self._hand_out(_CLAIM, wanted)
        if case is not None:
            return case
        return await self._database.look(lambda connection: why_not(connection, callback_id, agent_id))

    async def _hand_out(self, statement: ReturningUpdate[tuple[str]], wanted: Mapping[str, object]) -> Case | None:
        return await self._database.together(_hand_out, (statement, wanted))

    async def give_back(self, callback_id: str, agent_id: str) -> bool:
        """End the agent's lease; False when it was not his any more."""
        statement = _wait().where(_c.id == callback_id, _c.state == CallbackState.HANDED_OUT, _c.leased_to == agent_id)
        async with self._database.write() as connection:
            return (await connection.execute(statement)).rowcount == 1

    async def defer(self, callback_id: str, not_before: datetime) -> None:
        """A waiting or handed-out callback waits, unleased, until not_before; any other stays as it is."""
        statement = _wait().values(not_before=not_before).where(_c.id == callback_id, sa.text(QUEUED))
        async with self._database.write() as connection:
            await connection.execute(statement)

    async def case(self, callback_id: str) -> Case | None:
        key = {"callback": callback_id}
        row = await self._database.look(lambda connection: connection.execute(_CASE, key).mappings().first())
        return case_of(row) if row else None

    async def cases(self, *, state: str | None = None, plan_id: str | None = None, limit: int = 100) -> list[Case]:
        """In the order of the queue. Raises ValueError for a state that is none."""
        query = _cases().order_by(*_queue_order()).limit(limit)
        if state is not None:
            query = query.where(_c.state == CallbackState(state))
        if plan_id is not None:
            query = query.where(_c.plan_id == plan_id)
        async with self._database.read() as connection:
            return [case_of(row) for row in (await connection.execute(query)).mappings()]

    async def change(self, callback_id: str, version: int, change: CallbackChange) -> bool:
        """Apply the change if the row still has this version; False when someone else was quicker."""
        async with self._database.write() as connection:
            return await connection.run_sync(apply_change, callback_id, change, version=version)


def _hand_out(
    connection: Statements, items: Sequence[tuple[ReturningUpdate[tuple[str]], Mapping[str, object]]]
) -> list[Case | None]:
    return [_hand_out_one(connection, *item) for item in items]


def _hand_out_one(
    connection: Statements, statement: ReturningUpdate[tuple[str]], wanted: Mapping[str, object]
) -> Case | None:
    callback_id = connection.scalar(statement, wanted)
    if callback_id is None:
        return None
    return case_of(connection.execute(_CASE, {"callback": callback_id}).mappings().one())


def claim_next_statement(
    agent_id: Asked[str], now: Asked[datetime], lease_until: Asked[datetime], skip: Collection[str] = ()
) -> ReturningUpdate[tuple[str]]:
    """One conditional UPDATE; on PostgreSQL those who ask at once pass over each other's rows."""
    come = sa.and_(
        sa.or_(_c.not_before.is_(None), _c.not_before <= now),
        sa.or_(_c.leased_until.is_(None), _c.leased_until <= now),
    )
    following = (
        sa.select(_c.id)
        .where(sa.text(QUEUED), come, _of_running_plan(), *(_c.id != each for each in skip))
        .order_by(*_queue_order())
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return _lease(agent_id, lease_until).where(_c.id == following.scalar_subquery()).returning(_c.id)


def _claim_statement(
    callback_id: Asked[str], agent_id: Asked[str], now: Asked[datetime], lease_until: Asked[datetime]
) -> ReturningUpdate[tuple[str]]:
    free = sa.or_(_c.leased_until.is_(None), _c.leased_until <= now, _c.leased_to == agent_id)
    statement = _lease(agent_id, lease_until).where(_c.id == callback_id, sa.text(QUEUED), free, _of_running_plan())
    return statement.returning(_c.id)


def apply_change(
    connection: Statements,
    callback_id: str,
    change: CallbackChange,
    *,
    state: CallbackState | None = None,
    version: int | None = None,
) -> bool:
    """Change the callback, if it is still in this state, or of this version; False when it is not. A callback in call
    or wrap-up keeps its agent.
    """
    changed = {
        "new_state": change.state,
        "new_not_before": change.not_before,
        "new_exhausted_reason": change.exhausted_reason,
        "new_appointment_at": change.appointment_at,
        "new_number_wanted_until": change.number_wanted_until,
    }
    given: dict[str, object] = {"new_round": change.round, "new_due_at": change.due_at}
    rounds = {name: value for name, value in given.items() if value is not None}
    expected: dict[str, object] = {} if state is None else {"old_state": state}
    expected |= {} if version is None else {"old_version": version}
    statement = _apply_statement(change.state in _KEEPS_OWNER, frozenset(rounds), frozenset(expected))
    values = {"callback": callback_id, **changed, **rounds, **expected}
    return connection.execute(statement, values).rowcount == 1


@cache
def _apply_statement(keeps_owner: bool, rounds: frozenset[str], expected: frozenset[str]) -> Update:
    changed = {
        name: sa.bindparam(f"new_{name}", type_=_c[name].type)
        for name in (*_CHANGED, *(name.removeprefix("new_") for name in rounds))
    }
    freed = {} if keeps_owner else {"leased_to": None}
    still = [
        _c[name.removeprefix("old_")] == sa.bindparam(name, type_=_c[name.removeprefix("old_")].type)
        for name in sorted(expected)
    ]
    return (
        sa.update(callbacks)
        .values(**changed, **freed, leased_until=None, version=_c.version + 1)
        .where(_c.id == sa.bindparam("callback"), *still)
    )


def why_not(connection: Statements, callback_id: str, agent_id: str) -> Refusal:
    """Why this callback is not handed out to, or called by, this agent."""
    query = sa.select(callbacks, plans).join(plans).where(_c.id == callback_id)
    row = connection.execute(query).mappings().first()
    if row is None:
        return Refusal(Rule.CALLBACK_NOT_FOUND)
    return _why_not(callback_of(row), plan_of(row), agent_id)


def _why_not(callback: Callback, plan: Plan, agent_id: str) -> Refusal:
    detail = {"state": callback.state.value}
    if callback.leased_to not in {None, agent_id}:
        return Refusal(Rule.CALLBACK_WITH_ANOTHER_AGENT, opens_at=callback.leased_until, detail=detail)
    if callback.state is CallbackState.EXHAUSTED:
        return Refusal(Rule.CALLBACK_EXHAUSTED, source="C9-21", detail=detail)
    if plan.state is not PlanState.RUNNING:
        return Refusal(Rule.PLAN_NOT_RUNNING, detail={"state": plan.state.value})
    return Refusal(Rule.CALLBACK_NOT_WAITING, detail=detail)


def _lease(agent_id: Asked[str], until: Asked[datetime]) -> Update:
    return sa.update(callbacks).values(
        state=CallbackState.HANDED_OUT, leased_to=agent_id, leased_until=until, version=_c.version + 1
    )


def _wait() -> Update:
    return sa.update(callbacks).values(
        state=CallbackState.WAITING, leased_to=None, leased_until=None, version=_c.version + 1
    )


def _of_running_plan() -> ColumnElement[bool]:
    # Correlated: as `IN (SELECT …)` the planner would begin with the plans, and sort all their callbacks.
    return sa.exists().where(plans.c.id == _c.plan_id, plans.c.state == PlanState.RUNNING)


def _queue_order() -> tuple[ColumnElement[object], ...]:
    return _c.due_at, _c.priority.desc(), _c.created_at, _c.id


def _cases() -> Select[tuple[object, ...]]:
    return sa.select(callbacks, customers, plans).join(customers).join(plans, _c.plan_id == plans.c.id)


# Built once: every dial and every end of a call comes through here.
_CASE = _cases().where(_c.id == sa.bindparam("callback"))
_AGENT: BindParameter[str] = sa.bindparam("agent", type_=sa.Text())
_NOW: BindParameter[datetime] = sa.bindparam("now", type_=Instant())
_UNTIL: BindParameter[datetime] = sa.bindparam("until", type_=Instant())
_CLAIM = _claim_statement(sa.bindparam("callback", type_=sa.Text()), _AGENT, _NOW, _UNTIL)
_CLAIM_NEXT = claim_next_statement(_AGENT, _NOW, _UNTIL)
