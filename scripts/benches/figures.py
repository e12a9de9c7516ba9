"""Numbers of a bench: what one block of calls showed, and percentiles over many."""

import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Block:
    """One side's calls at one concurrency. seconds: from the first dial to the last call's end, waits in the middle
    included. dial_ms: for each call, from the agent's answer to the customer's call, as the telephone network saw
    both. pushed_ms: from Asterisk's answer event to the update's arrival at whoever follows. cpu_seconds: by process.
    backlog: recordings not yet archived when the last call ended; drain_seconds: until the last of them was.
    alarms: that the service raised, say for the tail of a recording that a busy Asterisk lost.
    """

    side: str
    concurrency: int
    calls: int
    seconds: float
    dial_ms: Sequence[float]
    pushed_ms: Sequence[float]
    cpu_seconds: dict[str, float]
    backlog: int = 0
    drain_seconds: float = 0.0
    alarms: int = 0


def percentile(values: Iterable[float], percent: float) -> float:
    """The least of the values that so many per cent do not exceed; not a number where there are none."""
    ordered = sorted(values)
    if not ordered:
        return math.nan
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def cpu_seconds(pid: int) -> float:
    """What a process has used so far, all its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
