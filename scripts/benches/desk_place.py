"""Where the desk is measured: agents' phones, customers who write down what they hear, and a queue for all of them."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from benches.place import PLAN, BenchLab, BenchNetwork, Place
from callcenter.app.books import open_books
from callcenter.domain.people import PhoneChoice
from lab.errors import LabError

NETWORK = Path(__file__).with_name("desk.conf")
MODULES = "load = app_waitforsilence.so\n"
FIRST_MEASURED = 13_700_000_000
LATER = timedelta(days=30)
"""So much after all others the measured agent's callbacks are due: nobody else walks past them."""
MEASURED = "measured"
"""The measured agent's plan, for nobody else."""


class DeskNetwork(BenchNetwork):
    """talk_seconds: of the customers who are not measured."""

    talk_seconds = 25.0

    @property
    def marks_file(self) -> Path:
        return self.folder / "marks.log"

    def marks(self, number: str) -> Mapping[str, float]:
        """When this customer did what, in seconds since 1970: `answers`, `NOISE` at what he heard first, `hangs-up`."""
        lines = self.marks_file.read_text("utf-8").splitlines() if self.marks_file.exists() else []
        parted = (line.split() for line in lines)
        return {words[1]: float(words[0]) for words in parted if words[-1] == number}

    def _more(self) -> Mapping[str, str]:
        plan = NETWORK.read_text("utf-8").replace("{talk}", f"{self.talk_seconds}")
        return {"extensions.conf": plan.replace("{marks}", str(self.marks_file)), "modules.conf": MODULES}


class DeskPlace(Place):
    """The last of the agents has his phone in a browser, and a plan of his own."""

    lab: BenchLab[DeskNetwork]

    @property
    def measured(self) -> str:
        return self.agents[-1]

    @property
    def others(self) -> Sequence[str]:
        return self.agents[:-1]

    def prepare(self) -> None:
        super().prepare()
        asyncio.run(self._two_plans())

    async def _two_plans(self) -> None:
        async with open_books(self.settings) as books:
            agent = await books.people.agent(self.measured)
            plan = next((each for each in await books.people.plans() if each.id == PLAN), None)
            if agent is None or plan is None:
                raise LabError("The place was not prepared.")
            await books.people.add_agent(replace(agent, phone=PhoneChoice.BROWSER))
            others = tuple(f"agent-{number}" for number in self.others)
            await books.people.add_plan(replace(plan, agent_ids=others))
            await books.people.add_plan(replace(plan, id=MEASURED, agent_ids=(agent.id,)))

    def queue_measured(self, count: int) -> None:
        """So many callbacks for the measured agent."""
        numbers = [str(FIRST_MEASURED + each) for each in range(count)]
        asyncio.run(self.add(numbers, LATER, MEASURED))


@contextmanager
def running_desk(folder: Path, *, agents: int, talk_seconds: float) -> Iterator[DeskPlace]:
    """Everything but the service, until the end of the block. Raises LabError."""
    folder.mkdir(parents=True, exist_ok=True)
    with BenchLab(folder / "lab", DeskNetwork, agents=agents, talk_seconds=talk_seconds) as lab:
        place = DeskPlace(folder, lab, agents=agents, talk_seconds=talk_seconds)
        place.prepare()
        yield place
