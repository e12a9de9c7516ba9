"""Accounts and the audit at the command line."""

import sqlite3

import pytest

from callcenter.engine.accounts import SHORTEST_PASSWORD
from cli.conftest import Shell


def add(shell: Shell, login: str, role: str, *more: str) -> dict[str, str]:
    told = shell.told("accounts", "add", login, "--name", "王芳", "--role", role, *more)
    assert isinstance(told, dict)
    return told


def test_an_account_gets_a_password_that_is_told_once(shell: Shell) -> None:
    made = add(shell, "wang", "supervisor")
    assert len(made["password"]) >= SHORTEST_PASSWORD
    listed = shell.said("accounts", "list")
    assert "wang" in listed
    assert made["password"] not in listed


def test_two_passwords_are_never_the_same(shell: Shell) -> None:
    assert add(shell, "one", "admin")["password"] != add(shell, "two", "admin")["password"]


def test_an_agent_s_account_names_an_agent_who_is_known(shell: Shell) -> None:
    words = ("accounts", "add", "wang", "--name", "王芳", "--role", "agent")
    assert "--agent" in shell.fails(*words, code=2)[0]
    assert "no agent" in shell.fails(*words, "--agent", "9999")[0]


def test_a_login_is_taken_once(shell: Shell) -> None:
    add(shell, "wang", "admin")
    assert "already" in shell.fails("accounts", "add", "WANG", "--name", "x", "--role", "admin")[0]


def test_the_last_administrator_is_not_disabled(shell: Shell) -> None:
    add(shell, "wang", "admin")
    assert "last administrator" in shell.fails("accounts", "disable", "wang")[0]
    add(shell, "li", "admin")
    assert "wang disabled" in shell.said("accounts", "disable", "wang")
    assert "wang enabled" in shell.said("accounts", "disable", "wang", "--enable")
    assert "no account" in shell.fails("accounts", "disable", "nobody")[0]


def test_a_new_password_is_told(shell: Shell) -> None:
    add(shell, "wang", "admin")
    assert "password:" in shell.said("accounts", "password", "wang")


def test_what_is_done_here_is_in_the_audit_and_a_change_of_it_is_found(shell: Shell) -> None:
    assert "empty" in shell.said("audit", "verify")
    add(shell, "wang", "admin")
    add(shell, "li", "admin")
    listed = shell.told("audit", "list")
    assert [entry["deed"]["action"] for entry in listed] == ["account_added", "account_added"]
    assert "2 entries, unbroken" in shell.said("audit", "verify")
    books = sqlite3.connect(shell.folder / "callcenter.db")
    with books:
        books.execute("DROP TRIGGER audit_no_update")
        books.execute("UPDATE audit SET login = 'somebody else' WHERE number = 1")
    books.close()
    assert "entry 1" in shell.fails("audit", "verify")[0]


@pytest.mark.parametrize("role", ["", "boss"])
def test_an_unknown_role_is_refused(shell: Shell, role: str) -> None:
    assert any("role" in line for line in shell.fails("accounts", "add", "w", "--name", "w", "--role", role, code=2))
