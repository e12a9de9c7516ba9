"""The bare script: the same requests to Asterisk as the service's, and nothing else. Run as a process of its own.

It reads its order from standard input and tells its figures on standard output, both JSON. Each call: the agent's
phone, the customer's channel undialled, two snoops, both recorded and both files there, bridge, dial, answer, the
customer's hang-up, everything given back. Each step waits for the same events as the service does.
"""

import asyncio
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp

APP = "bare"
CALL_SECONDS = 30.0
FILE_SECONDS = 0.005
"""Asterisk tells of a recording's start shortly before its file is there; so long until it is looked for again."""


class Switch:
    """Requests out, events in."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url
        self._seen: dict[str, asyncio.Event] = defaultdict(asyncio.Event)

    async def ask(self, method: str, path: str, **body: Any) -> None:
        async with self._session.request(method, f"{self._url}/{path}", json=body or None) as answer:
            await answer.read()
            answer.raise_for_status()

    async def seen(self, *names: str) -> None:
        """Until each of these was told, be it before."""
        for name in names:
            await self._seen[name].wait()

    def forget(self, call: str) -> None:
        for name in [name for name in self._seen if f" {call}-" in name]:
            del self._seen[name]

    async def read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for frame in socket:
            if frame.type is aiohttp.WSMsgType.TEXT:
                for name in names_of(json.loads(frame.data)):
                    self._seen[name].set()


def names_of(event: dict[str, Any]) -> Iterator[str]:
    match event["type"]:
        case "StasisStart" | "ChannelDestroyed" | "StasisEnd":
            yield f"{event['type']} {event['channel']['id']}"
        case "RecordingStarted" | "RecordingFinished":
            yield f"{event['type']} {event['recording']['name']}"
        case "Dial" if event["dialstatus"] == "ANSWER":
            yield f"Answer {event['peer']['id']}"
        case _:
            pass


async def one_call(switch: Switch, call: str, agent: str, number: str, folder: Path) -> None:
    """call: first part of every name on the switch."""
    legs = {part: f"{call}-{part}" for part in ("agent", "customer", "in", "out")}
    await switch.ask("POST", f"channels/{legs['agent']}", endpoint=f"PJSIP/agent-{agent}", app=APP, timeout=30)
    await switch.seen(f"StasisStart {legs['agent']}")
    await switch.ask("POST", "channels/create", endpoint=f"PJSIP/{number}@trunk", app=APP, channelId=legs["customer"])
    await switch.seen(f"StasisStart {legs['customer']}")
    await asyncio.gather(*(listen(switch, legs["customer"], legs[way], way) for way in ("in", "out")))
    for way in ("in", "out"):
        await there(folder / f"{legs[way]}.wav")
    await switch.ask("POST", f"bridges/{call}", type="mixing")
    await switch.ask("POST", f"bridges/{call}/addChannel", channel=[legs["agent"], legs["customer"]])
    await switch.ask("POST", f"channels/{legs['customer']}/dial", timeout=50)
    await switch.seen(f"Answer {legs['customer']}")
    await switch.seen(f"ChannelDestroyed {legs['customer']}")
    await asyncio.gather(
        switch.ask("DELETE", f"channels/{legs['agent']}"),
        switch.ask("DELETE", f"bridges/{call}"),
    )
    await switch.seen(f"ChannelDestroyed {legs['agent']}")
    await switch.seen(*(f"RecordingFinished {legs[way]}" for way in ("in", "out")))
    switch.forget(call)


async def listen(switch: Switch, customer: str, name: str, way: str) -> None:
    await switch.ask("POST", f"channels/{customer}/snoop/{name}", spy=way, app=APP)
    await switch.seen(f"StasisStart {name}")
    await switch.ask("POST", f"channels/{name}/record", name=name, format="wav", ifExists="fail")
    await switch.seen(f"RecordingStarted {name}")


async def there(file: Path) -> None:
    while not file.exists():  # noqa: ASYNC110 (nothing tells of it)
        await asyncio.sleep(FILE_SECONDS)


async def dial_all(switch: Switch, order: dict[str, Any], run: str, numbers: list[str]) -> dict[str, str]:
    """Every agent takes the next number as soon as the call before is over; who called which. They begin one after
    another, as the order says.
    """
    queue = iter(enumerate(numbers))
    called: dict[str, str] = {}

    async def work(place: int, agent: str) -> None:
        await asyncio.sleep(order["spread"] * place / len(order["agents"]))
        for index, number in queue:
            called[number] = agent
            async with asyncio.timeout(CALL_SECONDS):
                await one_call(switch, f"{run}{index}", agent, number, Path(order["folder"]))

    async with asyncio.TaskGroup() as tasks:
        for place, agent in enumerate(order["agents"]):
            tasks.create_task(work(place, agent))
    return called


async def run(order: dict[str, Any]) -> dict[str, Any]:
    auth = aiohttp.BasicAuth(order["user"], order["password"])
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=5)
    async with aiohttp.ClientSession(auth=auth, connector=connector) as session:
        switch = Switch(session, order["url"])
        async with session.ws_connect(f"{order['url']}/events?app={APP}") as socket:
            async with asyncio.TaskGroup() as tasks:
                reader = tasks.create_task(switch.read(socket))
                name = f"{APP}-{time.time_ns():x}-"
                await dial_all(switch, order, f"{name}w", order["warm_up"])
                cpu, began = time.process_time(), time.monotonic()
                called = await dial_all(switch, order, f"{name}c", order["numbers"])
                seconds = time.monotonic() - began
                reader.cancel()
            return {"seconds": seconds, "called": called, "cpu_seconds": time.process_time() - cpu}


def main() -> None:
    print(json.dumps(asyncio.run(run(json.load(sys.stdin)))))


if __name__ == "__main__":
    main()
