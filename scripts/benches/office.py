"""An office at work: agents sign in, take the next callback, dial, talk, fill in the log, close it, and go on.

Afterwards the books are held against what the telephone network itself saw, every recording is read back, and what the
service and Asterisk used at the beginning is set beside what they use at the end.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from benches.dial import CALLCENTER, folder_for, serving
from benches.figures import percentile
from benches.place import Place
from callcenter.app.books import open_books
from callcenter.app.offline import accounts_of
from callcenter.domain.access import Role
from callcenter.domain.outcomes import Outcome
from callcenter.domain.recording import RecordingState
from lab.errors import LabError
from lab.lab import Lab
from lab.progress import Progress
from lab.record import SeenCall

PASSWORD_BYTES = 12
CALL_SECONDS = 120.0
IDLE_SECONDS = 1.0
SAMPLE_SECONDS = 15.0
CUSTOMERS_PER_AGENT_AND_MINUTE = 12
TALK_SECONDS = (2.0, 12.0)
MOST_ATTEMPTS = 100_000
MEGABYTE = 1_000_000


def add_to(names: Any) -> None:
    """Tell the command line of this bench."""
    parser: argparse.ArgumentParser = names.add_parser(
        "office",
        help="agents at work over the REST API for some minutes, and whether the books are right afterwards",
        description=__doc__,
    )
    parser.add_argument("--agents", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--keep", type=Path, help="a new folder that is kept, with the database and the logs")
    parser.set_defaults(run=run)


@dataclass(slots=True)
class Day:
    """What happened. answers_ms: from a click on *Dial* to the answer of the service, with the time of the click."""

    began: float = field(default_factory=time.monotonic)
    calls: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    troubles: list[str] = field(default_factory=list)
    answers_ms: list[tuple[float, float]] = field(default_factory=list)
    samples: list[dict[str, float]] = field(default_factory=list)


class Agent:
    """One of those at work."""

    def __init__(self, url: str, number: str, password: str, day: Day) -> None:
        self.number, self.day = number, day
        self._url, self._password = url, password
        self._chance = random.Random(number)  # noqa: S311 (a simulated person)

    async def work(self, until: float) -> None:
        jar = aiohttp.CookieJar(unsafe=True)  # the site is an address here, not a name
        async with aiohttp.ClientSession(self._url, headers={"Origin": self._url}, cookie_jar=jar) as self.session:
            await self._ask("POST", "/session", {"login": f"agent{self.number}", "password": self._password})
            async with self.session.ws_connect("/api/v1/events", heartbeat=20) as events:
                while time.monotonic() < until:
                    await self._one(events)

    async def _one(self, events: aiohttp.ClientWebSocketResponse) -> None:
        handed_out = (await self._ask("POST", "/callbacks/next", {}))["callback"]
        if handed_out is None:
            await asyncio.sleep(IDLE_SECONDS)
            return
        clicked = time.monotonic()
        dialled = await self._ask("POST", f"/callbacks/{handed_out['id']}/dial", {})
        self.day.answers_ms.append((clicked, (time.monotonic() - clicked) * 1000))
        if "rule" in dialled:
            self.day.refusals[dialled["rule"]] += 1
            return
        attempt = dialled["id"] if "id" in dialled else dialled["attempt"]
        outcome = await self._follow(events, attempt)
        self.day.calls[outcome] += 1
        if outcome == Outcome.ANSWERED:
            await self._write_log(attempt)

    async def _follow(self, events: aiohttp.ClientWebSocketResponse, attempt: str) -> str:
        """Until the call is closed in the books; after a while the agent hangs up."""
        outcome = ""
        hanging_up: asyncio.Task[None] | None = None
        async with asyncio.timeout(CALL_SECONDS):
            async for message in events:
                told = json.loads(message.data)
                if told.get("attempt") != attempt:
                    continue
                if told["kind"] == "alarm":
                    self.day.troubles.append(f"{attempt}: {told}")
                if told["kind"] == "call":
                    outcome = told.get("outcome") or outcome
                    if told["event"] == "Answered":
                        hanging_up = asyncio.create_task(self._hang_up(attempt))
                if told["kind"] == "closed":
                    break
        if hanging_up is not None:
            hanging_up.cancel()
        return outcome

    async def _hang_up(self, attempt: str) -> None:
        await asyncio.sleep(self._chance.uniform(*TALK_SECONDS))
        await self._ask("POST", f"/attempts/{attempt}/hang-up", {"reason": "said all"}, fine={409})

    async def _write_log(self, attempt: str) -> None:
        log = (await self._ask("GET", f"/attempts/{attempt}/log"))["log"]
        words = {
            "content": "问候、核实身份、满意度",
            "problems": "无",
            "handling_result": "无需处理",
            "disposition": "success",
        }
        filled = await self._ask("PATCH", f"/attempts/{attempt}/log", {"version": log["version"], **words})
        version = filled["log"]["version"]
        while True:
            closed = await self._ask("POST", f"/attempts/{attempt}/log/close", {"version": version}, fine={422})
            # The recording is joined and stored a moment after the call; until then the log cannot be closed.
            if "callback_state" in closed:
                return
            await asyncio.sleep(IDLE_SECONDS)

    async def _ask(self, method: str, path: str, body: Any = None, fine: set[int] | None = None) -> Any:
        async with self.session.request(method, f"/api/v1{path}", json=body) as answer:
            told = await answer.json(content_type=None) if answer.content_length != 0 else {}
            if answer.ok or answer.status in (fine or set()):
                return told
            if answer.status == 409 and "rule" in told:  # noqa: PLR2004 (HTTP: a rule refused)
                return told
            raise LabError(f"{method} {path}: {answer.status} {told}")


def run(chosen: argparse.Namespace) -> int:
    """Work, look, and print. Raises LabError where the books are not right."""
    progress = Progress()
    with folder_for(chosen.keep) as folder:
        progress.say("Starting Asterisk, and a second one as the telephone network")
        with Lab(folder / "lab", talk="tone", agents=chosen.agents, ring_seconds=1.0) as lab:
            place = Place(folder, lab, agents=chosen.agents, talk_seconds=0)
            place.prepare()
            place.queue(int(chosen.agents * chosen.minutes * CUSTOMERS_PER_AGENT_AND_MINUTE) + chosen.agents)
            passwords = asyncio.run(add_accounts(place))
            with serving(place) as pid:
                progress.say(f"{chosen.agents} agents work for {chosen.minutes:g} minutes")
                day = asyncio.run(work(place, passwords, pid, chosen.minutes * 60))
                figures = judge(place, day)
    print(json.dumps({"bench": "office", **figures}, ensure_ascii=False))
    return 1 if figures["wrong"] else 0


async def add_accounts(place: Place) -> Mapping[str, str]:
    passwords = {number: os.urandom(PASSWORD_BYTES).hex() for number in place.agents}
    async with open_books(place.settings) as books:
        accounts = accounts_of(place.settings, books)
        for number, password in passwords.items():
            roles = frozenset({Role.AGENT})
            await accounts.add(f"agent{number}", f"坐席{number}", roles, password, agent_key=number)
    return passwords


async def work(place: Place, passwords: Mapping[str, str], pid: int, seconds: float) -> Day:
    day = Day()
    until = day.began + seconds
    url = f"http://127.0.0.1:{place.web_port}"
    sampling = asyncio.create_task(sample(place, pid, day))
    try:
        async with asyncio.TaskGroup() as tasks:
            for number, password in passwords.items():
                tasks.create_task(Agent(url, number, password, day).work(until))
    finally:
        sampling.cancel()
    return day


async def sample(place: Place, pid: int, day: Day) -> None:
    """What the service and Asterisk use, every now and then."""
    while True:
        day.samples.append(
            {
                "at": time.monotonic() - day.began,
                "service_mb": resident(pid),
                "service_files": entries(f"/proc/{pid}/fd"),
                "service_threads": entries(f"/proc/{pid}/task"),
                "asterisk_mb": resident(place.lab.switch.pid),
                "asterisk_files": entries(f"/proc/{place.lab.switch.pid}/fd"),
            }
        )
        await asyncio.sleep(SAMPLE_SECONDS)


def entries(folder: str) -> int:
    return sum(1 for _ in Path(folder).iterdir())


def resident(pid: int) -> float:
    """Megabytes of memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MEGABYTE


def judge(place: Place, day: Day) -> dict[str, Any]:
    """Hold the books against the network's record; the figures, with whatever is wrong."""
    wrong = [*day.troubles]
    attempts = asyncio.run(in_the_books(place))
    customers = [call for call in place.lab.network.seen() if not call.to_phone]
    wrong += compare(attempts, customers)
    recorded = command(place, "recordings", "verify", "--json")
    wrong += [f"recording: {finding}" for finding in recorded["findings"]]
    left = left_on_switch(place)
    if left:
        wrong.append(f"left on Asterisk: {left}")
    audit = subprocess.run([*_callcenter(place), "audit", "verify"], capture_output=True, text=True, check=False)
    if audit.returncode:
        wrong.append(audit.stderr)
    half = len(day.answers_ms) // 2
    return {
        "calls": sum(day.calls.values()),
        "outcomes": dict(day.calls),
        "refusals": dict(day.refusals),
        "dialled": sum(each.dialled for each in attempts),
        "seen_by_network": len(customers),
        "recordings_checked": recorded["checked"],
        "dial_answered_p99_ms": _p99(day.answers_ms),
        "dial_answered_p50_first_half_ms": _p50(day.answers_ms[:half]),
        "dial_answered_p50_second_half_ms": _p50(day.answers_ms[half:]),
        "at_first": day.samples[min(2, len(day.samples) - 1)],
        "at_last": day.samples[-1],
        "service_mb": [round(sample["service_mb"], 1) for sample in day.samples[:: max(1, len(day.samples) // 8)]],
        "wrong": wrong,
    }


@dataclass(frozen=True, slots=True)
class Booked:
    """One attempt, as the books have it. number: the callback's id, which is the customer's number here."""

    attempt: str
    number: str
    dialled: bool
    answered: bool
    recording: RecordingState | None


async def in_the_books(place: Place) -> list[Booked]:
    async with open_books(place.settings) as books:
        found = []
        for record in await books.attempts.latest(MOST_ATTEMPTS):
            attempt, recording = record.attempt, await books.recordings.get(record.attempt.id)
            answered = attempt.outcome is Outcome.ANSWERED
            state = recording.state if recording else None
            found.append(Booked(attempt.id, attempt.callback_id, record.call.dialled_at is not None, answered, state))
        return found


def compare(attempts: list[Booked], customers: list[SeenCall]) -> list[str]:
    """Every dial in the books was seen by the network once, every call that the network saw is in the books, and what
    was answered there was answered here.
    """
    wrong = []
    books = Counter(each.number for each in attempts if each.dialled)
    network = Counter(call.number for call in customers)
    if books != network:
        wrong.append(f"in the books and not in the network: {books - network}; the other way: {network - books}")
    answered_there = Counter(call.number for call in customers if call.answered_at)
    answered_here = Counter(each.number for each in attempts if each.answered)
    if answered_here != answered_there:
        wrong.append(
            f"answered in the books: {answered_here - answered_there}; there: {answered_there - answered_here}"
        )
    wrong += [
        f"answered without a verified recording: {each.attempt}"
        for each in attempts
        if each.answered and each.recording is not RecordingState.VERIFIED
    ]
    return wrong


def left_on_switch(place: Place) -> list[str]:
    switch = place.lab.switch
    kinds = ("channels", "bridges", "recordings/stored")
    return [f"{kind} {each.get('id') or each.get('name')}" for kind in kinds for each in switch.ari("GET", kind)]


def command(place: Place, *words: str) -> Any:
    done = subprocess.run([*_callcenter(place), *words], capture_output=True, text=True, check=False)
    if not done.stdout:
        raise LabError(f"callcenter {' '.join(words)}: {done.stderr}")
    return json.loads(done.stdout)


def _callcenter(place: Place) -> tuple[str, ...]:
    return str(CALLCENTER), "--config", str(place.config)


def _p99(timed: list[tuple[float, float]]) -> float:
    return round(percentile([ms for _, ms in timed], 99), 1) if timed else 0.0


def _p50(timed: list[tuple[float, float]]) -> float:
    return round(statistics.median([ms for _, ms in timed]), 1) if timed else 0.0
