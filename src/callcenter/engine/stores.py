"""What the engine asks of the database: a decision and its write are one call, and one statement or transaction."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from typing import Protocol

from callcenter.domain.access import Account, Session
from callcenter.domain.attempt import Attempt
from callcenter.domain.audit import Action, Deed, Entry
from callcenter.domain.calls.call import Call
from callcenter.domain.calls.words import CallEvent
from callcenter.domain.duty import AtWork, Break
from callcenter.domain.gate.caps import CapTerms
from callcenter.domain.people import Agent, Case, Customer, PhoneChoice, Plan
from callcenter.domain.people import Callback as CallbackValue
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.policies.policy import Policy
from callcenter.domain.policies.written import KeptPolicy
from callcenter.domain.queue.handing_out import NOTHING, Hours, PassedOver
from callcenter.domain.queue.listings import CallbackFilter, Counts, Listed, ListPart
from callcenter.domain.recording import Fallback, KeptRecording, MissingReason, RecordingState
from callcenter.domain.refusal import Refusal, Rule
from callcenter.domain.times.closing_days import ClosingDay
from callcenter.domain.visits.closing import CallbackChange, Closing
from callcenter.domain.visits.exhaustion import Decision
from callcenter.domain.visits.records import (
    AttemptRecord,
    Dials,
    JournalEntry,
    LogRecord,
    RecordingRecord,
    RecordingStep,
)
from callcenter.domain.visits.searches import (
    Accounted,
    AttemptFound,
    AttemptSearch,
    LogFound,
    LogSearch,
    Place,
    RecordingFound,
    RecordingSearch,
    StoppedFound,
    StoppedSearch,
)
from callcenter.domain.visits.visitlog import VisitLog

__all__ = [
    "AccountStore",
    "AttemptRecord",
    "AttemptStore",
    "AuditStore",
    "CallbackStore",
    "ClosingDayStore",
    "DecisionStore",
    "EvidenceStore",
    "JournalEntry",
    "ListingStore",
    "LogRecord",
    "LogStore",
    "PeopleStore",
    "PolicyStore",
    "RecordingRecord",
    "RecordingStep",
    "RecordingStore",
]


class CallbackStore(Protocol):
    async def claim_next(
        self, agent_id: str, now: datetime, lease_until: datetime, passed_over: PassedOver = NOTHING
    ) -> Case | None:
        """Hand out the next callback of a running plan that waits, or whose lease ran out, and whose not_before has
        come: one conditional UPDATE … RETURNING. Order: appointments that are due, by their time; due date, priority
        (9 first), oldest.
        """

    async def wake(self, now: datetime) -> int:
        """Of those whose time has come, or whose lease ran out, some hundreds stand in their lines again: how many."""

    async def hours(self) -> frozenset[Hours]:
        """Every kind of hours that the lines of running plans have."""

    async def claim(self, callback_id: str, agent_id: str, now: datetime, lease_until: datetime) -> Case | Refusal:
        """Hand out this one, on the same conditions but for not_before; renews the agent's own lease.
        Refuses with CALLBACK_NOT_FOUND, CALLBACK_WITH_ANOTHER_AGENT, CALLBACK_EXHAUSTED or CALLBACK_NOT_WAITING.
        """

    async def held_until(self, agent_id: str, now: datetime) -> tuple[datetime, ...]:
        """When the leases end that this agent holds at `now`, of callbacks that were handed out to him; in order."""

    async def in_hand(self, agent_id: str) -> tuple[Case, ...]:
        """What is handed out to this agent, in the order of the queue."""

    async def give_back(self, callback_id: str, agent_id: str) -> bool:
        """End the agent's lease; False when it was not his any more."""

    async def defer(
        self, callback_id: str, not_before: datetime, clock: str | None = None, rule: Rule = Rule.CALLBACK_NOT_YET
    ) -> None:
        """A waiting or handed-out callback waits, unleased, until not_before. clock: in whose line it stands then.
        rule: for which it has to wait.
        """

    async def case(self, callback_id: str) -> Case | None: ...

    async def cases(self, *, state: str | None = None, plan_id: str | None = None, limit: int = 100) -> list[Case]: ...

    async def change(self, callback_id: str, version: int, change: CallbackChange) -> bool:
        """Apply the change if the row still has this version; False when someone else was quicker."""


class DutyStore(Protocol):
    async def begin_break(self, pause: Break) -> bool:
        """False when this agent is on a break already."""

    async def end_break(self, agent_id: str, now: datetime) -> bool:
        """False when this agent is on none."""

    async def paused(self) -> frozenset[str]:
        """The agents who are on a break, by id."""

    async def on_break(self, agent_id: str) -> Break | None: ...

    async def team(self, day: datetime, now: datetime) -> list[AtWork]:
        """Every agent, by staff number. day: when today began."""


class AttemptStore(Protocol):
    async def begin(self, attempt: Attempt, call: Call, now: datetime, caps: CapTerms | None = None) -> Refusal | None:
        """In one transaction: the callback, still leased to this agent, becomes CALLING; the attempt and its call are
        written as live, with a requested recording. Unique partial indexes allow one live attempt per callback,
        number and agent: NUMBER_LIVE, AGENT_BUSY, CALLBACK_NOT_WAITING or CALLBACK_WITH_ANOTHER_AGENT otherwise.
        caps: counted again in the same transaction: CAP_NUMBER, CAP_CUSTOMER. An inbound attempt takes the callback
        from whoever has it, and leaves one that does not wait as it is until they talked.
        """

    async def save(self, call: Call, events: Sequence[CallEvent]) -> None:
        """The call as it is now, and the events that led there, into the journal; one transaction."""

    async def finish(self, closing: Closing) -> None:
        """In one transaction: the attempt is over and no longer live, its call ended, the callback changed, its visit
        log written, its recording's state set. Safe to repeat: a finished attempt is left as it is.
        """

    async def live(self) -> list[AttemptRecord]: ...

    async def live_of(self, agent_id: str) -> Attempt | None:
        """The one that this agent is in: there is never more than one."""

    async def get(self, attempt_id: str) -> AttemptRecord | None: ...

    async def of_request(self, key: str) -> AttemptRecord | None:
        """The attempt that this request caused: see `Attempt.request_key`."""

    async def of_callback(self, callback_id: str) -> tuple[Attempt, ...]:
        """All attempts, the oldest first."""

    async def dials(self, callback_id: str, number: PhoneNumber | None, agent_id: str | None) -> Dials:
        """What the gate asks of the books, seen in one moment."""

    async def latest(self, limit: int = 100, callback_id: str | None = None) -> list[AttemptRecord]: ...

    async def journal(self, attempt_id: str) -> list[JournalEntry]: ...


class RecordingStore(Protocol):
    async def step(
        self,
        attempt_id: str,
        state: RecordingState,
        at: datetime,
        *,
        reason: MissingReason | None = None,
        detail: str = "",
    ) -> None:
        """Move the recording on and write the step's row. A verified or missing one is not moved back."""

    async def keep(self, attempt_id: str, kept: KeptRecording, keep_until: datetime, at: datetime) -> None:
        """The file stands: STORED with its path, hash, levels and keep-until; the visit log refers to it."""

    async def attach(
        self, attempt_id: str, kept: KeptRecording, mark: Fallback, keep_until: datetime, at: datetime
    ) -> bool:
        """A file that was made elsewhere stands: STORED, with its mark. False, and nothing is written, where there is a
        file already, or the recording is not known to be missing.
        """

    async def unfinished(self) -> list[str]:
        """Attempts whose call has ended and whose recording is neither verified nor missing, oldest first."""

    async def get(self, attempt_id: str) -> RecordingRecord | None: ...

    async def all_kept(self, limit: int = 1000, after: str = "") -> list[RecordingRecord]:
        """Those with a file, by attempt id, from after `after`."""

    async def missing(self) -> list[RecordingRecord]:
        """Calls that were dialled and have no recording, oldest first."""


class LogStore(Protocol):
    async def get(self, attempt_id: str) -> LogRecord | None: ...

    async def save(self, log: VisitLog, version: int, at: datetime) -> bool:
        """Keep what was filled in so far of an open log; False when it was changed or closed meanwhile."""

    async def close(self, log: VisitLog, version: int, at: datetime, change: CallbackChange | None) -> bool:
        """Save the log as closed and, in the same transaction, change its callback, which waits in WRAP_UP; False, and
        nothing is written, when the log was changed or closed meanwhile.
        """

    async def latest(self, limit: int = 100, *, open_only: bool = False) -> list[LogRecord]:
        """The newest visit first."""


class EvidenceStore(Protocol):
    """Attempts, visit logs and recordings, searched in pages: the newest dial first, from behind `after`."""

    async def attempt(self, attempt_id: str) -> AttemptFound | None: ...

    async def latest_of(self, agent_id: str) -> AttemptFound | None:
        """This agent's newest."""

    async def attempts(self, search: AttemptSearch, after: Place | None, limit: int) -> list[AttemptFound]: ...

    async def logs(self, search: LogSearch, after: Place | None, limit: int) -> list[LogFound]: ...

    async def recordings(self, search: RecordingSearch, after: Place | None, limit: int) -> list[RecordingFound]:
        """What was never dialled is found only where that reason is asked for."""

    async def accounted(self, spans: Sequence[tuple[datetime, datetime]]) -> list[Accounted]:
        """For each span (UTC, its end excluded) what became of its attempts' recordings; all as of one moment."""


class DecisionStore(Protocol):
    """Callbacks whose round is used up, and what supervisors decided of them."""

    async def take(
        self, decision: Decision, version: int, change: CallbackChange, number: PhoneNumber | None = None
    ) -> bool:
        """Change the callback if it still has this version, and write the decision beside it, in one transaction;
        False, and nothing is written, when somebody else was quicker. number: put before the customer's others.
        """

    async def numbers_overdue(self, now: datetime, limit: int = 100) -> list[CallbackValue]:
        """Used up callbacks for which a new number should have come by now, the longest overdue first."""

    async def stopped(self, search: StoppedSearch, after: Place | None, limit: int) -> list[StoppedFound]:
        """The most overdue first, from behind `after`: its due date and id."""

    async def stopped_by_reason(self, search: StoppedSearch) -> dict[str, int]:
        """How many there are of each reason, whichever reason is searched for."""

    async def of_callback(self, callback_id: str) -> list[Decision]:
        """The oldest first."""


class PeopleStore(Protocol):
    async def add_agent(self, agent: Agent) -> None: ...

    async def choose_phone(self, agent_id: str, phone: PhoneChoice) -> None:
        """What rings for this agent from now on."""

    async def agent(self, key: str) -> Agent | None:
        """By id or staff number."""

    async def agents(self) -> list[Agent]: ...

    async def add_plan(self, plan: Plan) -> None: ...

    async def plans(self) -> list[Plan]: ...

    async def add_cases(self, customers: Sequence[Customer], callbacks: Sequence[CallbackValue]) -> int:
        """Those not yet known by id are added, in one transaction; how many callbacks were new."""


class ListingStore(Protocol):
    """The queue, looked through by people."""

    async def callbacks(self, wanted: CallbackFilter, part: ListPart) -> Listed:
        """One part of the list. A callback that fits all the while is read once, whatever changes between the parts."""

    async def counts(self, wanted: CallbackFilter) -> Counts: ...


class ClosingDayStore(Protocol):
    """Days on which the house does not work."""

    async def all(self) -> list[ClosingDay]:
        """By day."""

    async def add(self, closed: ClosingDay) -> bool:
        """False when this day is one already; it stays as it is."""

    async def remove(self, day: date) -> bool:
        """False when this day is none."""


class PolicyStore(Protocol):
    async def in_force(self, name: str, at: datetime) -> Policy | None:
        """The version with the latest effective date not after `at`, by the date in the zone that `at` is given in;
        with the closing days of the house laid over its calendar.
        """

    async def add(self, policy: Policy, text: str | None = None) -> bool:
        """A new version; False when this name and version stand already (they are never changed). text: its author's
        TOML.
        """

    async def version(self, name: str, version: int) -> KeptPolicy | None: ...

    async def versions(self, name: str | None = None) -> list[KeptPolicy]:
        """Of this policy, or of all, by name, the newest version first."""


class AccountStore(Protocol):
    """Logins are kept in lower case, and passwords and secrets as hashes only."""

    async def add(self, account: Account, password_hash: str) -> bool:
        """False when the login, or the agent, has an account already."""

    async def change(self, account: Account, password_hash: str | None = None) -> bool:
        """Keep these values if the row still has the account's version; a new password if one is given. Ends every
        session of the account when its roles change, it is disabled, or its password is new. False when somebody else
        was quicker, or the agent has another account.
        """

    async def get(self, account_id: str) -> Account | None: ...

    async def by_login(self, login: str) -> tuple[Account, str] | None:
        """With the password's hash."""

    async def all(self) -> list[Account]:
        """By login."""

    async def rehash(self, account_id: str, password_hash: str) -> None:
        """The same password, hashed anew."""

    async def open_session(self, session: Session) -> None: ...

    async def session(self, digest: str, now: datetime) -> tuple[Session, Account] | None:
        """None where it is unknown or over, or its account is disabled."""

    async def use_session(self, session_id: str, now: datetime) -> None: ...

    async def end_session(self, session_id: str, account_id: str) -> bool:
        """False when this account has no such session."""

    async def sessions(self, account_id: str, now: datetime) -> list[Session]:
        """Those that are not over, the newest first."""


class AuditStore(Protocol):
    def together(self) -> AbstractAsyncContextManager[None]:
        """What is written within, by whichever store, and the entry that tells of it, are on the disk together or not
        at all. One at a time, of all processes: what is read within stays true until the end.

        For accounts, plans, callbacks that are added and decisions; what belongs to a call has its own transactions.
        """

    async def write(self, deed: Deed) -> Entry:
        """Chain it to the last entry; on the disk when this returns, in order, without gaps, whoever else writes.
        Within `together`, with the rest.
        """

    async def entries(
        self,
        *,
        before: int | None = None,
        limit: int = 100,
        on_kind: str = "",
        on_id: str = "",
        who: str = "",
        login: str = "",
        action: Action | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[Entry]:
        """The newest first, below this number. since, until: UTC, `until` excluded."""

    async def chain(self, after: int = 0, limit: int = 1000) -> list[Entry]:
        """In order, from the number that follows `after`."""
