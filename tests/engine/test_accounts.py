"""Signing in: what is told of a wrong password, how often one may guess, and what ends a session."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from callcenter.domain.access import Role, SessionKind
from callcenter.domain.audit import Action
from callcenter.domain.people import Agent
from callcenter.engine.accounts import (
    AccountChangedError,
    AccountNotFoundError,
    AccountParts,
    Accounts,
    AccountTakenError,
    AgentLackingError,
    AgentNotFoundError,
    LastAdminError,
    SignInRefusedError,
    TooManyGuessesError,
    Visitor,
    WeakPasswordError,
)
from callcenter.engine.guesses import GUESSES, GUESSES_WITHIN
from callcenter.storage.accounts import SqlAccounts
from callcenter.storage.audit import SqlAudit
from callcenter.storage.database import Database
from callcenter.storage.people import SqlPeople
from callcenter.storage.schema import upgrade
from fakes.clock import FakeClock

HERE = Visitor("192.0.2.1", "a browser")
THERE = Visitor("192.0.2.2", "a browser")
PASSWORD = "correct horse battery"
LENGTH = timedelta(hours=12)


class Office:
    """Accounts on a database of their own. Its hashes are quick to make, which tells nothing of their strength."""

    def __init__(self, database: Database, hasher: PasswordHasher | None = None) -> None:
        self.clock = FakeClock(datetime.now(UTC))
        self.audit = SqlAudit(database)
        self.people = SqlPeople(database)
        self.store = SqlAccounts(database)
        parts = AccountParts(self.store, self.audit, self.people, self.clock, LENGTH)
        self.accounts = Accounts(parts, hasher or PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))

    async def told(self) -> list[Action]:
        return [entry.deed.action for entry in await self.audit.chain()]

    async def wrong(self, times: int, visitor: Visitor = HERE) -> None:
        for _ in range(times):
            with pytest.raises(SignInRefusedError):
                await self.accounts.sign_in("wang", "a wrong password", visitor)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    url = f"sqlite:///{tmp_path / 'callcenter.db'}"
    await upgrade(url)
    database = await Database.open(url)
    yield database
    await database.close()


@pytest.fixture
async def office(database: Database) -> Office:
    office = Office(database)
    await office.accounts.add("Wang", "王芳", frozenset({Role.SUPERVISOR}), PASSWORD)
    return office


async def test_who_signs_in_is_known_by_a_secret_that_is_kept_nowhere(office: Office, database: Database) -> None:
    secret, session, account = await office.accounts.sign_in(" WANG ", PASSWORD, HERE)
    assert await office.accounts.who(secret) == (session, account)
    assert session.kind is SessionKind.BROWSER
    assert database.path is not None
    kept = b"".join(path.read_bytes() for path in database.path.parent.glob("callcenter.db*"))
    assert secret.encode() not in kept
    assert PASSWORD.encode() not in kept
    assert await office.told() == [Action.ACCOUNT_ADDED, Action.SIGNED_IN]


async def test_every_sign_in_has_a_secret_of_its_own(office: Office) -> None:
    first, *_ = await office.accounts.sign_in("wang", PASSWORD, HERE)
    second, session, account = await office.accounts.sign_in("wang", PASSWORD, HERE)
    assert first != second
    await office.accounts.sign_out(session, account, HERE)
    assert await office.accounts.who(second) is None
    assert await office.accounts.who(first) is not None


async def test_a_session_ends_by_itself(office: Office) -> None:
    secret, *_ = await office.accounts.sign_in("wang", PASSWORD, HERE)
    await office.clock.advance(LENGTH.total_seconds() - 1)
    assert await office.accounts.who(secret) is not None
    await office.clock.advance(1)
    assert await office.accounts.who(secret) is None


@pytest.mark.parametrize("login", ["wang", "nobody", ""])
async def test_an_unknown_login_is_refused_like_a_wrong_password_and_told_in_the_audit(
    office: Office, login: str
) -> None:
    with pytest.raises(SignInRefusedError):
        await office.accounts.sign_in(login, "a wrong password", HERE)
    (*_, last) = await office.audit.chain()
    assert (last.deed.action, last.deed.login, last.deed.address) == (Action.SIGN_IN_REFUSED, login, HERE.address)


async def test_after_a_few_wrong_passwords_also_the_right_one_must_wait(office: Office) -> None:
    await office.wrong(GUESSES)
    with pytest.raises(TooManyGuessesError) as refused:
        await office.accounts.sign_in("wang", PASSWORD, HERE)
    assert timedelta(0) < refused.value.wait <= GUESSES_WITHIN
    await office.clock.advance(refused.value.wait.total_seconds())
    await office.accounts.sign_in("wang", PASSWORD, HERE)


async def test_guesses_that_come_together_are_counted_before_they_are_looked_at(office: Office) -> None:
    tries = [office.accounts.sign_in("wang", "a wrong password", HERE) for _ in range(3 * GUESSES)]
    ends = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(end, SignInRefusedError) for end in ends) == GUESSES
    assert sum(isinstance(end, TooManyGuessesError) for end in ends) == 2 * GUESSES


async def test_nobody_is_locked_out_by_another_s_wrong_passwords(office: Office) -> None:
    await office.wrong(GUESSES, THERE)
    await office.accounts.sign_in("wang", PASSWORD, HERE)


async def test_the_right_password_forgives_the_wrong_ones_before_it(office: Office) -> None:
    for _ in range(3):
        await office.wrong(GUESSES - 1)
        await office.accounts.sign_in("wang", PASSWORD, HERE)


async def test_a_disabled_account_is_signed_out_and_not_let_in_again(office: Office) -> None:
    secret, _, account = await office.accounts.sign_in("wang", PASSWORD, HERE)
    await office.accounts.change(account.id, account.version, {"disabled": True})
    assert await office.accounts.who(secret) is None
    with pytest.raises(SignInRefusedError):
        await office.accounts.sign_in("wang", PASSWORD, HERE)


async def test_a_new_password_counts_at_once_and_ends_sessions_and_tokens(office: Office) -> None:
    secret, _, account = await office.accounts.sign_in("wang", PASSWORD, HERE)
    token, _ = await office.accounts.make_token(account, "reports", 30, HERE)
    with pytest.raises(SignInRefusedError):
        await office.accounts.change_password(account, "a wrong password", "another long one", HERE)
    await office.accounts.change_password(account, PASSWORD, "another long one", HERE)
    assert await office.accounts.who(secret) is None
    assert await office.accounts.who(token) is None
    with pytest.raises(SignInRefusedError):
        await office.accounts.sign_in("wang", PASSWORD, HERE)
    await office.accounts.sign_in("wang", "another long one", HERE)


@pytest.mark.parametrize("password", ["short", "x" * 201, "aaaaaaaaaaaa", "wang-wang-wang"])
async def test_a_password_that_is_easy_to_guess_is_refused(office: Office, password: str) -> None:
    with pytest.raises(WeakPasswordError):
        await office.accounts.add("wang-wang-wang", "x", frozenset({Role.ADMIN}), password)


async def test_an_account_of_an_agent_names_one_that_is_known(office: Office) -> None:
    with pytest.raises(AgentNotFoundError):
        await office.accounts.add("li", "李", frozenset({Role.AGENT}), PASSWORD, agent_key="1001")
    await office.people.add_agent(Agent("agent-1001", "1001", "李", "visits", "PJSIP/1001"))
    account = await office.accounts.add("li", "李", frozenset({Role.AGENT}), PASSWORD, agent_key="1001")
    assert account.agent_id == "agent-1001"
    with pytest.raises(AccountTakenError):
        await office.accounts.add("li2", "李", frozenset({Role.AGENT}), PASSWORD, agent_key="1001")


async def test_an_account_that_calls_has_an_agent(office: Office) -> None:
    with pytest.raises(AgentLackingError):
        await office.accounts.add("li", "李", frozenset({Role.AGENT, Role.SUPERVISOR}), PASSWORD)
    assert "li" not in {account.login for account in await office.accounts.all()}
    await office.people.add_agent(Agent("agent-1001", "1001", "李", "visits", "PJSIP/1001"))
    account = await office.accounts.add("li", "李", frozenset({Role.AGENT}), PASSWORD, agent_key="1001")
    with pytest.raises(AgentLackingError):
        await office.accounts.change(account.id, account.version, {"agent_id": None})
    other = await office.accounts.add("sun", "孙", frozenset({Role.SUPERVISOR}), PASSWORD)
    with pytest.raises(AgentLackingError):
        await office.accounts.change(other.id, other.version, {"roles": frozenset({Role.AGENT})})


async def test_the_last_administrator_stays(office: Office) -> None:
    one = await office.accounts.add("one", "一", frozenset({Role.ADMIN}), PASSWORD)
    for change in ({"disabled": True}, {"roles": frozenset({Role.AGENT})}):
        with pytest.raises(LastAdminError):
            await office.accounts.change(one.id, one.version, change)
    await office.accounts.add("two", "二", frozenset({Role.ADMIN}), PASSWORD)
    assert (await office.accounts.change(one.id, one.version, {"disabled": True})).disabled_at is not None


async def test_of_two_administrators_who_disable_each_other_at_once_one_stays(office: Office) -> None:
    admins = [await office.accounts.add(name, name, frozenset({Role.ADMIN}), PASSWORD) for name in ("one", "two")]
    done = await asyncio.gather(
        *(office.accounts.change(each.id, each.version, {"disabled": True}) for each in admins), return_exceptions=True
    )
    assert [type(each) for each in done].count(LastAdminError) == 1
    assert [each.disabled_at is None for each in await office.accounts.all() if each.login in {"one", "two"}].count(
        True
    ) == 1


async def test_a_change_names_what_it_was_made_to(office: Office) -> None:
    (account,) = await office.accounts.all()
    with pytest.raises(AccountNotFoundError):
        await office.accounts.change("nobody", 1, {})
    changed = await office.accounts.change(account.id, account.version, {"name": "other"})
    assert changed.version == account.version + 1
    with pytest.raises(AccountChangedError):
        await office.accounts.change(account.id, account.version, {"name": "another"})


@pytest.mark.parametrize("days", [0, 367])
async def test_a_token_does_not_live_for_ever(office: Office, days: int) -> None:
    (account,) = await office.accounts.all()
    with pytest.raises(ValueError, match="days"):
        await office.accounts.make_token(account, "x", days, HERE)


async def test_one_ends_only_one_s_own_sessions(office: Office) -> None:
    _, session, account = await office.accounts.sign_in("wang", PASSWORD, HERE)
    other = await office.accounts.add("li", "李", frozenset({Role.ADMIN}), PASSWORD)
    assert not await office.accounts.revoke(session.id, other, HERE)
    assert [each.id for each in await office.accounts.sessions(account)] == [session.id]
    assert await office.accounts.revoke(session.id, account, HERE)
    assert await office.accounts.sessions(account) == []


async def test_a_hash_of_older_strength_is_made_anew_at_the_next_sign_in(office: Office, database: Database) -> None:
    stronger = Office(database, PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    before = await office.store.by_login("wang")
    await stronger.accounts.sign_in("wang", PASSWORD, HERE)
    after = await office.store.by_login("wang")
    assert before is not None
    assert after is not None
    assert before[1] != after[1]
    await stronger.accounts.sign_in("wang", PASSWORD, HERE)
