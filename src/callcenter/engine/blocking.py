"""How does a file replace a blocklist? Read in a thread, put beside what holds, and changed over to at once."""

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain, islice
from pathlib import Path
from typing import TypeVar

import structlog

from callcenter.domain.audit import Action, Deed
from callcenter.domain.intake.blocklists import (
    LOOKED_AT,
    Broken,
    Load,
    LoadState,
    Owner,
    broken,
    is_heading,
    number_column,
    number_in,
)
from callcenter.domain.intake.cells import text_of
from callcenter.domain.intake.problems import FileProblemError
from callcenter.domain.intake.row import Cell, SourceRow
from callcenter.engine.excluding import Who
from callcenter.engine.import_ports import OpenTable, Table
from callcenter.engine.ports import Clock
from callcenter.engine.restraint_ports import BlocklistStore
from callcenter.engine.stores import AuditStore

log = structlog.get_logger()

BATCH = 5000
"""Numbers a transaction: others that write wait some hundredths of a second for it."""

LOST_AFTER = timedelta(minutes=10)
"""A load that gave no sign of life for so long runs no more."""

_BLOCK = 1 << 20
ResultT = TypeVar("ResultT")


class LoadRunningError(Exception):
    """Another file is just replacing this list."""


@dataclass(frozen=True, slots=True)
class LoadOrder:
    """name: of the list. file_name: as the person knows it. region: ISO 3166, of numbers without a country code."""

    name: str
    owner: Owner
    file: Path
    file_name: str
    region: str
    who: Who
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class BlockingParts:
    """open_table: opens files, in a thread."""

    blocklists: BlocklistStore
    audit: AuditStore
    clock: Clock
    open_table: OpenTable


class Blocking:
    """Replaces lists."""

    def __init__(self, parts: BlockingParts) -> None:
        self._parts = parts

    async def begin(self, order: LoadOrder) -> Load:
        """Write down that it begins. Raises LoadRunningError, OSError."""
        parts, now = self._parts, self._parts.clock.now()
        digest, size = await asyncio.to_thread(_digest, order.file)
        await parts.blocklists.interrupt(now - LOST_AFTER, now)
        load = Load(
            id=f"load-{secrets.token_hex(10)}",
            list=order.name,
            owner=order.owner,
            generation=0,
            file_name=order.file_name,
            sha256=digest,
            size_bytes=size,
            who=order.who.id,
            login=order.who.login,
            started_at=now,
            seen_at=now,
        )
        begun = await parts.blocklists.begin(load)
        if begun is None:
            raise LoadRunningError(order.name)
        return begun

    async def run(self, load: Load, order: LoadOrder, told: Callable[[Load], None] = lambda _: None) -> Load:
        """The load at its end. However it ends, the list holds all of its old numbers, or all of the new ones. told:
        called after each batch. Whoever is cancelled leaves it INTERRUPTED.
        """
        try:
            ended = await self._read(load, order, told)
        except BaseException:
            await asyncio.shield(self._end(load, order, LoadState.INTERRUPTED))
            raise
        await self._clear(load.list)
        return ended

    async def _read(self, load: Load, order: LoadOrder, told: Callable[[Load], None]) -> Load:
        with ThreadPoolExecutor(1, thread_name_prefix="blocklist") as thread:
            reading: _Reading | None = None
            try:
                reading = await _within(thread, lambda: _Reading(self._parts.open_table, order))
                load = await self._take_in(load, thread, reading, told)
            except FileProblemError as error:
                detail = {"problem": error.problem.value, **{name: str(each) for name, each in error.detail.items()}}
                return await self._end(load, order, LoadState.REFUSED, Broken.UNREADABLE, detail)
            finally:
                if reading is not None:
                    await _within(thread, reading.close)
        if (why := broken(load.rows, load.bad)) is not None:
            return await self._end(load, order, LoadState.REFUSED, why)
        return await self._end(load, order, LoadState.DONE)

    async def _take_in(
        self, load: Load, thread: ThreadPoolExecutor, reading: "_Reading", told: Callable[[Load], None]
    ) -> Load:
        while True:
            rows, numbers = await _within(thread, reading.batch)
            if rows == 0:
                return load
            taken = await self._parts.blocklists.put(load, numbers)
            load = replace(
                load,
                rows=load.rows + rows,
                taken=load.taken + taken,
                bad=load.bad + rows - len(numbers),
                size_bytes=reading.size_bytes,
                position=reading.position,
                seen_at=self._parts.clock.now(),
            )
            if not await self._parts.blocklists.note(load):
                raise LoadRunningError(load.list)
            told(load)

    async def _end(
        self,
        load: Load,
        order: LoadOrder,
        state: LoadState,
        failure: Broken | None = None,
        detail: dict[str, str] | None = None,
    ) -> Load:
        parts, now = self._parts, self._parts.clock.now()
        ended = replace(
            load,
            state=state,
            seen_at=now,
            ended_at=now,
            failure=failure.value if failure else "",
            failure_detail=detail or {},
        )
        async with parts.audit.together():
            write = parts.blocklists.switch if state is LoadState.DONE else parts.blocklists.note
            if not await write(ended):
                # Somebody took it for dead, and may have begun another one.
                return await parts.blocklists.load(load.id) or ended
            await parts.audit.write(_deed(ended, order.who))
        return ended

    async def _clear(self, name: str) -> None:
        """What no longer holds is taken away; if that fails, the next load of the list does it."""
        try:
            place: str | None = ""
            while place is not None:
                place = await self._parts.blocklists.clear(name, place)
        except OSError as error:
            log.warning("old numbers of a blocklist stay", list=name, why=error.strerror or type(error).__name__)


class _Reading:
    """An open file whose column of numbers is known. For one thread at a time."""

    def __init__(self, open_table: OpenTable, order: LoadOrder) -> None:
        self._table: Table = open_table(order.file, order.sheet)
        self._region = order.region
        try:
            rows = (row for row in self._table.rows() if any(text_of(cell) for cell in row.cells))
            first = list(islice(rows, LOOKED_AT))
        except BaseException:
            self._table.close()
            raise
        self._column = number_column([row.cells for row in first], self._region)
        if first and is_heading(_cell(first[0], self._column)):
            del first[0]
        self._rows: Iterator[SourceRow] = chain(first, rows)

    @property
    def size_bytes(self) -> int:
        return self._table.size_bytes

    @property
    def position(self) -> int:
        return min(self._table.position, self.size_bytes)

    def batch(self) -> tuple[int, list[str]]:
        """How many rows there were, none at the end; and the numbers in them. Raises FileProblemError."""
        rows = list(islice(self._rows, BATCH))
        found = (number_in(_cell(row, self._column), self._region) for row in rows)
        return len(rows), [number for number in found if number is not None]

    def close(self) -> None:
        self._table.close()


def _cell(row: SourceRow, column: int) -> Cell:
    return row.cells[column] if column < len(row.cells) else None


async def _within(thread: ThreadPoolExecutor, work: Callable[[], ResultT]) -> ResultT:
    return await asyncio.get_running_loop().run_in_executor(thread, work)


def _digest(file: Path) -> tuple[str, int]:
    digest = hashlib.sha256()
    with file.open("rb") as raw:
        while block := raw.read(_BLOCK):
            digest.update(block)
        return digest.hexdigest(), raw.tell()


def _deed(load: Load, who: Who) -> Deed:
    detail = {
        "load": load.id,
        "file": load.file_name,
        "sha256": load.sha256,
        "state": load.state.value,
        "rows": str(load.rows),
        "numbers": str(load.taken),
        "bad": str(load.bad),
        "before": str(load.before),
    }
    if load.failure:
        detail["failure"] = load.failure
    return Deed(
        at=load.ended_at or load.seen_at,
        action=Action.BLOCKLIST_REPLACED if load.state is LoadState.DONE else Action.BLOCKLIST_KEPT,
        who=who.id,
        login=who.login,
        on_kind="blocklist",
        on_id=load.list,
        detail=detail,
        address=who.address,
    )
