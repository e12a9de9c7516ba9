"""Policies by name and version: added, never changed."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel

from callcenter.domain.policy import Policy
from callcenter.domain.seasons import Season
from callcenter.domain.windows import Interval, Weekday
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

    async def add(self, policy: Policy) -> bool:
        """A new version; False when this name and version stand already (they are never changed)."""
        row = {
            "name": policy.name,
            "version": policy.version,
            "effective_from": policy.effective_from,
            "body": _written(policy),
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


def _written(value: object) -> Any:
    """As a person writes it in TOML, and only what was set: what a default says must stay a default."""
    match value:
        case BaseModel():
            return {name: _written(getattr(value, name)) for name in sorted(value.model_fields_set)}
        case Mapping():
            return {key: _written(item) for key, item in value.items()}
        case Weekday():
            return value.name.lower()
        case Enum():
            return value.value
        case Interval() | Season():
            return str(value)
        case date():
            return value.isoformat()
        case AbstractSet():
            return [_written(item) for item in sorted(value)]
        case tuple() | list():
            return [_written(item) for item in value]
        case _:
            return value
