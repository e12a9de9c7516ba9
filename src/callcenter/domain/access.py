"""Who may do what? Accounts, their roles, and the rights of each role, per object where the object matters."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What a person is here for; one person may hold several roles.

    COMPLIANCE is the quality supervisor (C6-10, C6-11), RECORDS_HEAD the head of data management, who approves reading
    (C6-60), SUPERVISOR the visit manager.
    """

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    COMPLIANCE = "compliance"
    RECORDS_HEAD = "records_head"
    ADMIN = "admin"


class Permission(StrEnum):
    """What a role may do; each route asks for one."""

    USE_DESK = "desk.use"
    READ_QUEUE = "queue.read"
    READ_VISITS = "visits.read"
    DECIDE_EXHAUSTED = "exhausted.decide"
    CHANGE_QUEUE = "queue.change"
    APPROVE_PLANS = "plans.approve"
    HEAR_RECORDINGS = "recordings.hear"
    TAKE_RECORDINGS = "recordings.take"
    READ_AUDIT = "audit.read"
    MANAGE_ACCOUNTS = "accounts.manage"
    READ_STATUS = "status.read"
    SEE_NUMBERS = "numbers.see"
    READ_POLICIES = "policies.read"
    CHANGE_POLICIES = "policies.change"
    CHANGE_CALENDAR = "calendar.change"
    SEE_TEAM = "team.see"


RIGHTS: Mapping[Role, frozenset[Permission]] = {
    Role.AGENT: frozenset({Permission.USE_DESK, Permission.READ_STATUS}),
    Role.SUPERVISOR: frozenset(
        {
            Permission.READ_QUEUE,
            Permission.READ_VISITS,
            Permission.DECIDE_EXHAUSTED,
            Permission.CHANGE_QUEUE,
            Permission.HEAR_RECORDINGS,
            Permission.READ_STATUS,
            Permission.SEE_NUMBERS,
            Permission.READ_POLICIES,
            Permission.CHANGE_CALENDAR,
            Permission.SEE_TEAM,
        }
    ),
    Role.COMPLIANCE: frozenset(
        {
            Permission.READ_QUEUE,
            Permission.APPROVE_PLANS,
            Permission.READ_VISITS,
            Permission.HEAR_RECORDINGS,
            Permission.TAKE_RECORDINGS,
            Permission.READ_AUDIT,
            Permission.READ_STATUS,
            Permission.SEE_NUMBERS,
            Permission.READ_POLICIES,
        }
    ),
    Role.RECORDS_HEAD: frozenset(
        {
            Permission.READ_VISITS,
            Permission.HEAR_RECORDINGS,
            Permission.TAKE_RECORDINGS,
            Permission.READ_AUDIT,
            Permission.READ_STATUS,
            Permission.READ_POLICIES,
            Permission.CHANGE_POLICIES,
        }
    ),
    Role.ADMIN: frozenset(
        {
            Permission.MANAGE_ACCOUNTS,
            Permission.READ_AUDIT,
            Permission.READ_STATUS,
            Permission.READ_POLICIES,
            Permission.CHANGE_POLICIES,
            Permission.CHANGE_CALENDAR,
        }
    ),
}
"""Who may read is settled per institution (C6-60, N5-06, GB-05); these are the product's own defaults. An admin keeps
accounts, and hears nobody. The supervisor makes plans; the quality supervisor, who looks over them (C6-11), approves
them (C6-35).
"""


@dataclass(frozen=True, slots=True)
class Account:
    """A person who signs in. login: unique, case does not matter. agent_id: who he is in the queue, for agents.
    language: `zh`, `en`, or empty for what the browser asks for. disabled_at: UTC; nobody signs in after it.
    version: the row's, named by every change.
    """

    id: str
    login: str
    name: str
    roles: frozenset[Role]
    agent_id: str | None
    language: str
    created_at: datetime
    disabled_at: datetime | None = None
    version: int = 1

    @property
    def rights(self) -> frozenset[Permission]:
        return frozenset().union(*(RIGHTS[role] for role in self.roles))

    def may(self, permission: Permission) -> bool:
        return self.disabled_at is None and permission in self.rights


class SessionKind(StrEnum):
    """BROWSER: a cookie. TOKEN: a secret that a program shows."""

    BROWSER = "browser"
    TOKEN = "token"  # noqa: S105 (a kind, no secret)


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in, or one token. digest: SHA-256 of its secret, which is kept nowhere. label: the browser, or what the
    token is for. expires_at: UTC.
    """

    id: str
    digest: str
    account_id: str
    kind: SessionKind
    label: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime


def may_use_callback(account: Account, leased_to: str | None) -> bool:
    """May this account see this callback, its attempts and its explanation? Agents: those handed out to them, and
    those that nobody has; who reads the queue: all.
    """
    if account.may(Permission.READ_QUEUE):
        return True
    return account.may(Permission.USE_DESK) and account.agent_id is not None and leased_to in {None, account.agent_id}


def may_read_visit(account: Account, agent_id: str) -> bool:
    """May this account read the attempt, its journal and its visit log? agent_id: who dialled."""
    return account.may(Permission.READ_VISITS) or (account.may(Permission.USE_DESK) and account.agent_id == agent_id)


def may_fill_log(account: Account, agent_id: str) -> bool:
    """Only who made the visit writes its log (C6-03)."""
    return account.may(Permission.USE_DESK) and account.agent_id == agent_id


def may_hear(account: Account, agent_id: str, *, log_open: bool) -> bool:
    """May this account hear the recording? An agent hears his own talk only until its log is closed, to fill it in."""
    return account.may(Permission.HEAR_RECORDINGS) or (log_open and may_fill_log(account, agent_id))


def may_take(account: Account) -> bool:
    """May this account download recordings?"""
    return account.may(Permission.TAKE_RECORDINGS)
