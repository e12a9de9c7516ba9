"""Somebody rings back: which callback is it about, and who is asked to talk with him?"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from callcenter.domain.duty import AtWork, Doing
from callcenter.domain.people import Agent, CallbackState, Case
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.plans.life import carries_out


class ReturnState(StrEnum):
    """WAITING: it rings, agents are asked. TAKEN: an agent took it, they do not talk yet, or it is not written that
    they did. UNKNOWN: his number belongs to no customer.
    """

    WAITING = "waiting"
    TAKEN = "taken"
    ANSWERED = "answered"
    MISSED = "missed"
    UNKNOWN = "unknown"

    @property
    def over(self) -> bool:
        return self not in {ReturnState.WAITING, ReturnState.TAKEN}


class MissedWhy(StrEnum):
    """HINDERED: something kept everybody from talking, such as a recorder that does not run."""

    NOBODY_FREE = "nobody_free"
    GAVE_UP = "gave_up"
    HINDERED = "hindered"


@dataclass(frozen=True, slots=True)
class ReturnCall:
    """One call that came in. channel: the switch's own name; node: the service instance that has it. number: None where
    it is withheld, or none that could be dialled. called: what he dialled. tried: ids of the agents it was offered to
    in vain; agent_id: of him who took it last. All instants UTC.
    """

    id: str
    at: datetime
    node: str
    channel: str
    number: PhoneNumber | None
    called: str
    state: ReturnState = ReturnState.WAITING
    callback_id: str | None = None
    attempt_id: str | None = None
    agent_id: str | None = None
    tried: tuple[str, ...] = ()
    missed_why: MissedWhy | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A callback that he may ring about. last_at: UTC, when he was last called for it, and last_agent, by whom; None
    and empty where he never was.
    """

    case: Case
    last_at: datetime | None = None
    last_agent: str = ""

    @property
    def open(self) -> bool:
        return self.case.callback.state not in {CallbackState.DONE, CallbackState.CLOSED}


OVER = (CallbackState.DONE, CallbackState.EXHAUSTED, CallbackState.CLOSED)
"""States from which a callback goes on only when somebody decides so."""

_NEVER = datetime.min.replace(tzinfo=UTC)


def about(candidates: Sequence[Candidate]) -> Candidate | None:
    """Open callbacks first; of those, also where several customers have this number, the one called last; of what was
    never called, what is due first.
    """

    def order(each: Candidate) -> tuple[bool, datetime]:
        return each.open, each.last_at or _NEVER

    first_due = sorted(candidates, key=lambda each: each.case.callback.due_at)
    return max(first_due, key=order, default=None)


def asked_first(
    candidate: Candidate, team: Sequence[AtWork], barred: Callable[[Agent], bool], tried: Collection[str]
) -> Agent | None:
    """Who is asked next: whoever called him last, else whoever is free longest, at last who has a log to write. Never
    anybody on a call or on a break, who is not signed in, does not carry out the plan, is barred by a conflict of
    interest (C6-08) or because he made the first of two visits (C6-48), or was asked already.
    """
    free = [
        each
        for each in team
        if each.doing in {Doing.AVAILABLE, Doing.WRAP_UP}
        and each.agent.id not in tried
        and carries_out(candidate.case.plan, each.agent)
        and each.agent.id != candidate.case.callback.not_by
        and not barred(each.agent)
    ]

    def order(each: AtWork) -> tuple[bool, bool, datetime, str]:
        caller = each.agent.id == candidate.last_agent
        return not caller, each.doing is Doing.WRAP_UP, each.free_since or _NEVER, each.agent.staff_number

    return min(free, key=order).agent if free else None


@dataclass(frozen=True, slots=True)
class ReturnSearch:
    """None asks for all. agent_id: those that this agent took, or that were offered to him. undecided: the missed ones
    of which nothing follows by itself, since their callbacks are over. caller_id: about callbacks that this agent
    called.
    """

    state: ReturnState | None = None
    callback_id: str | None = None
    agent_id: str | None = None
    undecided: bool = False
    caller_id: str | None = None


@dataclass(frozen=True, slots=True)
class ReturnFound:
    """case: of its callback, None where it is about none."""

    call: ReturnCall
    case: Case | None

    @property
    def undecided(self) -> bool:
        """Nobody talked with him, and nothing follows by itself: a supervisor decides."""
        callback = self.case.callback if self.case else None
        return callback is not None and callback.rang_back_at == self.call.at and callback.state in OVER
