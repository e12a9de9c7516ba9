"""What all tables share: names of constraints, and columns that must be there."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, MetaData, text
from sqlalchemy.types import TypeEngine

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def must(name: str, kind: TypeEngine[Any] | type[TypeEngine[Any]], *rest: ForeignKey) -> Column[Any]:
    return Column(name, kind, *rest, nullable=False)


def unique_where(name: str, column: str, where: str) -> Index:
    return Index(name, column, unique=True, sqlite_where=text(where), postgresql_where=text(where))
