"""Dial, follow, and act when something happens."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from house import House, Settled
from lab.record import SeenCall

DIAL_SECONDS = 60.0

Line = dict[str, Any]
Act = Callable[[House, Line], Awaitable[None]]
"""What is done, with the line at which it is done."""


@dataclass(frozen=True, slots=True)
class Dialled:
    """One dial from its click to its end, and what the network saw of that number."""

    callback: str
    number: str
    lines: list[Line]
    settled: Settled
    seen: list[SeenCall]

    @property
    def alarms(self) -> list[str]:
        """But for a short tail of the recording, which a loaded Asterisk may lose, and which is told of."""
        kept = self.settled.recording.kept
        short = {"recording_tail_lost", "tail_lost"} if kept is not None and kept.lost_tail_ms <= 1000 else set()
        return [line["alarm"] for line in self.lines if line["kind"] == "alarm" and line["alarm"] not in short]

    @property
    def ending(self) -> tuple[str, str]:
        attempt = self.settled.record.attempt
        return str(attempt.outcome), str(attempt.end_reason)


async def hang_up(house: House, line: Line) -> None:
    answer = await house.ask("POST", "/hang-up", attempt=line["attempt"], reason="test")
    assert "rule" not in answer, answer


async def join(house: House, line: Line, phone: str) -> None:
    """Another agent's phone joins."""
    answer = await house.ask("POST", "/join", attempt=line["attempt"], endpoint=f"PJSIP/{phone}")
    assert "rule" not in answer, answer


def after(seconds: float, act: Act = hang_up) -> Act:
    """The same, so many seconds later."""

    async def later(house: House, line: Line) -> None:
        await asyncio.sleep(seconds)
        await act(house, line)

    return later


async def dial(
    house: House, callback: str, number: str, agent: str = "1001", *, at: dict[str, Act] | None = None
) -> Dialled:
    """Dial and follow to the end. at: name of a call's event or of an alarm to what is then done, once."""
    waiting, lines = dict(at or {}), []
    async with asyncio.timeout(DIAL_SECONDS), asyncio.TaskGroup() as tasks:
        async for line in house.dial(callback, agent):
            lines.append(line)
            act = waiting.pop(str(line.get("event") or line.get("alarm")), None)
            if act is not None:
                tasks.create_task(act(house, line))  # type: ignore[arg-type]  # what is awaited are coroutines
    assert lines[0]["kind"] == "attempt", lines[0]
    return Dialled(callback, number, lines, await house.settled(callback), house.lab.network.seen(number))
