"""What storage promises as a whole: the engine's Protocols, and that nothing is deleted that must be kept."""

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from callcenter import storage
from callcenter.engine.stores import (
    AttemptStore,
    CallbackStore,
    LogStore,
    PeopleStore,
    PolicyStore,
    RecordingStore,
)
from callcenter.storage.errors import ConstraintBrokenError
from callcenter.storage.tables import journal, recordings
from storage import cases
from storage.cases import NOW, YEARS
from storage.conftest import Stores
from storage.listening import listen

KEPT = ("attempts", "journal", "recordings", "recording_steps", "visit_logs")
MAY_GO = ("sessions", "blocked_numbers", "closing_days")
"""Sign-ins that are over, numbers of a blocklist's former file, closing days that were taken back: nothing of a visit,
and the audit tells of each.
"""
SOURCES = sorted(Path(storage.__file__).parent.rglob("*.py"))


def test_the_stores_are_what_the_engine_asks_for(stores: Stores) -> None:
    """Proven by the type checker; here, that they can be handed over."""
    callbacks: CallbackStore = stores.callbacks
    attempts: AttemptStore = stores.attempts
    recordings: RecordingStore = stores.recordings
    logs: LogStore = stores.logs
    people: PeopleStore = stores.people
    policies: PolicyStore = stores.policies
    assert all((callbacks, attempts, recordings, logs, people, policies))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_no_code_of_storage_deletes_what_belongs_to_a_visit(source: Path) -> None:
    tree = ast.parse(source.read_text("utf-8"))
    allowed = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call) and _may_go(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node not in allowed:
            assert node.attr not in {"delete", "drop_table", "drop_all", "truncate"}, f"{source.name}:{node.lineno}"
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert "DELETE FROM" not in node.value.upper(), f"{source.name}:{node.lineno}"
            assert "DROP TABLE" not in node.value.upper(), f"{source.name}:{node.lineno}"


def _may_go(call: ast.Call) -> bool:
    return [ast.unparse(argument) for argument in call.args] in [[table] for table in MAY_GO]


async def test_the_life_of_a_callback_issues_no_delete(stores: Stores) -> None:
    seen: list[str] = []

    listen(stores.database, seen.append)
    await whole_life(stores)
    assert len(seen) > 20
    assert not [statement for statement in seen if "DELETE" in statement.upper()]


async def whole_life(stores: Stores) -> str:
    await stores.seed()
    attempt = await stores.begin()
    closing = cases.closing(attempt)
    await stores.attempts.save(closing.call, [])
    await stores.attempts.finish(closing)
    await stores.recordings.keep(attempt.id, cases.kept(attempt.id), NOW + YEARS, NOW)
    assert await stores.logs.close(closing.log, 1, NOW, closing.change)
    return attempt.id


@pytest.mark.parametrize("table", KEPT)
async def test_the_database_refuses_to_delete_what_must_be_kept(stores: Stores, table: str) -> None:
    attempt_id = await whole_life(stores)
    async with stores.database.write() as connection:
        entry = {"attempt_id": attempt_id, "at": NOW, "event": "Started", "detail": {}}
        await connection.execute(sa.insert(journal).values(entry))
    with pytest.raises(ConstraintBrokenError):
        async with stores.database.write() as connection:
            await connection.execute(sa.text(f"DELETE FROM {table}"))


@pytest.mark.parametrize("table", ["recordings", "visit_logs"])
@pytest.mark.parametrize("change", ["keep_until = NULL", "keep_until = '2000-01-01 00:00:00.000000'"])
async def test_the_database_refuses_to_shorten_how_long_it_is_kept(stores: Stores, table: str, change: str) -> None:
    await whole_life(stores)
    with pytest.raises(ConstraintBrokenError):
        async with stores.database.write() as connection:
            await connection.execute(sa.text(f"UPDATE {table} SET {change}"))


async def test_what_has_been_kept_long_enough_may_go(stores: Stores) -> None:
    """Or the test above would hold for a database that refuses everything."""
    await stores.seed()
    attempt = await stores.begin()
    past = datetime.now(UTC) - timedelta(seconds=1)
    async with stores.database.write() as connection:
        await connection.execute(sa.update(recordings).values(keep_until=past))
    async with stores.database.write() as connection:
        for table in ("recordings", "recording_steps", "journal", "attempts"):
            await connection.execute(sa.text(f"DELETE FROM {table}"))
    assert await stores.attempts.get(attempt.id) is None
