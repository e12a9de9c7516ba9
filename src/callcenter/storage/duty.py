"""Breaks of agents, and what each of them is doing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from callcenter.domain.access import SessionKind
from callcenter.domain.attempt import CallDirection
from callcenter.domain.duty import AtWork, Break
from callcenter.domain.outcomes import Outcome
from callcenter.storage.database import Database
from callcenter.storage.errors import ConstraintBrokenError
from callcenter.storage.rows import agent_of
from callcenter.storage.tables import LIVE, ON_BREAK, OPEN, accounts, agents, attempts, breaks, sessions, visit_logs

_b, _a = breaks.c, attempts.c
_NOW = sa.select(breaks).where(_b.agent_id == sa.bindparam("agent"), sa.text(ON_BREAK))


class SqlDuty:
    """A DutyStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin_break(self, pause: Break) -> bool:
        """False when this agent is on a break already."""
        row = {column.name: getattr(pause, column.name) for column in _b if column.name != "id"}
        try:
            async with self._database.write() as connection:
                await connection.execute(sa.insert(breaks).values(row))
        except ConstraintBrokenError as error:
            if error.constraint == "uq_breaks_now":
                return False
            raise
        return True

    async def end_break(self, agent_id: str, now: datetime) -> bool:
        """False when this agent is on none."""
        statement = sa.update(breaks).values(ended_at=now).where(_b.agent_id == agent_id, sa.text(ON_BREAK))
        async with self._database.write() as connection:
            return (await connection.execute(statement)).rowcount == 1

    async def paused(self) -> frozenset[str]:
        """The agents who are on a break, by id."""
        async with self._database.read() as connection:
            return frozenset(await connection.scalars(sa.select(_b.agent_id).where(sa.text(ON_BREAK))))

    async def on_break(self, agent_id: str) -> Break | None:
        key = {"agent": agent_id}
        row = await self._database.look(lambda each: each.execute(_NOW, key).mappings().first())
        return _break(row) if row else None

    async def team(self, day: datetime, now: datetime) -> list[AtWork]:
        """Every agent, by staff number. day: when today began."""
        async with self._database.read() as connection:
            people = [
                agent_of(row)
                for row in (await connection.execute(sa.select(agents).order_by(agents.c.staff_number))).mappings()
            ]
            signed_in = {row["agent_id"]: row for row in (await connection.execute(_signed_in(now))).mappings()}
            dialled = {row["agent_id"]: row for row in (await connection.execute(_dialled(day))).mappings()}
            live = {row["agent_id"]: row["started_at"] for row in (await connection.execute(_LIVE)).mappings()}
            logs = {row["agent_id"]: row for row in (await connection.execute(_logs(day))).mappings()}
            pauses: dict[str, list[Break]] = {}
            taken = sa.select(breaks).where(sa.or_(_b.ended_at >= day, _b.ended_at.is_(None))).order_by(_b.began_at)
            for row in (await connection.execute(taken)).mappings():
                pauses.setdefault(row["agent_id"], []).append(_break(row))
        found = []
        for agent in people:
            mine, log, session = pauses.get(agent.id, []), logs.get(agent.id), signed_in.get(agent.id)
            done = dialled.get(agent.id)
            ends = [each.ended_at for each in mine if each.ended_at]
            ends += [each for each in (done and done["last"], session and session["since"]) if each]
            found.append(
                AtWork(
                    agent=agent,
                    signed_in=session is not None,
                    dialling_since=live.get(agent.id),
                    pause=next((each for each in mine if each.ended_at is None), None),
                    logs_open=log["logs"] if log else 0,
                    log_since=log["since"] if log else None,
                    free_since=max(ends, default=None),
                    dials=done["dials"] if done else 0,
                    talks=done["talks"] if done else 0,
                    break_seconds=sum(_seconds(each, day, now) for each in mine),
                    logs_overdue=log["overdue"] if log else 0,
                )
            )
        return found


def _seconds(pause: Break, day: datetime, now: datetime) -> int:
    return max(0, int(((pause.ended_at or now) - max(pause.began_at, day)).total_seconds()))


def _break(row: Mapping[Any, Any]) -> Break:
    return Break(row["agent_id"], row["reason"], row["note"], row["began_at"], row["ended_at"])


def _signed_in(now: datetime) -> sa.Select[Any]:
    return (
        sa.select(accounts.c.agent_id, sa.func.max(sessions.c.created_at).label("since"))
        .join(sessions, sessions.c.account_id == accounts.c.id)
        .where(accounts.c.agent_id.is_not(None), accounts.c.disabled_at.is_(None))
        .where(sessions.c.kind == SessionKind.BROWSER, sessions.c.expires_at > now)
        .group_by(accounts.c.agent_id)
    )


def _dialled(day: datetime) -> sa.Select[Any]:
    talked = sa.case((_a.outcome == Outcome.ANSWERED, 1))
    dialled = sa.case((_a.direction == CallDirection.OUTBOUND, 1))
    return (
        sa.select(
            _a.agent_id,
            sa.func.count(dialled).label("dials"),
            sa.func.count(talked).label("talks"),
            sa.func.max(_a.ended_at).label("last"),
        )
        .where(_a.started_at >= day)
        .group_by(_a.agent_id)
    )


_LIVE = sa.select(_a.agent_id, _a.started_at).where(sa.text(LIVE))


def _logs(day: datetime) -> sa.Select[Any]:
    overdue = sa.func.count(sa.case((_a.started_at < day, 1)))
    return (
        sa.select(
            _a.agent_id,
            sa.func.count().label("logs"),
            overdue.label("overdue"),
            sa.func.min(_a.ended_at).label("since"),
        )
        .join(visit_logs, visit_logs.c.attempt_id == _a.id)
        .where(sa.text(f"visit_logs.{OPEN}"))
        .group_by(_a.agent_id)
    )
