"""Scripts by name and version, added and never changed; and what was answered in each talk."""

from datetime import datetime
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy import RowMapping

from callcenter.domain.policies.written import written
from callcenter.domain.scripts.question import Value
from callcenter.domain.scripts.script import Script
from callcenter.domain.scripts.versions import KeptScript
from callcenter.domain.visits.script_run import KeptAnswer, ScriptRun
from callcenter.storage import codec
from callcenter.storage.database import Database
from callcenter.storage.errors import SnapshotError
from callcenter.storage.rows import insert_into
from callcenter.storage.statements import Row, Statements
from callcenter.storage.tables import script_answers, script_runs, scripts

_s, _r, _a = scripts.c, script_runs.c, script_answers.c
_RUN = sa.select(script_runs).where(_r.attempt_id == sa.bindparam("attempt"))
_ANSWERS = sa.select(script_answers).where(_a.attempt_id == sa.bindparam("attempt"))


class SqlScripts:
    """A ScriptStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, kept: KeptScript, who: str) -> bool:
        """False when this name and version stand already."""
        row = {
            "name": kept.script.name,
            "version": kept.script.version,
            "body": written(kept.script),
            "text": kept.text,
            "at": kept.at,
            "who": who,
            "login": kept.login,
        }
        async with self._database.write() as connection:
            statement = insert_into(connection, scripts).on_conflict_do_nothing(index_elements=["name", "version"])
            return await connection.scalar(statement.returning(_s.version), row) is not None

    async def version(self, name: str, version: int | None = None) -> KeptScript | None:
        """None for the newest. Raises SnapshotError for one that cannot be read."""
        query = sa.select(scripts).where(_s.name == name).order_by(_s.version.desc()).limit(1)
        if version is not None:
            query = query.where(_s.version == version)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).mappings().first()
        return _kept(row) if row else None

    async def versions(self, name: str | None = None) -> list[KeptScript]:
        """By name, the newest version first. Raises SnapshotError."""
        query = sa.select(scripts).order_by(_s.name, _s.version.desc())
        if name is not None:
            query = query.where(_s.name == name)
        async with self._database.read() as connection:
            return [_kept(row) for row in (await connection.execute(query)).mappings()]


class SqlAnswers:
    """An AnswerStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self, attempt_id: str) -> ScriptRun | None:
        """None while nothing was answered."""
        return await self._database.look(lambda each: _run_of(each, attempt_id))

    async def begin(self, run: ScriptRun, at: datetime) -> tuple[str, int]:
        """The script and version that the talk is held by: these, if it has none yet."""
        row = {"attempt_id": run.attempt_id, "script": run.script, "version": run.version, "at": at}
        async with self._database.write() as connection:
            insert = insert_into(connection, script_runs).on_conflict_do_nothing(index_elements=["attempt_id"])
            await connection.execute(insert, row)
            query = sa.select(_r.script, _r.version).where(_r.attempt_id == run.attempt_id)
            name, version = (await connection.execute(query)).one()
        return name, version

    async def save(
        self, attempt_id: str, key: str, value: Value | None, based_on: int, at: datetime
    ) -> KeptAnswer | None:
        """Keep an answer of a talk that has begun, if it still has the version that it is based on (0 for none), or is
        the same already; None where another one was kept meanwhile.
        """
        row = {"attempt_id": attempt_id, "key": key, "value": _plain(value), "version": 1, "at": at}
        async with self._database.write() as connection:
            if based_on == 0:
                statement = insert_into(connection, script_answers)
                added = statement.on_conflict_do_nothing(index_elements=["attempt_id", "key"]).returning(_a.version)
                if await connection.scalar(added, row) is not None:
                    return KeptAnswer(key, value, 1, at)
            mine = (_a.attempt_id == attempt_id, _a.key == key)
            standing = (await connection.execute(sa.select(script_answers).where(*mine))).mappings().first()
            if standing is None:
                return None
            if standing["value"] == _plain(value) and isinstance(standing["value"], bool) is isinstance(value, bool):
                return _answer(standing)
            changed = sa.update(script_answers).values(value=_plain(value), version=_a.version + 1, at=at)
            changed = changed.where(*mine, _a.version == based_on)
            if (await connection.execute(changed)).rowcount != 1:
                return None
        return KeptAnswer(key, value, based_on + 1, at)


def _run_of(connection: Statements, attempt_id: str) -> ScriptRun | None:
    key = {"attempt": attempt_id}
    row = connection.execute(_RUN, key).mappings().first()
    if row is None:
        return None
    answers = {each["key"]: _answer(each) for each in connection.execute(_ANSWERS, key).mappings().all()}
    return ScriptRun(attempt_id, row["script"], row["version"], answers)


def _answer(row: Row) -> KeptAnswer:
    value = row["value"]
    return KeptAnswer(row["key"], tuple(value) if isinstance(value, list) else value, row["version"], row["at"])


def _plain(value: Value | None) -> object:
    return list(value) if isinstance(value, tuple) else value


def _kept(row: RowMapping) -> KeptScript:
    return KeptScript(_script(codec.to_text(row["body"])), row["text"], row["at"], row["login"])


@lru_cache(maxsize=64)
def _script(body: str) -> Script:
    """Read once: every answer asks for it, and it is never changed."""
    try:
        return Script.model_validate_json(body)
    except ValueError as error:
        raise SnapshotError(f"a stored script cannot be read: {error}") from error
