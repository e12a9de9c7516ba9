"""How does a file become callbacks? Batch by batch, each in a short transaction, so that dialling goes on beside it.

A row whose callback is known already adds and changes nothing, whatever else it says: a number or an appointment that
somebody corrected since must not be undone by an old list. What it says otherwise is told as a remark.
"""

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Self, TypeVar

from callcenter.domain.intake.ids import CaseIds
from callcenter.domain.intake.problems import FileProblem, FileProblemError, Problem, RowProblem
from callcenter.domain.intake.row import (
    Field,
    Import,
    ImportCounts,
    ImportProblem,
    ImportState,
    IntakeTerms,
    Layout,
    Rejected,
    TakenIn,
    Understood,
)
from callcenter.domain.intake.rows import differences
from callcenter.domain.people import Customer, Plan, PlanState
from callcenter.domain.phone import DialRules
from callcenter.domain.policies.policy import Policy
from callcenter.domain.times.windows import in_zone
from callcenter.engine.governing import policy_of
from callcenter.engine.import_ports import ImportStore, OpenTable
from callcenter.engine.import_reading import Batch, Reading, ReadRow, open_reading
from callcenter.engine.ports import Clock
from callcenter.engine.stores import PolicyStore

BATCH = 200
"""Rows a transaction: so few that neither the loop nor whoever wants to write waits for long."""

DUE_IN = timedelta(days=5)
"""Due day of rows without one, from today."""

LOST_AFTER = timedelta(minutes=10)
"""An import that gave no sign of life for so long runs no more."""

PREVIEWED = 10
ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What is to be imported. file_name: as the person knows it. by: who. region: ISO 3166, of numbers without +.
    mapping: heading to field, where the headings do not tell. due: day of rows without one; in five days if None.
    id: of the import; a new one if empty.
    """

    plan: Plan
    file: Path
    file_name: str
    by: str
    region: str
    mapping: Mapping[str, Field] | None = None
    sheet: str = ""
    due: date | None = None
    language: str = "zh"
    dial_rules: DialRules | None = None
    id: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """position, total: bytes."""

    import_id: str
    counts: ImportCounts
    position: int
    total: int


@dataclass(frozen=True, slots=True)
class Preview:
    """The file as it would be understood; nothing is written. failure: why not all of these rows could be read."""

    layout: Layout
    sheet: str
    rows: tuple[ReadRow, ...]
    failure: FileProblemError | None


class Importing:
    """Runs imports. open_table: opens files, in a thread. policies: from which due dates follow (C6-25)."""

    def __init__(
        self, store: ImportStore, open_table: OpenTable, clock: Clock, policies: PolicyStore | None = None
    ) -> None:
        self._store = store
        self._open = open_table
        self._clock = clock
        self._policies = policies

    async def preview(self, order: ImportOrder, rows: int = PREVIEWED) -> Preview:
        """The first rows as they are understood. Raises FileProblemError, OSError."""
        async with _Thread() as thread:
            reading = await self._reading(thread, order)
            batch = await thread.run(lambda: reading.batch(rows))
            return Preview(reading.layout, reading.sheet, batch.rows, batch.failure)

    async def read(self, order: ImportOrder) -> Import:
        """The record as this import would begin; nothing is written. Raises FileProblemError, OSError."""
        async with _Thread() as thread:
            return _record(order, await self._reading(thread, order), self._clock.now())

    async def run(
        self,
        order: ImportOrder,
        told: Callable[[Progress], None] = lambda _: None,
        stop: asyncio.Event | None = None,
        begun: Import | None = None,
    ) -> Import:
        """Import the file; the record as it ended. told: called after each batch. stop: ends it after the batch that is
        under way; what was imported stays, and importing the file again goes on from there. begun: its record,
        where that is written already.

        Raises FileProblemError where there is nothing to begin with (no table, no headings, a finished plan), OSError.
        """
        async with _Thread() as thread:
            reading = await self._reading(thread, order)
            now = self._clock.now()
            await self._store.interrupt(now - LOST_AFTER)
            record = begun or _record(order, reading, now)
            if begun is None:
                await self._store.begin(record)
            run = _Run(self._store, self._clock, record)
            try:
                await run.learn_numbers(order.plan.id)
                while stop is None or not stop.is_set():
                    batch = await thread.run(lambda: reading.batch(BATCH))
                    await run.take(batch)
                    told(Progress(record.id, run.record.counts, batch.position, reading.total))
                    if batch.last:
                        return await run.end(ImportState.FAILED if batch.failure else ImportState.DONE, batch.failure)
                return await run.end(ImportState.CANCELLED)
            except asyncio.CancelledError:
                await run.end(ImportState.CANCELLED)
                raise

    async def _reading(self, thread: "_Thread", order: ImportOrder) -> Reading:
        if order.plan.state is PlanState.FINISHED:
            raise FileProblemError(FileProblem.PLAN_FINISHED, plan=order.plan.id)
        now = self._clock.now()
        due = order.due or in_zone(order.plan.zone, now).date() + DUE_IN
        terms = IntakeTerms(
            ids=CaseIds(await self._store.id_key()),
            plan=order.plan,
            region=order.region,
            now=now,
            due=due,
            language=order.language,
            dial_rules=order.dial_rules,
            policy=await self._policy(order.plan, now),
        )

        def opened() -> Reading:
            reading = open_reading(self._open, order.file, order.sheet, terms, order.mapping)
            thread.at_end(reading.close)
            return reading

        return await thread.run(opened)

    async def _policy(self, plan: Plan, now: datetime) -> Policy | None:
        return None if self._policies is None else await policy_of(self._policies, plan, now)


class _Run:
    """One import under way."""

    def __init__(self, store: ImportStore, clock: Clock, record: Import) -> None:
        self._store = store
        self._clock = clock
        self.record = record
        # Hashes of ids and numbers, not the texts: there may be a million.
        self._lines: dict[int, int] = {}
        self._owners: dict[int, int] = {}

    async def learn_numbers(self, plan_id: str) -> None:
        """Whose numbers stand in the plan already."""
        async for some in self._store.numbers(plan_id):
            for callback_id, numbers in some:
                for number in numbers:
                    self._owners.setdefault(hash(number), hash(callback_id))

    async def take(self, batch: Batch) -> None:
        first: dict[str, Understood] = {}
        for row in batch.rows:
            if isinstance(row.said, Understood) and hash(row.said.callback.id) not in self._lines:
                self._lines[hash(row.said.callback.id)] = row.said.line
                first[row.said.callback.id] = row.said
        # In one order whoever imports, so that two imports at once never wait for each other in a ring.
        customers: dict[str, Customer] = {}
        for said in first.values():
            customers.setdefault(said.customer.id, said.customer)
        taken = await self._store.take_in(
            [customers[key] for key in sorted(customers)], [first[key].callback for key in sorted(first)]
        )
        customers.update(taken.customers)
        problems: list[ImportProblem] = []
        for row in batch.rows:
            found = self._problems_of(row, taken, customers)
            problems += [ImportProblem(row.said.line, problem, row.cells) for problem in found]
        bad = sum(isinstance(row.said, Rejected) for row in batch.rows)
        remarks = sum(problem.problem.remark for problem in problems)
        new = len(taken.new)
        counts = ImportCounts(len(batch.rows), new, len(batch.rows) - bad - new, bad, remarks)
        await self._note(problems, counts=self.record.counts.plus(counts))

    async def end(self, state: ImportState, failure: FileProblemError | None = None) -> Import:
        self.record = replace(self.record, state=state, ended_at=self._clock.now())
        if failure is not None:
            self.record = replace(self.record, failure=failure.problem, failure_detail=failure.detail)
        await self._note(())
        return self.record

    async def _note(self, problems: Sequence[ImportProblem], counts: ImportCounts | None = None) -> None:
        self.record = replace(self.record, seen_at=self._clock.now(), counts=counts or self.record.counts)
        await self._store.note(self.record, problems)

    def _problems_of(self, row: ReadRow, taken: TakenIn, customers: Mapping[str, Customer]) -> list[RowProblem]:
        said = row.said
        if isinstance(said, Rejected):
            return list(said.problems)
        key = said.callback.id
        line = self._lines[hash(key)]
        if line != said.line:
            return [*said.remarks, RowProblem(Problem.ROW_AGAIN, detail={"line": str(line)})]
        remarks = list(said.remarks)
        if fields := differences(said, customers.get(said.customer.id), taken.callbacks.get(key)):
            remarks.append(RowProblem(Problem.DIFFERS, detail={"fields": ", ".join(fields)}))
        return remarks + self._numbers_again(said)

    def _numbers_again(self, said: Understood) -> list[RowProblem]:
        mine = hash(said.callback.id)
        return [
            RowProblem(Problem.NUMBER_AGAIN, detail={"value": number.masked})
            for number in said.customer.numbers
            if self._owners.setdefault(hash(number.e164), mine) != mine
        ]


class _Thread:
    """One thread of its own, for what must not hold up the loop; what it opened is closed in it."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="import")
        self._closers: list[Callable[[], None]] = []

    async def __aenter__(self) -> Self:
        return self

    async def run(self, work: Callable[[], ResultT]) -> ResultT:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def at_end(self, close: Callable[[], None]) -> None:
        self._closers.append(close)

    async def __aexit__(self, *_: object) -> None:
        # Not waited for: a batch that nobody wants any more may still be read, and what is open is closed behind it.
        self._pool.submit(self._close)
        self._pool.shutdown(wait=False)

    def _close(self) -> None:
        for close in self._closers:
            close()


def new_import_id() -> str:
    return f"import-{secrets.token_hex(8)}"


def _record(order: ImportOrder, reading: Reading, now: datetime) -> Import:
    layout = reading.layout
    return Import(
        id=order.id or new_import_id(),
        plan_id=order.plan.id,
        file_name=order.file_name,
        sha256=reading.sha256,
        size_bytes=reading.size_bytes,
        started_at=now,
        seen_at=now,
        by=order.by,
        sheet=reading.sheet,
        headings=_headings(layout),
        columns=tuple((column.heading, column.field.value) for column in layout.columns if column.field is not None),
        unread=layout.unread,
    )


def _headings(layout: Layout) -> tuple[str, ...]:
    """By place: columns without a heading have an empty one."""
    by_place = {column.index: column.heading for column in layout.columns}
    return tuple(by_place.get(index, "") for index in range(max(by_place) + 1))
