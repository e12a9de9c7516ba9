"""Who may sign in, and who is signed in?"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.domain.access import Account, Role, Session
from callcenter.storage.database import Database
from callcenter.storage.errors import ConstraintBrokenError
from callcenter.storage.statements import Row
from callcenter.storage.tables import accounts, sessions

_a, _s = accounts.c, sessions.c
_TAKEN = frozenset({"uq_accounts_login", "uq_accounts_agent_id"})
_ACCOUNT_COLUMNS = tuple(column for column in _a if column is not _a.password_hash)
_USE = sa.update(sessions).values(last_used_at=sa.bindparam("now")).where(_s.id == sa.bindparam("session"))
_SESSION = (
    # Built once: every request comes through here.
    sa.select(*_s, *_ACCOUNT_COLUMNS)
    .select_from(sessions)
    .join(accounts)
    .where(_s.digest == sa.bindparam("key"), _s.expires_at > sa.bindparam("now"), _a.disabled_at.is_(None))
)


class SqlAccounts:
    """An AccountStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, account: Account, password_hash: str) -> bool:
        """False when the login, or the agent, has an account already.
        Raises ConstraintBrokenError (`foreign key`) for an agent that is nowhere.
        """
        row = {
            **_row(account),
            "id": account.id,
            "created_at": account.created_at,
            "version": account.version,
            "password_hash": password_hash,
        }
        try:
            async with self._database.write() as connection:
                await connection.execute(sa.insert(accounts).values(row))
        except ConstraintBrokenError as error:
            if error.constraint in _TAKEN:
                return False
            raise
        return True

    async def change(self, account: Account, password_hash: str | None = None) -> bool:
        """Keep these values if the row still has the account's version; a new password if one is given. Ends every
        session of the account when its roles change, it is disabled, or its password is new. False when somebody else
        was quicker, or the login or the agent has another account.
        """
        values = {**_row(account), "version": account.version + 1}
        if password_hash is not None:
            values["password_hash"] = password_hash
        is_it = sa.and_(_a.id == account.id, _a.version == account.version)
        try:
            async with self._database.write() as connection:
                before = await connection.scalar(sa.select(_a.roles).where(is_it).with_for_update())
                if (await connection.execute(sa.update(accounts).values(values).where(is_it))).rowcount == 0:
                    return False
                if password_hash is not None or account.disabled_at is not None or set(before or ()) != account.roles:
                    await connection.execute(_end().where(_s.account_id == account.id))
        except ConstraintBrokenError as error:
            if error.constraint in _TAKEN:
                return False
            raise
        return True

    async def get(self, account_id: str) -> Account | None:
        async with self._database.read() as connection:
            row = await _first(connection, sa.select(accounts).where(_a.id == account_id))
        return _account(row) if row else None

    async def by_login(self, login: str) -> tuple[Account, str] | None:
        """With the password's hash."""
        async with self._database.read() as connection:
            row = await _first(connection, sa.select(accounts).where(_a.login == login.lower()))
        return (_account(row), row[_a.password_hash]) if row else None

    async def all(self) -> list[Account]:
        """By login."""
        async with self._database.read() as connection:
            rows = await connection.execute(sa.select(accounts).order_by(_a.login))
            return [_account(row) for row in rows.mappings()]

    async def rehash(self, account_id: str, password_hash: str) -> None:
        """The same password, hashed anew."""
        async with self._database.write() as connection:
            await connection.execute(sa.update(accounts).values(password_hash=password_hash).where(_a.id == account_id))

    async def open_session(self, session: Session) -> None:
        row = {column.name: getattr(session, column.name) for column in _s}
        async with self._database.write() as connection:
            await connection.execute(sa.insert(sessions).values(row))

    async def session(self, digest: str, now: datetime) -> tuple[Session, Account] | None:
        """None where it is unknown or over, or its account is disabled."""
        key = {"key": digest, "now": now}
        row = await self._database.look(lambda each: each.execute(_SESSION, key).mappings().first())
        return (_session(row), _account(row)) if row else None

    async def use_session(self, session_id: str, now: datetime) -> None:
        used = {"session": session_id, "now": now}
        await self._database.at_once(lambda each: each.execute(_USE, used).rowcount)

    async def end_session(self, session_id: str, account_id: str) -> bool:
        """False when this account has no such session."""
        statement = _end().where(_s.id == session_id, _s.account_id == account_id, _s.expires_at > _s.created_at)
        async with self._database.write() as connection:
            return (await connection.execute(statement)).rowcount == 1

    async def sessions(self, account_id: str, now: datetime) -> list[Session]:
        """Those that are not over, the newest first."""
        query = (
            sa.select(sessions)
            .where(_s.account_id == account_id, _s.expires_at > now)
            .order_by(_s.created_at.desc(), _s.id)
        )
        async with self._database.read() as connection:
            return [_session(row) for row in (await connection.execute(query)).mappings()]


def _end() -> sa.Update:
    """Nothing is deleted: a session that was ended lasted no time at all."""
    return sa.update(sessions).values(expires_at=_s.created_at)


async def _first(connection: AsyncConnection, query: sa.Select[Any]) -> RowMapping | None:
    row: RowMapping | None = (await connection.execute(query)).mappings().first()
    return row


def _row(account: Account) -> Mapping[str, Any]:
    return {
        "login": account.login.lower(),
        "name": account.name,
        "roles": sorted(account.roles),
        "agent_id": account.agent_id,
        "language": account.language,
        "disabled_at": account.disabled_at,
    }


def _account(row: Row) -> Account:
    values = {column.name: row[column] for column in _ACCOUNT_COLUMNS}
    return Account(**values | {"roles": frozenset(Role(role) for role in values["roles"])})


def _session(row: Row) -> Session:
    return Session(**{column.name: row[column] for column in _s})
