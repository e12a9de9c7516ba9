"""A queue of any length: plans, policies and zones as an institution has them, put into the tables in bulk."""

import random
import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from callcenter.domain.people import Agent, CallbackState, Channel, Plan, PlanState, VisitType
from callcenter.domain.policies.policy import Policy, load_policy
from callcenter.storage.database import Database
from callcenter.storage.people import SqlPeople
from callcenter.storage.policies import SqlPolicies
from callcenter.storage.schema import upgrade

NOW = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
"""A Monday, 10:15 in Shanghai: of the five policies some are open, and of the zones some are not."""

PLANS, AGENTS, DEPARTMENTS = 50, 50, 40
TRUNK, TRUNK_PREFIXES = "bench", ("+86",)
ZONES = ("", "", "", "Asia/Shanghai", "Asia/Urumqi", "Asia/Tokyo", "Asia/Kolkata", "Europe/Berlin", "America/New_York")
WINDOWS = {
    "offices": 'intervals = ["09:00-12:00", "14:00-18:00"]\ndays = "workdays"',
    "evenings": 'intervals = ["18:00-21:00"]',
    "daytime": 'intervals = ["08:00-20:00"]',
    "mornings": 'intervals = ["10:00-11:00"]\ndays = "workdays"',
    "always": 'intervals = ["00:00-24:00"]',
}
_MINUTE = timedelta(minutes=1)
_SHARE_PARKED, _SHARE_APPOINTMENT = 0.2, 0.001
_CUSTOMERS = "INSERT INTO customers (id, name, organisation, numbers, zone, language, manager, department)"
_CALLBACKS = (
    "INSERT INTO callbacks (id, plan_id, customer_id, purpose, visit_type, state, due_at, priority, round, created_at,"
    " not_before, version, appointment_at, clock, put_off_by, side)"
)


def policy(name: str, version: int = 1, since: date = date(2026, 1, 1), windows: str = "") -> Policy:
    """One of WINDOWS, with a conflict of interest where people work in the offices."""
    between = "same_department" if name == "offices" else "off"
    return load_policy(
        f'name = "{name}"\nversion = {version}\neffective_from = {since}\n[title]\nzh = "{name}"\nen = "{name}"\n'
        f'[windows]\n{windows or WINDOWS[name]}\n[conflict]\nbetween = "{between}"\n'
    )


def plan(number: int) -> Plan:
    state = PlanState.PAUSED if number % 10 == 9 else PlanState.RUNNING  # noqa: PLR2004 (one in ten)
    name = list(WINDOWS)[number % len(WINDOWS)]
    kind = VisitType.ROUTINE_NEW
    return Plan(
        f"plan-{number:02}", f"回访 {number}", "满意度", kind, Channel.PHONE, name, "Asia/Shanghai", TRUNK, state
    )


def agent(number: int) -> Agent:
    key = str(1000 + number)
    return Agent(f"agent-{key}", key, f"坐席{key}", f"部门{number % DEPARTMENTS}", f"PJSIP/agent-{key}")


async def fill(file: Path, count: int) -> None:
    """A new database of so many waiting callbacks."""
    url = f"sqlite:///{file}"
    await upgrade(url)
    database = await Database.open(url)
    for name in WINDOWS:
        await SqlPolicies(database).add(policy(name))
    for number in range(PLANS):
        await SqlPeople(database).add_plan(plan(number))
    for number in range(AGENTS):
        await SqlPeople(database).add_agent(agent(number))
    await database.close()
    _load(file, count)


def _load(file: Path, count: int) -> None:
    """Without indexes, which are made when all is there: it is the queue that is measured, not its making."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -100000")
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'callbacks' AND sql IS NOT NULL"
    indexes = connection.execute(query).fetchall()
    connection.execute("BEGIN")
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    connection.executemany(f"{_CUSTOMERS} VALUES (?, ?, ?, ?, ?, ?, ?, ?)", _customers(count))
    connection.executemany(f"{_CALLBACKS} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", _callbacks(count))
    connection.execute("INSERT INTO lines SELECT DISTINCT plan_id, clock FROM callbacks")
    connection.execute(
        "INSERT INTO sides SELECT DISTINCT plan_id, clock, side, manager, department"
        " FROM callbacks JOIN customers ON customers.id = callbacks.customer_id"
    )
    # As if all had been reckoned for the first version already.
    reckoned = "SELECT id, policy, 1, ?, '', 0, 0, ? FROM plans"
    connection.execute(f"INSERT INTO replans {reckoned}", (_written(NOW), _written(NOW)))
    for _, sql in indexes:
        connection.execute(sql)
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _customers(count: int) -> Iterator[tuple[Any, ...]]:
    for index in range(count):
        zone = ZONES[index % len(ZONES)]
        manager, department = _whose(index)
        yield f"customer-{index:07}", f"客户{index}", "单位", f'["+86138{index:08}"]', zone, "zh", manager, department


def _whose(index: int) -> tuple[str, str]:
    """Manager and department."""
    return f"经理{index % 500}", f"部门{index % DEPARTMENTS}"


def _callbacks(count: int) -> Iterator[tuple[Any, ...]]:
    chance = random.Random(count)  # noqa: S311 (a made-up queue)
    for index in range(count):
        due = NOW + chance.randrange(-20_000, 60_000) * _MINUTE
        created = due - chance.randrange(10_000, 30_000) * _MINUTE
        drawn, appointment, not_before = chance.random(), None, None
        if drawn < _SHARE_APPOINTMENT:
            appointment = not_before = NOW + chance.randrange(-60, 6000) * _MINUTE
        elif drawn < _SHARE_PARKED:
            not_before = NOW + chance.randrange(10, 5000) * _MINUTE
        yield (
            f"callback-{index * 7919 % count:07}",
            f"plan-{chance.randrange(PLANS):02}",
            f"customer-{index:07}",
            "满意度",
            VisitType.ROUTINE_NEW.value,
            CallbackState.WAITING.value,
            _written(due),
            chance.randrange(10),
            1,
            _written(created),
            _written(not_before),
            1,
            _written(appointment),
            ZONES[index % len(ZONES)],
            "window.closed" if not_before is not None and appointment is None else None,
            "\x1f".join(_whose(index)),
        )


def _written(moment: datetime | None) -> str | None:
    """As the tables keep it."""
    return None if moment is None else f"{moment:%Y-%m-%d %H:%M:%S.%f}"
