"""Accounts and sessions: unique logins, changes that no other overwrites, sessions that end with their account."""

from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.domain.access import Account, Role, Session, SessionKind
from callcenter.engine.stores import AccountStore
from callcenter.storage.accounts import SqlAccounts
from callcenter.storage.database import Database
from callcenter.storage.errors import ConstraintBrokenError
from storage.cases import NOW
from storage.conftest import Stores

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def accounts(database: Database) -> AccountStore:
    return SqlAccounts(database)


def account(login: str = "wang", *roles: Role, agent_id: str | None = None) -> Account:
    return Account(f"acc-{login}", login, "王芳", frozenset(roles or {Role.SUPERVISOR}), agent_id, "", NOW)


def session(name: str, account_id: str = "acc-wang") -> Session:
    return Session(name, f"digest-{name}", account_id, SessionKind.BROWSER, "", NOW, NOW, LATER)


async def test_an_account_is_read_back_as_it_was_written(accounts: AccountStore) -> None:
    written = account("wang", Role.SUPERVISOR, Role.COMPLIANCE)
    assert await accounts.add(written, "hash")
    assert await accounts.get("acc-wang") == written
    assert await accounts.by_login("WANG") == (written, "hash")
    assert await accounts.by_login("nobody") is None
    assert await accounts.all() == [written]


async def test_a_login_or_an_agent_has_one_account(accounts: AccountStore, stores: Stores) -> None:
    await stores.seed(2)
    assert await accounts.add(account("wang", Role.AGENT, agent_id="agent-1"), "hash")
    assert not await accounts.add(replace(account("Wang"), id="other"), "hash")
    assert not await accounts.add(account("li", Role.AGENT, agent_id="agent-1"), "hash")
    assert await accounts.add(account("li", Role.AGENT, agent_id="agent-2"), "hash")
    taken = replace(account("li", Role.AGENT, agent_id="agent-1"))
    assert not await accounts.change(taken)


async def test_an_account_is_of_an_agent_who_is_known(accounts: AccountStore) -> None:
    with pytest.raises(ConstraintBrokenError):
        await accounts.add(account("wang", Role.AGENT, agent_id="nobody"), "hash")


async def test_of_two_changes_to_what_was_read_the_second_is_refused(accounts: AccountStore) -> None:
    await accounts.add(account(), "hash")
    assert await accounts.change(replace(account(), name="one"))
    assert not await accounts.change(replace(account(), name="two"))
    kept = await accounts.get("acc-wang")
    assert kept is not None
    assert (kept.name, kept.version) == ("one", 2)


async def test_a_session_is_found_by_its_digest_until_it_is_over(accounts: AccountStore) -> None:
    await accounts.add(account(), "hash")
    await accounts.open_session(session("one"))
    assert await accounts.session("digest-one", NOW) == (session("one"), account())
    assert await accounts.session("digest-one", LATER) is None
    assert await accounts.session("digest-two", NOW) is None
    used = NOW + timedelta(minutes=5)
    await accounts.use_session("one", used)
    assert await accounts.sessions("acc-wang", NOW) == [replace(session("one"), last_used_at=used)]


async def test_a_session_is_ended_once_and_only_by_its_own_account(accounts: AccountStore) -> None:
    await accounts.add(account(), "hash")
    await accounts.add(account("li"), "hash")
    await accounts.open_session(session("one"))
    assert not await accounts.end_session("one", "acc-li")
    assert await accounts.session("digest-one", NOW) is not None
    assert await accounts.end_session("one", "acc-wang")
    assert not await accounts.end_session("one", "acc-wang")
    assert await accounts.session("digest-one", NOW) is None
    assert await accounts.sessions("acc-wang", NOW) == []


@pytest.mark.parametrize(
    ("change", "password", "ends"),
    [
        ({"name": "another"}, None, False),
        ({"language": "zh"}, None, False),
        ({"roles": frozenset({Role.ADMIN})}, None, True),
        ({"disabled_at": NOW}, None, True),
        ({}, "new hash", True),
    ],
)
async def test_a_new_role_a_new_password_and_the_end_of_an_account_end_its_sessions(
    accounts: AccountStore, change: dict[str, object], password: str | None, ends: bool
) -> None:
    await accounts.add(account(), "hash")
    await accounts.add(account("li"), "hash")
    await accounts.open_session(session("one"))
    await accounts.open_session(session("other", "acc-li"))
    assert await accounts.change(replace(account(), **change), password)  # type: ignore[arg-type] # any field
    assert (await accounts.session("digest-one", NOW) is None) is ends
    assert await accounts.session("digest-other", NOW) is not None
