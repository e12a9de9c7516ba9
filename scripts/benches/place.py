"""The installation that is measured: two Asterisks, a database with a queue, a configuration."""

import asyncio
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Generic, TypeVar

from callcenter.app.books import open_books, upgrade_books
from callcenter.domain.people import Agent, Callback, CallbackState, Channel, Customer, Plan, PlanState, VisitType
from callcenter.domain.phone import parse_number
from callcenter.settings import Settings, load_settings
from lab.lab import Lab
from lab.network import Network
from lab.ports import free_port

NETWORK = Path(__file__).with_name("network.conf")
FIRST_NUMBER = 13_900_000_000
PLAN = "bench"

CONFIG = """\
[database]
url = "sqlite+aiosqlite:///{folder}/callcenter.db"
[ari]
url = "{switch.ari_url}"
user = "{switch.ari_user}"
password = "{switch.ari_password}"
app = "service"
[recordings]
archive = "{folder}/archive"
folder = "{switch.recordings}"
min_free_mb = 1
[calls]
max_concurrent = 500
[control]
socket = "{folder}/control.sock"
[web]
port = {web_port}
[trunks.network]
endpoint = "PJSIP/{{number}}@trunk"
number_format = "national"
simulated = true
"""


class BenchNetwork(Network):
    """Customers and phones that are quick. talk_seconds: from a customer's answer until he hangs up."""

    talk_seconds = 0.3

    def _render(self) -> None:
        super()._render()
        for name, text in self._more().items():
            file = self.config / name
            file.write_text(file.read_text("utf-8") + text, "utf-8")

    def _more(self) -> Mapping[str, str]:
        """What its files hold besides, by their names."""
        return {"extensions.conf": NETWORK.read_text("utf-8").replace("{talk}", f"{self.talk_seconds}")}


NetworkT = TypeVar("NetworkT", bound=BenchNetwork)


class BenchLab(Lab, Generic[NetworkT]):
    """agents: how many phones, agent-1001 and so on, answer at once. kind: of the telephone network."""

    network: NetworkT

    def __init__(self, folder: Path, kind: type[NetworkT], *, agents: int, talk_seconds: float) -> None:
        super().__init__(folder, talk="tone", agents=agents)
        self.network = kind(
            self.network.files,
            self.network.folder,
            switch_port=self.switch.sip_port,
            phones=self.network.phones,
            talk="tone",
            sip_port=self.network.sip_port,
        )
        self.network.talk_seconds = talk_seconds


class Place:
    """Where everything of one run lies, and what was put into its books."""

    def __init__(self, folder: Path, lab: Lab, *, agents: int, talk_seconds: float) -> None:
        self.talk_seconds = talk_seconds
        self.folder = folder
        self.lab = lab
        self.agents = [str(1001 + each) for each in range(agents)]
        self.config = folder / "callcenter.toml"
        self.web_port = free_port(socket.SOCK_STREAM)
        self._numbers = iter(range(FIRST_NUMBER, FIRST_NUMBER + 100_000_000))

    @property
    def settings(self) -> Settings:
        return load_settings(self.config, {})

    @property
    def log(self) -> Path:
        return self.folder / "service.log"

    def numbers(self, count: int) -> list[str]:
        """Numbers of customers, each of which is called once."""
        return [str(next(self._numbers)) for _ in range(count)]

    def prepare(self) -> None:
        """Settings, tables, a running plan, and the people who call."""
        self.config.touch(mode=0o600)
        self.config.write_text(
            CONFIG.format(folder=self.folder, switch=self.lab.switch, web_port=self.web_port), "utf-8"
        )
        asyncio.run(self._prepare())

    async def _prepare(self) -> None:
        await upgrade_books(self.settings)
        async with open_books(self.settings) as books:
            for number in self.agents:
                agent = Agent(f"agent-{number}", number, f"坐席{number}", "客服部", f"PJSIP/agent-{number}")
                await books.people.add_agent(agent)
            await books.people.add_plan(
                Plan(
                    id=PLAN,
                    name="测速",
                    purpose="测速",
                    visit_type=VisitType.ROUTINE_CONTINUING,
                    channel=Channel.PHONE,
                    policy="always_open",
                    zone="Asia/Shanghai",
                    trunk="network",
                    state=PlanState.RUNNING,
                )
            )

    def queue(self, count: int) -> list[str]:
        """So many callbacks more in the queue; their numbers."""
        numbers = self.numbers(count)
        asyncio.run(self.add(numbers, timedelta(days=1)))
        return numbers

    async def add(self, numbers: Sequence[str], due: timedelta, plan: str = PLAN) -> None:
        """A callback for each of these numbers, due so long from now, one after another."""
        now = datetime.now(UTC)
        customers = [
            Customer(number, "王芳", "晨光物业", (parse_number(number, "CN"),), "", "zh", "周经理", "理财一部")
            for number in numbers
        ]
        callbacks = [
            Callback(
                id=number,
                plan_id=plan,
                customer_id=number,
                purpose="",
                visit_type=VisitType.ROUTINE_CONTINUING,
                state=CallbackState.WAITING,
                due_at=now + due + timedelta(milliseconds=at),
                priority=0,
                round=1,
                created_at=now,
            )
            for at, number in enumerate(numbers)
        ]
        async with open_books(self.settings) as books:
            await books.people.add_cases(customers, callbacks)


@contextmanager
def running_place(folder: Path, *, agents: int, talk_seconds: float) -> Iterator[Place]:
    """Everything but the service, until the end of the block. Raises LabError."""
    folder.mkdir(parents=True, exist_ok=True)
    with BenchLab(folder / "lab", BenchNetwork, agents=agents, talk_seconds=talk_seconds) as lab:
        place = Place(folder, lab, agents=agents, talk_seconds=talk_seconds)
        place.prepare()
        yield place
