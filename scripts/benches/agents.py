"""The agents of the bench: each takes the next callback of the service's queue and follows its call. Run as a process
of its own, that reads its order from standard input and tells its figures on standard output, both JSON.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aiohttp
import msgspec

CALL_SECONDS = 60.0
AT_ITS_END = {"verified", "missing"}


class BenchFailedError(Exception):
    """A call did not go as every call of the bench goes."""


@dataclass(slots=True)
class Followed:
    """One call, as its agent's page was told of it. pushed_ms: from Asterisk's answer event to its arrival here."""

    agent: str
    number: str = ""
    pushed_ms: float | None = None
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    recording: str = ""
    alarms: list[str] = field(default_factory=list)

    def take(self, line: dict[str, Any], now: float) -> None:
        match line["kind"]:
            case "handed_out":
                self.number = line["callback"]
            case "call" if line["event"] == "Answered":
                self.pushed_ms = (now - datetime.fromisoformat(line["at"]).timestamp()) * 1000
            case "closed":
                self.closed.set()
            case "recording":
                self.recording = line["state"]
            case "alarm":
                self.alarms.append(line["alarm"])
            case "refused" | "nothing":
                raise BenchFailedError(f"agent {self.agent}: {line}")
            case _:
                pass


class Door:
    """How an agent's page dials and is told what becomes of it: the control channel."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def dial_next(self, agent: str) -> AsyncIterator[dict[str, Any]]:
        """What the service pushes, from the callback that was handed out to the end of its recording."""
        async with self._session.post("/dial", json={"agent": agent}) as answer:
            if not answer.ok:
                raise BenchFailedError(f"agent {agent}: {answer.status} {await answer.text()}")
            async for line in answer.content:
                yield msgspec.json.decode(line)


async def follow(door: Door, call: Followed) -> None:
    async with asyncio.timeout(CALL_SECONDS):
        async for line in door.dial_next(call.agent):
            call.take(line, time.time())
    if call.recording != "verified" or call.pushed_ms is None:
        raise BenchFailedError(
            f"agent {call.agent}: recording {call.recording}, answer pushed {call.pushed_ms}, {call.alarms}"
        )


async def dial_all(door: Door, agents: list[str], count: int, spread: float) -> dict[str, Any]:
    """Every agent dials again as soon as the call before is closed; recordings may follow later. spread: seconds over
    which they begin, one after another.
    """
    calls: list[Followed] = []

    async def work(place: int, agent: str, tasks: asyncio.TaskGroup) -> None:
        await asyncio.sleep(spread * place / len(agents))
        while len(calls) < count:
            call = Followed(agent)
            calls.append(call)
            tasks.create_task(follow(door, call))
            await call.closed.wait()

    began = time.monotonic()
    async with asyncio.TaskGroup() as following:
        async with asyncio.TaskGroup() as working:
            for place, agent in enumerate(agents):
                working.create_task(work(place, agent, following))
        ended = time.monotonic()
        backlog = sum(call.recording not in AT_ITS_END for call in calls)
    return {
        "seconds": ended - began,
        "drain_seconds": time.monotonic() - ended,
        "backlog": backlog,
        "called": {call.number: call.agent for call in calls},
        "pushed_ms": [call.pushed_ms for call in calls],
        "alarms": sum(len(call.alarms) for call in calls),
    }


async def run(order: dict[str, Any]) -> dict[str, Any]:
    connector = aiohttp.UnixConnector(path=order["socket"], limit=0)
    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession("http://callcenter", connector=connector, timeout=timeout) as session:
        door = Door(session)
        await dial_all(door, order["agents"], order["warm_up"], order["spread"])
        cpu = time.process_time()
        told = await dial_all(door, order["agents"], order["calls"], order["spread"])
        return told | {"cpu_seconds": time.process_time() - cpu}


def main() -> None:
    print(json.dumps(asyncio.run(run(json.load(sys.stdin)))))


if __name__ == "__main__":
    main()
