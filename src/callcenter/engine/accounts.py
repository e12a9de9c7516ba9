"""Who signs in, with which secret, and how often may he guess? Accounts, sessions, tokens."""

import asyncio
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from callcenter.domain.access import Account, Role, Session, SessionKind
from callcenter.domain.audit import Action, Deed
from callcenter.engine.endings import Endings
from callcenter.engine.guesses import Guesses, limits
from callcenter.engine.ports import Clock
from callcenter.engine.stores import AccountStore, AuditStore, PeopleStore

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
LONGEST_TOKEN_DAYS = 366
USED_EVERY = timedelta(minutes=1)
"""How exactly a session's last use is kept."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a request comes from: the address, and the name that the browser or program gives itself."""

    address: str
    program: str = ""


class SignInRefusedError(Exception):
    """Login or password is wrong, or the account is disabled: which of them is not told."""


class TooManyGuessesError(Exception):
    """wait: how long until the next guess is looked at."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"too many wrong passwords; wait {wait.total_seconds():.0f} s")
        self.wait = wait


class WeakPasswordError(ValueError):
    """The password is too short, too long, or the login itself."""


class AccountTakenError(Exception):
    """The login, or the agent, has an account already."""


class AccountChangedError(Exception):
    """Somebody else changed the account meanwhile; read it again."""


class AccountNotFoundError(LookupError):
    pass


class AgentNotFoundError(LookupError):
    """An account is to be an agent's who is not known."""


class AgentLackingError(ValueError):
    """An account is to call customers, and no agent is named as whom."""


class LastAdminError(Exception):
    """Nobody would be left to keep the accounts."""


NOT_TAKEN = (
    AccountChangedError,
    AccountNotFoundError,
    AccountTakenError,
    AgentLackingError,
    AgentNotFoundError,
    LastAdminError,
    WeakPasswordError,
)
"""Why an account is not added or changed as it was asked."""


@dataclass(frozen=True, slots=True)
class AccountParts:
    accounts: AccountStore
    audit: AuditStore
    people: PeopleStore
    clock: Clock
    session_length: timedelta


class Accounts:
    """Signing in and out, and the accounts themselves; every step of it is audited."""

    def __init__(self, parts: AccountParts, hasher: PasswordHasher | None = None) -> None:
        self._parts = parts
        self._hasher = hasher or PasswordHasher()
        self._guesses = Guesses()
        # Hashing takes 64 MB and a core for a moment: one at a time is enough, also for a flood of guesses.
        self._turn = asyncio.Semaphore(1)
        self._decoy: str | None = None
        self.endings = Endings()

    async def sign_in(self, login: str, password: str, visitor: Visitor) -> tuple[str, Session, Account]:
        """A new browser session: its secret, which is told once, the session, and whose it is.

        Raises SignInRefusedError, TooManyGuessesError.
        """
        parts, now = self._parts, self._parts.clock.now()
        login = login.strip().lower()
        keys = limits(login, visitor.address)
        # Counted before it is looked at: guesses that come together are not looked at together.
        if (wait := self._guesses.count(keys, now)) is not None:
            await self._tell_of_flood(login, visitor, now)
            raise TooManyGuessesError(wait)
        account = await self._checked(login, password)
        if account is None:
            await parts.audit.write(_deed(now, Action.SIGN_IN_REFUSED, None, visitor, login, why="wrong"))
            raise SignInRefusedError
        self._guesses.forget(keys, now)
        secret, session = _session(account, SessionKind.BROWSER, visitor.program, now, parts.session_length)
        await parts.accounts.open_session(session)
        await parts.audit.write(_deed(now, Action.SIGNED_IN, account, visitor))
        return secret, session, account

    async def _tell_of_flood(self, login: str, visitor: Visitor, now: datetime) -> None:
        """Not each one that is turned away unlooked at: nobody may fill the books, nor keep them busy, by asking."""
        many = self._guesses.untold(visitor.address, now)
        if many:
            why = "too many guesses"
            deed = _deed(now, Action.SIGN_IN_REFUSED, None, visitor, login, why=why, refused=str(many))
            await self._parts.audit.write(deed)

    async def _checked(self, login: str, password: str) -> Account | None:
        found = await self._parts.accounts.by_login(login)
        if self._decoy is None:
            self._decoy = await self._hash(secrets.token_urlsafe())
        # An unknown login takes as long as a known one.
        right = await self._verify(found[1] if found else self._decoy, password[: LONGEST_PASSWORD + 1])
        if found is None or not right or found[0].disabled_at is not None:
            return None
        if self._hasher.check_needs_rehash(found[1]):
            await self._parts.accounts.rehash(found[0].id, await self._hash(password))
        return found[0]

    async def who(self, secret: str) -> tuple[Session, Account] | None:
        """Whose secret is this? None where it is nobody's, or not any more."""
        parts, now = self._parts, self._parts.clock.now()
        found = await parts.accounts.session(_digest(secret), now)
        if found and now - found[0].last_used_at >= USED_EVERY:
            await parts.accounts.use_session(found[0].id, now)
        return found

    async def still(self, session: Session) -> Account | None:
        """Whose session this is, as the account is now; None once the session is over or the account disabled."""
        found = await self._parts.accounts.session(session.digest, self._parts.clock.now())
        return found[1] if found else None

    async def sign_out(self, session: Session, account: Account, visitor: Visitor) -> None:
        await self._parts.accounts.end_session(session.id, account.id)
        self.endings.tell(account.id)
        await self._parts.audit.write(_deed(self._parts.clock.now(), Action.SIGNED_OUT, account, visitor))

    async def make_token(self, account: Account, label: str, days: int, visitor: Visitor) -> tuple[str, Session]:
        """A token with the rights of its account, told once. days: 1 … LONGEST_TOKEN_DAYS. Raises ValueError."""
        if not 1 <= days <= LONGEST_TOKEN_DAYS:
            raise ValueError(f"a token lives 1 to {LONGEST_TOKEN_DAYS} days")
        now = self._parts.clock.now()
        secret, session = _session(account, SessionKind.TOKEN, label, now, timedelta(days=days))
        async with self._parts.audit.together():
            await self._parts.accounts.open_session(session)
            await self._parts.audit.write(_deed(now, Action.TOKEN_MADE, account, visitor, on=("session", session.id)))
        return secret, session

    async def revoke(self, session_id: str, account: Account, visitor: Visitor) -> bool:
        """End one of one's own sessions or tokens; False when there is none of this id."""
        async with self._parts.audit.together():
            ended = await self._parts.accounts.end_session(session_id, account.id)
            if ended:
                now = self._parts.clock.now()
                await self._parts.audit.write(
                    _deed(now, Action.TOKEN_REVOKED, account, visitor, on=("session", session_id))
                )
        self.endings.tell(account.id)
        return ended

    async def sessions(self, account: Account) -> list[Session]:
        return await self._parts.accounts.sessions(account.id, self._parts.clock.now())

    async def add(
        self,
        login: str,
        name: str,
        roles: frozenset[Role],
        password: str,
        *,
        agent_key: str | None = None,
        by: Account | None = None,
        visitor: Visitor | None = None,
    ) -> Account:
        """A new account. agent_key: id or staff number of the agent who signs in with it. by: None at the command line.

        Raises WeakPasswordError, AgentNotFoundError, AgentLackingError, AccountTakenError.
        """
        login = login.strip().lower()
        check_password(password, login)
        agent_id = await self._agent_id(agent_key)
        _check_agent(roles, agent_id)
        now = self._parts.clock.now()
        account = Account(f"acc-{secrets.token_hex(6)}", login, name.strip(), roles, agent_id, "", now)
        hashed = await self._hash(password)
        async with self._parts.audit.together():
            if not await self._parts.accounts.add(account, hashed):
                raise AccountTakenError(login)
            await self._tell(Action.ACCOUNT_ADDED, account, by, visitor, roles=_words(roles))
        return account

    async def change(
        self,
        account_id: str,
        version: int,
        values: Mapping[str, Any],
        *,
        password: str | None = None,
        by: Account | None = None,
        visitor: Visitor | None = None,
    ) -> Account:
        """Change an account. values: of name, roles, agent_id, language, disabled (true or false).

        Raises AccountNotFoundError, AccountChangedError, AccountTakenError, WeakPasswordError, AgentNotFoundError,
        AgentLackingError, LastAdminError.
        """
        now = self._parts.clock.now()
        before = await self._parts.accounts.get(account_id)
        if before is None:
            raise AccountNotFoundError(account_id)
        if before.version != version:
            raise AccountChangedError(account_id)
        given = dict(values)
        if "disabled" in given:
            given["disabled_at"] = (before.disabled_at or now) if given.pop("disabled") else None
        if "agent_id" in given:
            given["agent_id"] = await self._agent_id(given["agent_id"])
        after = replace(before, **given)
        if password is not None:
            check_password(password, after.login)
        hashed = await self._hash(password) if password is not None else None
        changed = sorted(name for name in given if getattr(before, name) != getattr(after, name))
        told = " ".join([*changed, *(["password"] if password is not None else [])])
        async with self._parts.audit.together():
            await self._leave_an_admin(before, after)
            if {"roles", "agent_id"} & given.keys() and after.disabled_at is None:
                _check_agent(after.roles, after.agent_id)
            if not await self._parts.accounts.change(after, hashed):
                raise AccountTakenError(account_id)
            await self._tell(Action.ACCOUNT_CHANGED, after, by, visitor, changed=told, roles=_words(after.roles))
        self.endings.tell(account_id)
        return replace(after, version=version + 1)

    async def change_password(self, account: Account, old: str, new: str, visitor: Visitor) -> None:
        """One's own. Ends all sessions. Raises SignInRefusedError, TooManyGuessesError, WeakPasswordError."""
        now = self._parts.clock.now()
        keys = limits(account.login, visitor.address)
        if (wait := self._guesses.count(keys, now)) is not None:
            await self._tell_of_flood(account.login, visitor, now)
            raise TooManyGuessesError(wait)
        if await self._checked(account.login, old) is None:
            why = "wrong, for a new password"
            await self._parts.audit.write(_deed(now, Action.SIGN_IN_REFUSED, account, visitor, why=why))
            raise SignInRefusedError
        self._guesses.forget(keys, now)
        await self.change(account.id, account.version, {}, password=new, by=account, visitor=visitor)

    async def all(self) -> list[Account]:
        return await self._parts.accounts.all()

    async def _leave_an_admin(self, before: Account, after: Account) -> None:
        def admin(account: Account) -> bool:
            return Role.ADMIN in account.roles and account.disabled_at is None

        if not admin(before) or admin(after):
            return
        if not any(admin(each) for each in await self._parts.accounts.all() if each.id != after.id):
            raise LastAdminError

    async def _agent_id(self, key: str | None) -> str | None:
        if not key:
            return None
        agent = await self._parts.people.agent(key)
        if agent is None:
            raise AgentNotFoundError(key)
        return agent.id

    async def _tell(
        self, action: Action, account: Account, by: Account | None, visitor: Visitor | None, **detail: str
    ) -> None:
        now, where = self._parts.clock.now(), visitor or Visitor("", "")
        deed = _deed(now, action, by, where, "" if by else "command line", on=("account", account.id), **detail)
        await self._parts.audit.write(deed)

    async def _hash(self, password: str) -> str:
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def _verify(self, hashed: str, password: str) -> bool:
        async with self._turn:
            try:
                return await asyncio.to_thread(self._hasher.verify, hashed, password)
            except (VerificationError, InvalidHashError):
                return False


def _check_agent(roles: frozenset[Role], agent_id: str | None) -> None:
    """Raises AgentLackingError: nobody could be dialled from such an account's desk."""
    if Role.AGENT in roles and agent_id is None:
        raise AgentLackingError


def check_password(password: str, login: str) -> None:
    """Length counts, not signs. Raises WeakPasswordError."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise WeakPasswordError(f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    if password.lower() == login.lower() or len(set(password)) == 1:
        raise WeakPasswordError("the password is too easy to guess")


def _session(account: Account, kind: SessionKind, label: str, now: datetime, length: timedelta) -> tuple[str, Session]:
    secret = secrets.token_urlsafe(32)
    session = Session(secrets.token_hex(8), _digest(secret), account.id, kind, label[:200], now, now, now + length)
    return secret, session


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _deed(
    now: datetime,
    action: Action,
    account: Account | None,
    visitor: Visitor,
    login: str = "",
    on: tuple[str, str] = ("", ""),
    **detail: str,
) -> Deed:
    return Deed(
        at=now,
        action=action,
        who=account.id if account else "",
        login=account.login if account else login[:100],
        on_kind=on[0],
        on_id=on[1],
        detail=detail,
        address=visitor.address,
    )


def _words(roles: frozenset[Role]) -> str:
    return " ".join(sorted(roles))
