"""Policies by name and version: added, never changed."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from enum import Enum
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel

from callcenter.domain.policy import Policy
from callcenter.domain.windows import Interval, Weekday
from callcenter.storage import codec
from callcenter.storage.database import Database
from callcenter.storage.errors import ConstraintBrokenError, SnapshotError
from callcenter.storage.tables import policies

_c = policies.c


class SqlPolicies:
    """A PolicyStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def in_force(self, name: str, at: datetime) -> Policy | None:
        """The version with the latest effective date not after `at`, by the date in the zone that `at` is given in;
        of several with the same date the highest version. Raises SnapshotError for one that cannot be read.
        """
        query = (
            sa.select(_c.body)
            .where(_c.name == name, _c.effective_from <= at.date())
            .order_by(_c.effective_from.desc(), _c.version.desc())
            .limit(1)
        )
        async with self._database.look() as connection:
            body = await connection.scalar(query)
        return None if body is None else _policy(body)

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


def _policy(body: object) -> Policy:
    try:
        return Policy.model_validate_json(codec.to_text(body))
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
        case Interval():
            return str(value)
        case date():
            return value.isoformat()
        case AbstractSet():
            return [_written(item) for item in sorted(value)]
        case tuple() | list():
            return [_written(item) for item in value]
        case _:
            return value
