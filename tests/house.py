"""A whole installation below one folder: settings, books, and the service as a process of its own."""

import asyncio
import json
import signal
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from callcenter.app.books import Books, open_books, upgrade_books
from callcenter.domain.people import (
    Agent,
    Callback,
    CallbackState,
    Channel,
    Customer,
    Plan,
    PlanState,
    VisitType,
)
from callcenter.domain.phone import parse_number
from callcenter.domain.policies.policy import load_policy
from callcenter.domain.recording import RecordingState
from callcenter.domain.visits.records import AttemptRecord, LogRecord, RecordingRecord
from callcenter.settings import Settings, load_settings
from faults import service
from forked import Forked, program
from lab.lab import Lab

READY_SECONDS = 60.0

POLICY = """\
name = "{name}"
version = 1
effective_from = 2020-01-01
windows = "window.always"
calendar = "calendar.every_day"
evidence.preset = "evidence.phone"
evidence.pause_seconds = 60
conflict = "coi.open"

[attempts]
ring_seconds_min = {ring_seconds}
dials_min = 3
change_time = "none"
min_gap_minutes = 0

[title]
zh = "测试"
en = "Test"
"""

CONFIG = """\
[database]
url = "{database}"
[ari]
url = "{switch.ari_url}"
user = "{switch.ari_user}"
password = "{switch.ari_password}"
app = "{app}"
heartbeat_seconds = 1
[recordings]
archive = "{archive}"
folder = "{switch.recordings}"
source = "{source}"
format = "{format}"
min_free_mb = {min_free_mb}
[control]
socket = "{folder}/control.sock"
[web]
port = 0
[log]
format = "json"
[trunks.network]
endpoint = "PJSIP/{{number}}@{trunk}"
number_format = "national"
"""


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.out, self.err
        return json.loads(self.out)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """One JSON object a line."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(slots=True)
class House:
    """app: name of the ARI application. phone: the agent's, on the lab. Numbers are told apart by `prefix`.

    database: its address; empty: a SQLite file in the folder.
    more_policy, more_settings: TOML that is put behind the policy, and behind the settings.
    """

    folder: Path
    lab: Lab
    app: str
    phone: str
    prefix: str = "1390000"
    ring_seconds: int = 1
    source: str = "folder"
    format: str = "flac"
    min_free_mb: int = 1
    archive: Path | None = None
    trunk: str = "trunk"
    database: str = ""
    more_policy: str = ""
    more_settings: str = ""
    log: Path = field(init=False)
    settings: Settings = field(init=False)
    process: asyncio.subprocess.Process | Forked | None = None
    _numbers: int = 0

    async def prepare(self) -> None:
        """Settings, tables, a policy, a plan and one agent. One house after another: the migration tool keeps its
        context in a global.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log = self.folder / "service.log"
        values = {
            "folder": self.folder,
            "database": self.database or f"sqlite+aiosqlite:///{self.folder}/callcenter.db",
            "switch": self.lab.switch,
            "app": self.app,
            "source": self.source,
            "format": self.format,
            "min_free_mb": self.min_free_mb,
            "archive": self.archive or self.folder / "archive",
            "trunk": self.trunk,
        }
        self.config.write_text(CONFIG.format(**values) + self.more_settings, "utf-8")
        self.settings = load_settings(self.config, {})
        await upgrade_books(self.settings)
        async with self.books() as books:
            policy = POLICY.format(name="test", ring_seconds=self.ring_seconds) + self.more_policy
            await books.policies.add(load_policy(policy))
            await books.people.add_agent(Agent("agent", "1001", "测试坐席", "客服部", f"PJSIP/{self.phone}"))
        await self.plan("plan")

    async def plan(
        self, plan_id: str, *, policy: str = "test", zone: str = "Asia/Shanghai", trunk: str = "network"
    ) -> None:
        """One more running plan."""
        plan = Plan(
            id=plan_id,
            name="测试计划",
            purpose="测试",
            visit_type=VisitType.SPECIAL,
            channel=Channel.PHONE,
            policy=policy,
            zone=zone,
            trunk=trunk,
            state=PlanState.RUNNING,
        )
        async with self.books() as books:
            await books.people.add_plan(plan)

    async def agents(self, phones: Mapping[str, str]) -> None:
        """More agents: staff number to phone. Before the start: the service looks at the phones it knows then."""
        async with self.books() as books:
            for number, phone in phones.items():
                agent = Agent(f"agent-{number}", number, f"测试坐席{number}", "客服部", f"PJSIP/{phone}")
                await books.people.add_agent(agent)

    @asynccontextmanager
    async def books(self) -> AsyncIterator[Books]:
        async with open_books(self.settings) as books:
            yield books

    async def callback(self, last_digit: int) -> tuple[str, str]:
        """A new callback whose number behaves by this digit: its id, and the number as the network sees it."""
        self._numbers += 1
        number = f"{self.prefix}{self._numbers:03}{last_digit}"
        return await self.callback_to(number), number

    async def callback_to(self, number: str, *, plan: str = "plan", name: str = "", zone: str = "") -> str:
        """A new callback to this number, as it is written in China; its id. zone: of the customer's record."""
        name = name or number
        now = datetime.now(UTC)
        callback_id = f"cb-{name}"
        customer = Customer(
            f"customer-{name}", "王芳", "", (parse_number(number, "CN"),), zone, "zh", "周经理", "理财一部"
        )
        callback = Callback(
            callback_id,
            plan,
            customer.id,
            "测试",
            VisitType.SPECIAL,
            CallbackState.WAITING,
            now + timedelta(days=1),
            0,
            1,
            now,
        )
        async with self.books() as books:
            await books.people.add_cases([customer], [callback])
        return callback_id

    async def start(self) -> None:
        """Start the service, which can be made to die, and wait until it sees the switch."""
        self.process = Forked(service.run, self.config, out=self.log, err=self.log)
        await self.in_sight()

    def dies_at(self, point: str) -> None:
        """The service that runs, or the next, dies at this point: see faults/service.py."""
        self.config.with_name("dies-at").write_text(point, "utf-8")

    async def serve(self) -> None:
        """Start the service as people do, with `callcenter serve`, and wait for nothing."""
        self.process = Forked(program, "--config", str(self.config), "serve", out=self.log, err=self.log)

    async def launch(self, *command: str) -> None:
        """Start this command as the service."""
        with self.log.open("ab") as out:
            self.process = await asyncio.create_subprocess_exec(*command, stdout=out, stderr=out)

    async def in_sight(self) -> None:
        """Until the service sees the switch."""
        assert self.process is not None
        async with asyncio.timeout(READY_SECONDS):
            while not await self._in_sight():
                assert self.process.returncode is None, self.log.read_text("utf-8")[-3000:]
                await asyncio.sleep(0.05)

    @property
    def config(self) -> Path:
        return self.folder / "callcenter.toml"

    async def command(self, *words: str) -> "Said":
        """What `callcenter` says to these words."""
        with tempfile.TemporaryDirectory() as folder:
            out, err = Path(folder, "out"), Path(folder, "err")
            code = await Forked(program, "--config", str(self.config), *words, out=out, err=err).wait()
            return Said(code, out.read_text("utf-8"), err.read_text("utf-8"))

    async def _in_sight(self) -> bool:
        with suppress(aiohttp.ClientConnectionError):
            status = await self.ask("GET", "/status")
            return bool(status["switch_in_sight"])
        return False

    async def stop(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(15):
                await self.process.wait()

    async def kill(self) -> None:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    async def died(self, seconds: float = 20) -> None:
        """Until the service has died of itself."""
        assert self.process is not None
        async with asyncio.timeout(seconds):
            await self.process.wait()
        assert self.process.returncode == -signal.SIGKILL, self.log.read_text("utf-8")[-3000:]

    @asynccontextmanager
    async def control(self) -> AsyncIterator[aiohttp.ClientSession]:
        connector = aiohttp.UnixConnector(path=str(self.settings.control.socket))
        async with aiohttp.ClientSession("http://callcenter", connector=connector) as session:
            yield session

    async def ask(self, method: str, path: str, **values: Any) -> Any:
        async with self.control() as session, session.request(method, path, json=values or None) as response:
            return await response.json()

    async def dial(self, callback_id: str | None, agent: str = "1001") -> AsyncIterator[dict[str, Any]]:
        """The lines that follow a dial, until its end or the service's."""
        wanted = {"agent": agent, "callback": callback_id}
        with suppress(aiohttp.ClientConnectionError, aiohttp.ClientPayloadError):
            async with self.control() as session, session.post("/dial", json=wanted) as response:
                assert response.status == 200, await response.text()
                async for line in response.content:
                    yield json.loads(line)

    async def dialled(self, callback_id: str, agent: str = "1001") -> list[dict[str, Any]]:
        """All lines of one dial."""
        return [line async for line in self.dial(callback_id, agent)]

    async def settled(self, callback_id: str, seconds: float = 30) -> "Settled":
        """The latest attempt of this callback once it is closed and its recording at its end."""
        async with asyncio.timeout(seconds), self.books() as books:
            while True:
                found = await self._settled(books, callback_id)
                if found is not None:
                    return found
                await asyncio.sleep(0.05)

    async def _settled(self, books: Books, callback_id: str) -> "Settled | None":
        records = await books.attempts.latest(1, callback_id)
        case = await books.callbacks.case(callback_id)
        if not records or case is None:
            return None
        attempt_id = records[0].attempt.id
        recording, log = await books.recordings.get(attempt_id), await books.logs.get(attempt_id)
        if records[0].attempt.live or recording is None or log is None:
            return None
        if recording.state not in {RecordingState.VERIFIED, RecordingState.MISSING}:
            return None
        return Settled(records[0], case.callback, recording, log)

    def left_on_switch(self) -> list[str]:
        """Names of channels, bridges and live recordings of this service that are still there."""
        ari = self.lab.switch.ari
        found = [channel["id"] for channel in ari("GET", "channels")] + [each["id"] for each in ari("GET", "bridges")]
        return [name for name in found if name.startswith(f"{self.app}-")]


@dataclass(frozen=True, slots=True)
class Settled:
    """An attempt and all that belongs to it, at its end."""

    record: AttemptRecord
    callback: Callback
    recording: RecordingRecord
    log: LogRecord

    def file(self, house: House) -> Path:
        assert self.recording.kept is not None
        return Path(house.settings.recordings.archive) / self.recording.kept.path
