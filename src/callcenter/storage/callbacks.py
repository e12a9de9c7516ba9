"""Which callback is next, and whose is it? The queue and its leases."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache

import sqlalchemy as sa
from sqlalchemy import BindParameter, ColumnElement, Select, Update
from sqlalchemy.sql.dml import ReturningUpdate

from callcenter.domain.dials.retry import ExhaustedReason
from callcenter.domain.people import Callback, CallbackState, Case, Plan, PlanState
from callcenter.domain.queue.handing_out import NOTHING, Hours, PassedOver
from callcenter.domain.refusal import Refusal, Rule
from callcenter.domain.visits.closing import CallbackChange
from callcenter.storage.columns import Instant
from callcenter.storage.database import Database
from callcenter.storage.handing_out import Wanted, change_line, hand_out_next, hours_statement, wake
from callcenter.storage.rows import callback_of, case_of, plan_of
from callcenter.storage.statements import Statements
from callcenter.storage.tables import QUEUED, callbacks, customers, plans

_KEEPS_OWNER = frozenset({CallbackState.CALLING, CallbackState.WRAP_UP})
_CHANGED = ("state", "not_before", "exhausted_reason", "appointment_at", "number_wanted_until")
"""What every change sets; the rest it sets where it names it."""
_c = callbacks.c


class SqlCallbacks:
    """A CallbackStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim_next(
        self, agent_id: str, now: datetime, lease_until: datetime, passed_over: PassedOver = NOTHING
    ) -> Case | None:
        """Hand out the next callback of a running plan that waits, or whose lease ran out, and whose not_before has
        come. Order: appointments that are due, by their time; due date, priority (9 first), oldest. Given out to one,
        whoever asks at once.
        """
        return await self._database.together(_hand_out_next, Wanted(agent_id, now, lease_until, passed_over))

    async def wake(self, now: datetime) -> int:
        """Of those whose time has come, or whose lease ran out, some hundreds stand in their lines again: how many."""
        return await self._database.together(_wake_some, now)

    async def hours(self) -> frozenset[Hours]:
        """Every kind of hours that the lines of running plans have."""
        async with self._database.read() as connection:
            rows = (await connection.execute(hours_statement())).mappings()
            return frozenset(Hours(row["policy"], row["zone"], row["clock"]) for row in rows)

    async def claim(self, callback_id: str, agent_id: str, now: datetime, lease_until: datetime) -> Case | Refusal:
        """Hand out this one, whether its not_before has come or not; renews the agent's own lease.

        Refuses with CALLBACK_NOT_FOUND, PLAN_NOT_RUNNING, CALLBACK_WITH_ANOTHER_AGENT, CALLBACK_EXHAUSTED or
        CALLBACK_NOT_WAITING.
        """
        wanted = {"callback": callback_id, "agent": agent_id, "now": now, "until": lease_until}
        case = await self._database.together(_hand_out, wanted)
        if case is not None:
            return case
        return await self._database.look(lambda connection: why_not(connection, callback_id, agent_id))

    async def held_until(self, agent_id: str, now: datetime) -> tuple[datetime, ...]:
        """When the leases end that this agent holds at `now`, of callbacks that were handed out to him; in order."""
        key = {"agent": agent_id, "now": now}
        rows = await self._database.look(lambda connection: connection.execute(_HELD, key).mappings().all())
        return tuple(row["leased_until"] for row in rows)

    async def in_hand(self, agent_id: str) -> tuple[Case, ...]:
        """What is handed out to this agent, in the order of the queue."""
        key = {"agent": agent_id}
        rows = await self._database.look(lambda connection: connection.execute(_IN_HAND, key).mappings().all())
        return tuple(case_of(row) for row in rows)

    async def give_back(self, callback_id: str, agent_id: str) -> bool:
        """End the agent's lease; False when it was not his any more."""
        statement = _wait().where(_c.id == callback_id, _c.state == CallbackState.HANDED_OUT, _c.leased_to == agent_id)
        async with self._database.write() as connection:
            return (await connection.execute(statement)).rowcount == 1

    async def defer(
        self, callback_id: str, not_before: datetime, clock: str | None = None, rule: Rule = Rule.CALLBACK_NOT_YET
    ) -> None:
        """A waiting or handed-out callback waits, unleased, until not_before; any other stays as it is. clock: the one
        in whose line it stands from now on; None leaves it. rule: for which it has to wait.
        """
        statement = _wait().values(not_before=not_before, put_off_by=rule.value)
        statement = statement.where(_c.id == callback_id, sa.text(QUEUED))
        async with self._database.write() as connection:
            if (await connection.execute(statement)).rowcount and clock is not None:
                await change_line(connection, callback_id, clock)

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


def _hand_out(connection: Statements, items: Sequence[Mapping[str, object]]) -> list[Case | None]:
    return [_handed_out(connection, connection.scalar(_CLAIM, wanted)) for wanted in items]


def _hand_out_next(connection: Statements, items: Sequence[Wanted]) -> list[Case | None]:
    return [_handed_out(connection, hand_out_next(connection, wanted)) for wanted in items]


def _wake_some(connection: Statements, items: Sequence[datetime]) -> list[int]:
    return [wake(connection, now) for now in items]


def _handed_out(connection: Statements, callback_id: str | None) -> Case | None:
    if callback_id is None:
        return None
    return case_of(connection.execute(_CASE, {"callback": callback_id}).mappings().one())


def _claim_statement() -> ReturningUpdate[tuple[str]]:
    agent: BindParameter[str] = sa.bindparam("agent", type_=sa.Text())
    now: BindParameter[datetime] = sa.bindparam("now", type_=Instant())
    until: BindParameter[datetime] = sa.bindparam("until", type_=Instant())
    free = sa.or_(_c.leased_until.is_(None), _c.leased_until <= now, _c.leased_to == agent)
    return (
        sa.update(callbacks)
        .values(state=CallbackState.HANDED_OUT, leased_to=agent, leased_until=until, version=_c.version + 1)
        .where(_c.id == sa.bindparam("callback", type_=sa.Text()), sa.text(QUEUED), free, _of_running_plan())
        .returning(_c.id)
    )


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
    freed = {"rang_back_at"} if change.return_settled else set[str]()
    freed |= set() if change.state in _KEEPS_OWNER else {"leased_to"}
    statement = _apply_statement(frozenset(freed), frozenset(rounds), frozenset(expected))
    values = {"callback": callback_id, **changed, **rounds, **expected}
    return connection.execute(statement, values).rowcount == 1


@cache
def _apply_statement(freed: frozenset[str], rounds: frozenset[str], expected: frozenset[str]) -> Update:
    changed = {
        name: sa.bindparam(f"new_{name}", type_=_c[name].type)
        for name in (*_CHANGED, *(name.removeprefix("new_") for name in rounds))
    }
    still = [
        _c[name.removeprefix("old_")] == sa.bindparam(name, type_=_c[name.removeprefix("old_")].type)
        for name in sorted(expected)
    ]
    return (
        sa.update(callbacks)
        .values(**changed, **dict.fromkeys(freed), put_off_by=None, leased_until=None, version=_c.version + 1)
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
        why = callback.exhausted_reason or ExhaustedReason.DIALS_USED_UP.value
        return Refusal(Rule.CALLBACK_EXHAUSTED, source="C9-21", detail=detail | {"why": why})
    if plan.state is not PlanState.RUNNING:
        return Refusal(Rule.PLAN_NOT_RUNNING, detail={"state": plan.state.value})
    return Refusal(Rule.CALLBACK_NOT_WAITING, detail=detail)


def _wait() -> Update:
    return sa.update(callbacks).values(
        state=CallbackState.WAITING, leased_to=None, leased_until=None, version=_c.version + 1
    )


def _of_running_plan() -> ColumnElement[bool]:
    return sa.exists().where(plans.c.id == _c.plan_id, plans.c.state == PlanState.RUNNING)


def _queue_order() -> tuple[ColumnElement[object], ...]:
    return _c.due_at, _c.priority.desc(), _c.created_at, _c.id


def _cases() -> Select[tuple[object, ...]]:
    return sa.select(callbacks, customers, plans).join(customers).join(plans, _c.plan_id == plans.c.id)


# Built once: every dial and every end of a call comes through here.
_CASE = _cases().where(_c.id == sa.bindparam("callback"))
_CLAIM = _claim_statement()
_IN_HAND = (
    _cases()
    .where(_c.leased_to == sa.bindparam("agent"), _c.state == CallbackState.HANDED_OUT)
    .order_by(*_queue_order())
)
_HELD = (
    sa.select(_c.leased_until)
    .where(_c.leased_to == sa.bindparam("agent"), _c.state == CallbackState.HANDED_OUT)
    .where(_c.leased_until > sa.bindparam("now", type_=Instant()))
    .order_by(_c.leased_until)
)
