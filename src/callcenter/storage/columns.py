"""Column types of our own: aware UTC instants, words of an enumeration, phone numbers."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import Dialect
from sqlalchemy.types import TypeDecorator

from callcenter.domain.phone import PhoneNumber
from callcenter.domain.times.instant import utc

WordT = TypeVar("WordT", bound=StrEnum)


class Instant(TypeDecorator[datetime]):
    """An aware instant, kept in UTC. Raises NaiveInstantError for a naive one."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment = utc(value)
        # SQLite keeps text without a zone; its fixed width makes it sort by time.
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else utc(value)


class Word(TypeDecorator[WordT]):
    """A member of an enumeration, kept as its text."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, words: type[WordT]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: WordT | None, _dialect: Dialect) -> str | None:
        return None if value is None else self.words(value).value

    def process_result_value(self, value: Any, _dialect: Dialect) -> WordT | None:
        return None if value is None else self.words(value)

    def __repr__(self) -> str:
        return "Text()"


class Number(TypeDecorator[PhoneNumber]):
    """A phone number, kept as E.164."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: PhoneNumber | None, _dialect: Dialect) -> str | None:
        return None if value is None else value.e164

    def process_result_value(self, value: str | None, _dialect: Dialect) -> PhoneNumber | None:
        return None if value is None else PhoneNumber(value)
