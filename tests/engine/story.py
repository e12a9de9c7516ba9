"""A script for the engine: `story.start()`, `switch.rings(call)`, `clock.advance(20)`, and what then stands where."""

import asyncio
from collections.abc import MutableMapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from callcenter.app.books import Books
from callcenter.app.service import join
from callcenter.domain.access import Account, Role, Session, SessionKind
from callcenter.domain.attempt import Attempt
from callcenter.domain.calls.call import CallState
from callcenter.domain.people import (
    Agent,
    Callback,
    CallbackState,
    Case,
    Channel,
    Customer,
    Plan,
    PlanState,
    VisitType,
)
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.policies.policy import load_policy
from callcenter.domain.refusal import Refusal, Rule
from callcenter.domain.visits.records import AttemptRecord, LogRecord, RecordingRecord
from callcenter.engine.feed import AlarmRaised, Update
from callcenter.engine.service import Service
from callcenter.settings import Settings
from fakes.archive import FakeArchive
from fakes.clock import FakeClock
from fakes.stores import Watched
from fakes.switch import FakeSwitch

CONFIG = """\
[database]
url = "sqlite+aiosqlite:///{folder}/callcenter.db"
[ari]
password = "secret"
[recordings]
archive = "{folder}/archive"
min_free_mb = 100
[calls]
max_concurrent = 3
[control]
socket = "{folder}/control.sock"
[trunks.network]
endpoint = "PJSIP/{{number}}@trunk"
number_format = "national"
caller_id = "4001"
fallback_caller_ids = ["4002"]
simulated = true
[trunks.abroad]
endpoint = "PJSIP/{{number}}@trunk"
number_format = "e164"
caller_id = "4002"
simulated = true
allowed_prefixes = ["+86", "+49", "+1"]
"""

NOTICE_POLICY = """\
name = "noticed"
version = 1
effective_from = 2026-01-01
windows = "window.always"
conflict = "coi.tongjiang"
[evidence]
recording_notice = "sound"
[attempts]
change_time = "none"
min_gap_minutes = 0
[title]
zh = "测试"
en = "Test"
"""

POLICY = """\
name = "quick"
version = 1
effective_from = 2026-01-01
windows = "window.always"
evidence = "evidence.phone"
conflict = "coi.tongjiang"
[attempts]
change_time = "none"
min_gap_minutes = 0
ring_seconds_min = 20
dials_min = 3
[title]
zh = "测试"
en = "Test"
"""

MONDAY_10_15 = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
"""In Shanghai; in the first window of the strict policy. The clock is fake: no day makes this date grow old."""

SALES, SERVICE_DESK = "理财一部", "客户服务部"


class Story:
    """clock, switch, archive: fakes. books: real. doings: everything that was written and asked, in order.
    logs: what the service wrote about itself.

    away: operations of the stores that find no database.
    """

    def __init__(self, settings: Settings, books: Books, logs: Sequence[MutableMapping[str, Any]] = ()) -> None:
        self.settings = settings
        self.logs = logs
        self.books = books
        self.doings: list[str] = []
        self.away: set[str] = set()
        self.clock = FakeClock(MONDAY_10_15)
        self.switch = FakeSwitch(self.clock, self.doings)
        self.archive = FakeArchive(self.doings)
        self.updates: list[Update] = []
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.service = self._joined()

    def _joined(self) -> Service:
        stores = (field.name for field in fields(self.books) if field.name != "database")
        watched = replace(self.books, **{name: self._watched(getattr(self.books, name)) for name in stores})
        return join(self.settings, watched, self.switch, self.switch, self.archive, self.clock)

    def _watched(self, store: object) -> Any:
        return Watched(store, self.clock, self.doings, self.away)

    # --- before it begins ---------------------------------------------------------------------------------------

    async def prepare(self) -> None:
        """Two agents of the service desk, a quick plan and a strict one, and no callback."""
        await self.books.policies.add(load_policy(POLICY))
        for number in (1001, 1002):
            await self.add_agent(number)
        for plan_id, policy in (("quick", "quick"), ("strict", "tongjiang")):
            await self.add_plan(plan_id, policy)

    async def add_agent(self, number: int, *, department: str = SERVICE_DESK) -> None:
        await self.books.people.add_agent(
            Agent(f"agent-{number}", str(number), f"坐席{number}", department, f"PJSIP/agent-{number}")
        )

    async def sign_in(self, *numbers: int) -> None:
        """These agents are at their desks."""
        now = self.clock.now()
        for number in numbers:
            account = Account(
                f"acc-{number}", f"agent{number}", "坐席", frozenset({Role.AGENT}), f"agent-{number}", "", now
            )
            await self.books.accounts.add(account, "hash")
            until = now + timedelta(hours=12)
            session = Session(f"s-{number}", f"d-{number}", account.id, SessionKind.BROWSER, "", now, now, until)
            await self.books.accounts.open_session(session)

    async def add_plan(
        self, plan_id: str, policy: str, *, state: PlanState = PlanState.RUNNING, trunk: str = "network"
    ) -> None:
        await self.books.people.add_plan(
            Plan(
                id=plan_id,
                name=plan_id,
                purpose="满意度",
                visit_type=VisitType.ROUTINE_NEW,
                channel=Channel.PHONE,
                policy=policy,
                zone="Asia/Shanghai",
                trunk=trunk,
                state=state,
            )
        )

    async def add_callback(
        self, name: str = "cb-1", *, plan: str = "quick", number: str = "", department: str = SALES, zone: str = ""
    ) -> str:
        """Due by its name's place in the alphabet."""
        place = int(name.rpartition("-")[2])
        customer = Customer(
            f"customer-{name}",
            "王芳",
            "",
            (PhoneNumber(number or f"+86138{place:08}"),),
            zone,
            "zh",
            "周经理",
            department,
        )
        callback = Callback(
            name,
            plan,
            customer.id,
            "",
            VisitType.ROUTINE_NEW,
            CallbackState.WAITING,
            MONDAY_10_15 + timedelta(hours=place),
            5,
            1,
            MONDAY_10_15,
        )
        await self.books.people.add_cases([customer], [callback])
        return name

    # --- the service ----------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Also after `kill` or `stop`: another life on the same books and switch."""
        if self._tasks:
            self.service = self._joined()
        self._stop = asyncio.Event()
        self._tasks = [asyncio.create_task(self.service.run(self._stop)), asyncio.create_task(self._follow())]
        await self.clock.settle()

    async def _follow(self) -> None:
        with self.service.feed.follow() as updates:
            while True:
                self.updates.append(await updates.get())

    def runs(self) -> bool:
        return not self._tasks[0].done()

    def sees_switch(self) -> bool:
        return self.service.calls.sighted

    async def stop(self) -> None:
        """As by SIGTERM."""
        self._stop.set()
        await self._tasks[0]
        self._tasks[1].cancel()

    async def kill(self) -> None:
        """Nothing is finished, nothing is said; what was told since is not heard."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def failed(self) -> BaseException | None:
        """What the service ended with."""
        async with asyncio.timeout(10):
            await asyncio.wait([self._tasks[0]])
        return self._tasks[0].exception()

    # --- what is done ---------------------------------------------------------------------------------------------

    async def dial(
        self, callback: str = "cb-1", agent: int = 1001, overrides: dict[Rule, str] | None = None
    ) -> Attempt | Refusal:
        answer = await self.service.dialing.dial(str(agent), callback, overrides=overrides)
        await self.clock.settle()
        return answer

    async def begin(self, callback: str = "cb-1", agent: int = 1001) -> str:
        """Dial, and nobody refuses: the attempt's id."""
        attempt = await self.dial(callback, agent)
        assert isinstance(attempt, Attempt), attempt
        return attempt.id

    async def reach(self, state: CallState, callback: str = "cb-1", agent: int = 1001) -> str:
        """A call that got so far: the agent's phone rings, the customer's phone rings, they talk."""
        call = await self.begin(callback, agent)
        if state is CallState.AGENT_RINGING:
            return call
        self.switch.agent_answers(call)
        await self.clock.advance(0.5)
        assert self.state(call) is CallState.DIALLING
        self.switch.rings(call)
        await self.clock.advance(3)
        if state is CallState.TALKING:
            self.switch.answers(call)
            await self.clock.advance(10)
        assert self.state(call) is state
        return call

    async def hang_up(self, call: str) -> None:
        """The customer does, and everything is given back."""
        self.switch.hangs_up(call)
        await self.clock.advance(3)

    # --- what then stands where -------------------------------------------------------------------------------------

    def state(self, call: str) -> CallState | None:
        return next((each.state for each in self.service.calls.live if each.attempt_id == call), None)

    @property
    def alarms(self) -> list[str]:
        return [str(update.kind) for update in self.updates if isinstance(update, AlarmRaised)]

    async def callback(self, callback: str = "cb-1") -> Callback:
        return (await self.case(callback)).callback

    async def case(self, callback: str = "cb-1") -> Case:
        case = await self.books.callbacks.case(callback)
        assert case is not None
        return case

    async def record(self, call: str) -> AttemptRecord:
        record = await self.books.attempts.get(call)
        assert record is not None
        return record

    async def log(self, call: str) -> LogRecord:
        log = await self.books.logs.get(call)
        assert log is not None
        return log

    async def recording(self, call: str) -> RecordingRecord:
        recording = await self.books.recordings.get(call)
        assert recording is not None
        return recording

    async def journal(self, call: str) -> list[str]:
        return [entry.event for entry in await self.books.attempts.journal(call)]

    def since(self, mark: str) -> Sequence[str]:
        """What was done after the last time that this was done."""
        place = len(self.doings) - self.doings[::-1].index(mark)
        return self.doings[place:]
