"""Policies by name and version: added, never changed."""

from datetime import date, datetime
from functools import lru_cache

import sqlalchemy as sa

from callcenter.domain.policies.policy import Policy
from callcenter.domain.policies.written import KeptPolicy, written
from callcenter.storage import codec
from callcenter.storage.database import Database
from callcenter.storage.errors import ConstraintBrokenError, SnapshotError
from callcenter.storage.tables import closing_days, policies

_c = policies.c


_IN_FORCE = (
    sa.select(_c.body)
    .where(_c.name == sa.bindparam("policy"), _c.effective_from <= sa.bindparam("on"))
    .order_by(_c.effective_from.desc(), _c.version.desc())
    .limit(1)
)


_CLOSED = sa.select(closing_days.c.day)


class SqlPolicies:
    """A PolicyStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def in_force(self, name: str, at: datetime) -> Policy | None:
        """The version with the latest effective date not after `at`, by the date in the zone that `at` is given in;
        of several with the same date the highest version. The house's closing days lie over its calendar. Raises
        SnapshotError for one that cannot be read.
        """
        wanted = {"policy": name, "on": at.date()}
        body, closed = await self._database.look(
            lambda connection: (
                connection.scalar(_IN_FORCE, wanted),
                frozenset(row["day"] for row in connection.execute(_CLOSED).mappings().all()),
            )
        )
        return None if body is None else _laid_over(codec.to_text(body), closed)

    async def version(self, name: str, version: int) -> KeptPolicy | None:
        """Raises SnapshotError for one that cannot be read."""
        query = sa.select(_c.body, _c.text).where(_c.name == name, _c.version == version)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
        return None if row is None else KeptPolicy(_policy(codec.to_text(row.body)), row.text)

    async def versions(self, name: str | None = None) -> list[KeptPolicy]:
        """Of this policy, or of all, by name, the newest version first. Raises SnapshotError."""
        query = sa.select(_c.body, _c.text).order_by(_c.name, _c.version.desc())
        if name is not None:
            query = query.where(_c.name == name)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return [KeptPolicy(_policy(codec.to_text(row.body)), row.text) for row in rows]

    async def add(self, policy: Policy, text: str | None = None) -> bool:
        """A new version; False when this name and version stand already (they are never changed). text: its author's
        TOML.
        """
        row = {
            "name": policy.name,
            "version": policy.version,
            "effective_from": policy.effective_from,
            "body": written(policy),
            "text": text,
        }
        try:
            async with self._database.write() as connection:
                await connection.execute(sa.insert(policies).values(row))
        except ConstraintBrokenError as error:
            if error.constraint == "pk_policies":
                return False
            raise
        return True


@lru_cache(maxsize=64)
def _laid_over(body: str, closed: frozenset[date]) -> Policy:
    return _policy(body).with_house_closed(closed)


@lru_cache(maxsize=32)
def _policy(body: str) -> Policy:
    """Read once: every dial asks for it, and it is never changed."""
    try:
        return Policy.model_validate_json(body)
    except ValueError as error:
        raise SnapshotError(f"a stored policy cannot be read: {error}") from error
