"""Who may do what: the rights of the roles, and of an agent towards what is his."""

import itertools
from datetime import UTC, datetime

import pytest

from callcenter.domain.access import (
    RIGHTS,
    Account,
    Permission,
    Role,
    may_fill_log,
    may_hear,
    may_read_visit,
    may_take,
    may_use_callback,
)

NOW = datetime.now(UTC)


def account(*roles: Role, agent_id: str | None = None, disabled: bool = False) -> Account:
    return Account("acc-1", "wang", "王芳", frozenset(roles), agent_id, "", NOW, NOW if disabled else None)


def test_every_role_has_rights_and_every_right_a_role() -> None:
    assert set(RIGHTS) == set(Role)
    assert all(RIGHTS.values())
    assert frozenset().union(*RIGHTS.values()) == set(Permission)


@pytest.mark.parametrize("roles", list(itertools.combinations(Role, 2)))
def test_who_holds_two_roles_has_the_rights_of_both(roles: tuple[Role, Role]) -> None:
    assert account(*roles).rights == RIGHTS[roles[0]] | RIGHTS[roles[1]]


def test_a_disabled_account_may_nothing() -> None:
    closed = account(*Role, agent_id="agent-1", disabled=True)
    assert not any(closed.may(permission) for permission in Permission)
    assert not may_use_callback(closed, "agent-1")
    assert not may_read_visit(closed, "agent-1")
    assert not may_fill_log(closed, "agent-1")
    assert not may_hear(closed, "agent-1", log_open=True)
    assert not may_take(closed)


@pytest.mark.parametrize(
    ("leased_to", "agent", "supervisor", "admin"),
    [(None, True, True, False), ("agent-1", True, True, False), ("agent-2", False, True, False)],
)
def test_an_agent_sees_his_own_callbacks_and_those_that_nobody_has(
    leased_to: str | None, agent: bool, supervisor: bool, admin: bool
) -> None:
    assert may_use_callback(account(Role.AGENT, agent_id="agent-1"), leased_to) is agent
    assert may_use_callback(account(Role.SUPERVISOR), leased_to) is supervisor
    assert may_use_callback(account(Role.ADMIN), leased_to) is admin


def test_an_agent_s_account_without_an_agent_sees_nothing() -> None:
    assert not may_use_callback(account(Role.AGENT), None)


def test_only_who_made_the_visit_fills_its_log() -> None:
    assert may_fill_log(account(Role.AGENT, agent_id="agent-1"), "agent-1")
    assert not may_fill_log(account(Role.AGENT, agent_id="agent-2"), "agent-1")
    for role in set(Role) - {Role.AGENT}:
        assert not may_fill_log(account(role, agent_id="agent-1"), "agent-1")


@pytest.mark.parametrize(
    ("role", "own", "log_open", "hears"),
    [
        (Role.AGENT, True, True, True),
        (Role.AGENT, True, False, False),
        (Role.AGENT, False, True, False),
        (Role.SUPERVISOR, False, False, True),
        (Role.COMPLIANCE, False, False, True),
        (Role.RECORDS_HEAD, False, False, True),
        (Role.ADMIN, False, True, False),
    ],
)
def test_an_agent_hears_his_own_talk_until_its_log_is_closed_and_an_admin_nobody(
    role: Role, own: bool, log_open: bool, hears: bool
) -> None:
    listener = account(role, agent_id="agent-1" if own else "agent-2")
    assert may_hear(listener, "agent-1", log_open=log_open) is hears


def test_only_compliance_and_the_records_head_take_recordings_away() -> None:
    assert {role for role in Role if may_take(account(role))} == {Role.COMPLIANCE, Role.RECORDS_HEAD}
