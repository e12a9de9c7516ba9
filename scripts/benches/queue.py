"""Does the hand-out grow with the queue? Queues of several lengths, measured in turn, beside the bare statement."""

import argparse
import asyncio
import json
import os
import random
import sqlite3
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benches import crowd
from benches.crowd import NOW
from benches.dial import folder_for
from benches.figures import percentile
from benches.office import resident
from callcenter.domain.calls.trunk import Trunk
from callcenter.domain.people import Case
from callcenter.domain.phone import DialRules, NumberFormat
from callcenter.domain.queue.handing_out import PassedOver
from callcenter.domain.refusal import Refusal
from callcenter.engine.asking import Asking, DialParts, DialTerms, LiveCalls
from callcenter.engine.clock import WallClock
from callcenter.engine.dialing import Dialing
from callcenter.engine.health import Health
from callcenter.engine.hours import OpenHours
from callcenter.engine.importing import Importing, ImportOrder
from callcenter.engine.ports import Archive
from callcenter.engine.replanning import Replanning, ReplanParts
from callcenter.sheets.opening import open_table
from callcenter.storage.attempts import SqlAttempts
from callcenter.storage.callbacks import SqlCallbacks
from callcenter.storage.database import Database
from callcenter.storage.handing_out import line_statement, statement_values
from callcenter.storage.imports import SqlImports
from callcenter.storage.people import SqlPeople
from callcenter.storage.policies import SqlPolicies
from callcenter.storage.replans import SqlReplans
from callcenter.storage.restraints import SqlRestraints
from callcenter.storage.taken_out import SqlTakenOut
from lab.errors import LabError
from lab.progress import Progress

LENGTHS = (10_000, 100_000, 1_000_000)
ROUNDS, HAND_OUTS, EXPLAINED, IMPORTED = 6, 100, 60, 10_000
PACE = timedelta(seconds=1)
LEASE = timedelta(hours=8)
MOST_GROWTH = 1.5
THINKING_SECONDS = 0.05
HEADINGS = "客户姓名,电话,目的,客户编号,单位,截止日期\n"


def add_to(names: Any) -> None:
    """Tell the command line of this bench."""
    parser: argparse.ArgumentParser = names.add_parser(
        "queue",
        help="hand-out, explain, replan and import with up to a million callbacks waiting",
        description=__doc__,
        epilog="The last line of the output is one JSON object. Only ratios of one run count: `ratio` is how much of "
        "the bare statement's speed is left, `growth` the p99 of the longest queue over that of the shortest.",
    )
    parser.add_argument("--lengths", type=_lengths, default=LENGTHS, help="default: 10000,100000,1000000")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"of {HAND_OUTS} hand-outs each (default {ROUNDS})")
    parser.add_argument("--keep", type=Path, help="a new folder that is kept, with the databases")
    parser.set_defaults(run=run)


def _lengths(text: str) -> tuple[int, ...]:
    lengths = tuple(int(each) for each in text.split(","))
    if min(lengths) < 1000:  # noqa: PLR2004 (fewer would be handed out to the last)
        raise argparse.ArgumentTypeError("at least 1000")
    return lengths


def run(chosen: argparse.Namespace) -> int:
    progress = Progress()
    with folder_for(chosen.keep) as folder:
        levels = asyncio.run(measure(folder, chosen.lengths, chosen.rounds, progress))
    print(table(levels))
    print(json.dumps(summary(levels)))
    return 0


@dataclass(slots=True)
class Level:
    """One queue. All times in milliseconds, one a hand-out. meanwhile: while callbacks are reckoned anew."""

    length: int
    handed_out: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    explained: list[float] = field(default_factory=list)
    import_rows_per_s: float = 0.0
    replanned: int = 0
    replan_rows_per_s: float = 0.0
    meanwhile: list[float] = field(default_factory=list)
    memory_mb: float = 0.0


class BenchClock(WallClock):
    """Goes on by a second with every hand-out, so that some wake, and stays within one window."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at


class _NoCalls:
    sighted = True
    live = ()

    def begin(self, call: object) -> None:
        raise NotImplementedError(f"nothing is dialled here: {call}")


class _Room:
    """As much of an archive as the gate asks for."""

    def free_bytes(self) -> int:
        return 10**12


class Desk:
    """The engine on one database, without a switch."""

    def __init__(self, database: Database, clock: BenchClock) -> None:
        self.database, self.clock = database, clock
        self.callbacks = SqlCallbacks(database)
        trunk = Trunk(crowd.TRUNK, "PJSIP/{number}@trunk", NumberFormat.E164, (), DialRules(crowd.TRUNK_PREFIXES), ())
        calls: Any = _NoCalls()
        room: Any = _Room()
        self.parts = parts = self._parts(calls, room, trunk)
        self.asking = Asking(parts)
        self.dialing = Dialing(parts, self.asking)

    def _parts(self, calls: LiveCalls, room: Archive, trunk: Trunk) -> DialParts:
        return DialParts(
            callbacks=self.callbacks,
            attempts=SqlAttempts(self.database),
            people=SqlPeople(self.database),
            policies=SqlPolicies(self.database),
            archive=room,
            clock=self.clock,
            health=Health(),
            calls=calls,
            terms=DialTerms("bench", {trunk.name: trunk}, LEASE, 5, 50, 10**9, 10**9),
            restraints=SqlRestraints(self.database),
            taken_out=SqlTakenOut(self.database),
        )

    async def hand_out(self, number: int) -> float:
        """To one agent, as his click would; milliseconds. Raises LabError where nothing is found."""
        began = time.perf_counter()
        case = await self.dialing.next_for(str(1000 + number % crowd.AGENTS))
        took = _ms(began)
        if not isinstance(case, Case):
            raise LabError(f"nothing was handed out: {case}")
        self.clock.at += PACE
        return took

    async def explain(self, callback_id: str) -> float:
        began = time.perf_counter()
        explained = await self.asking.explain(callback_id, "1000")
        if isinstance(explained, Refusal):
            raise LabError(f"not explained: {explained}")
        return _ms(began)


async def measure(folder: Path, lengths: Sequence[int], rounds: int, progress: Progress) -> list[Level]:
    """In turn, so that whatever else the machine does meets all of them."""
    levels, desks = [], []
    for length in lengths:
        file = folder / f"{length}.db"
        with progress.step(f"Making a queue of {length:,}"):
            await crowd.fill(file, length)
        levels.append(Level(length))
        desks.append(Desk(await Database.open(f"sqlite:///{file}"), BenchClock()))
    try:
        for desk in desks:
            # What is asked and read for the first time is not what is measured.
            for number in range(HAND_OUTS):
                await desk.hand_out(number)
        for turn in range(1, rounds + 1):
            for level, desk in zip(levels, desks, strict=True):
                level.handed_out += [await desk.hand_out(number) for number in range(HAND_OUTS)]
                level.bare += await bare(desk, HAND_OUTS)
                chance = random.Random(turn)  # noqa: S311 (a sample)
                some = [f"callback-{chance.randrange(level.length):07}" for _ in range(EXPLAINED)]
                level.explained += [await desk.explain(each) for each in some]
                level.memory_mb = resident(os.getpid())
            told = ", ".join(f"{level.length:,}: {percentile(level.handed_out, 99):.1f} ms" for level in levels)
            progress.say(f"Round {turn}, hand-out p99 {told}")
        for level, desk in zip(levels, desks, strict=True):
            with progress.step(f"A new version of a policy, with {level.length:,} waiting"):
                await replan(desk, level)
            with progress.step(f"Importing {IMPORTED:,} rows into {level.length:,}"):
                level.import_rows_per_s = await import_some(desk, folder)
    finally:
        for desk in desks:
            await desk.database.close()
    return levels


async def bare(desk: Desk, count: int) -> list[float]:
    """The same statement, the same lines closed, by SQLite's driver alone; committed to the disk each time."""
    hours = OpenHours(desk.callbacks, desk.parts.policies, 5)
    for each in await desk.callbacks.hours():
        await hours.refused(each, desk.clock.at)
    over = PassedOver(closed=await hours.closed(desk.clock.at))
    sql, values = _driver_statement(desk, over)
    found: list[float] = []
    with closing(sqlite3.connect(desk.database.path or "", isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA cache_size = -32000")
        for number in range(count + 1):
            began = time.perf_counter()
            connection.execute("BEGIN IMMEDIATE")
            rows = connection.execute(sql, values).fetchall()
            connection.execute("COMMIT")
            # The first one reads what the others find read.
            found += [_ms(began)] if number else []
            if not rows:
                raise LabError("the bare statement found nothing")
    return found


def _driver_statement(desk: Desk, over: PassedOver) -> tuple[str, list[Any]]:
    compiled: Any = line_statement("sqlite", picky=False).compile(dialect=desk.database.engine.dialect)
    until = f"{desk.clock.at + LEASE:%Y-%m-%d %H:%M:%S.%f}"
    values: Mapping[str, Any] = {"agent": "agent-1000", "until": until, **statement_values(over)}
    given = compiled.construct_params(values)
    return str(compiled), [getattr(given[name], "value", given[name]) for name in compiled.positiontup]


async def replan(desk: Desk, level: Level) -> None:
    """Another version of one of the policies comes into force; agents go on asking."""
    await desk.parts.policies.add(crowd.policy("offices", 2, windows=crowd.WINDOWS["daytime"]))
    work = Replanning(ReplanParts(desk.parts.people, desk.parts.policies, SqlReplans(desk.database), desk.clock))
    began = time.perf_counter()
    running = asyncio.create_task(work.run())
    number = 0
    while not running.done():
        level.meanwhile.append(await desk.hand_out(number))
        number += 1
        await asyncio.sleep(THINKING_SECONDS)
    done = await running
    level.replanned, level.replan_rows_per_s = done.done, done.done / (time.perf_counter() - began)


async def import_some(desk: Desk, folder: Path) -> float:
    """Rows a second of a list that is read, checked and taken in by the import itself."""
    rows = (f"客户{index},+86139{index:08},核对,N{index},单位,2026-12-30\n" for index in range(IMPORTED))
    file = folder / "list.csv"
    file.write_text(HEADINGS + "".join(rows), "utf-8")
    order = ImportOrder(plan=crowd.plan(0), file=file, file_name=file.name, by="bench", region="CN")
    began = time.perf_counter()
    done = await Importing(SqlImports(desk.database), open_table, desk.clock).run(order)
    took = time.perf_counter() - began
    if done.counts.new != IMPORTED:
        raise LabError(f"imported {done.counts.new} of {IMPORTED}")
    return IMPORTED / took


def table(levels: Sequence[Level]) -> str:
    head = (
        "waiting",
        "p50 ms",
        "p99 ms",
        "bare p50",
        "bare p99",
        "explain p99",
        "import/s",
        "replan/s",
        "meanwhile",
        "MB",
    )
    lines = [" ".join(f"{each:>11}" for each in head)]
    for level in levels:
        figures = (
            f"{level.length:,}",
            *_both(level.handed_out),
            *_both(level.bare),
            f"{percentile(level.explained, 99):.2f}",
            f"{level.import_rows_per_s:,.0f}",
            f"{level.replan_rows_per_s:,.0f}",
            f"{percentile(level.meanwhile, 99):.2f}",
            f"{level.memory_mb:.0f}",
        )
        lines.append(" ".join(f"{each:>11}" for each in figures))
    return "\n".join(lines)


def summary(levels: Sequence[Level]) -> dict[str, Any]:
    """ratio: of the bare statement's speed, with the longest queue, at the median."""
    first, last = levels[0], levels[-1]
    growth = percentile(last.handed_out, 99) / percentile(first.handed_out, 99)
    return {
        "bench": "queue",
        "waiting": last.length,
        "ratio": round(percentile(last.bare, 50) / percentile(last.handed_out, 50), 3),
        "handout_p50_ms": round(percentile(last.handed_out, 50), 2),
        "handout_p99_ms": round(percentile(last.handed_out, 99), 2),
        "growth": round(growth, 3),
        "growth_p50": round(percentile(last.handed_out, 50) / percentile(first.handed_out, 50), 3),
        "growth_most": MOST_GROWTH,
        "explain_p99_ms": round(percentile(last.explained, 99), 2),
        "import_rows_per_s": round(last.import_rows_per_s),
        "replanned": last.replanned,
        "replan_rows_per_s": round(last.replan_rows_per_s),
        "handout_while_replanning_p99_ms": round(percentile(last.meanwhile, 99), 2),
        "memory_mb": round(last.memory_mb),
        "levels": [
            {
                "waiting": level.length,
                "handout_p99_ms": round(percentile(level.handed_out, 99), 2),
                "bare_p99_ms": round(percentile(level.bare, 99), 2),
            }
            for level in levels
        ],
    }


def _both(values: Sequence[float]) -> tuple[str, str]:
    return f"{percentile(values, 50):.2f}", f"{percentile(values, 99):.2f}"


def _ms(began: float) -> float:
    return (time.perf_counter() - began) * 1000
