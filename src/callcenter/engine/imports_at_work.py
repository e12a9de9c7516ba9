"""Which imports does this service run? One after another, in the order in which they were asked for.

A service that stops ends the running one after its batch, and those that wait; each may be imported again, and then
goes on where it was. What a killed one left is INTERRUPTED by the next start.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TypeVar

import structlog

from callcenter.domain.audit import Action, Deed
from callcenter.domain.intake.problems import FileProblemError
from callcenter.domain.intake.row import Import, ImportState
from callcenter.domain.people import Plan
from callcenter.domain.phone import DialRules
from callcenter.engine.import_ports import ImportStore
from callcenter.engine.importing import Importing, ImportOrder, Preview, Progress, new_import_id
from callcenter.engine.ports import Clock
from callcenter.engine.stores import AuditStore
from callcenter.engine.uploads import Upload, Uploads, remove

log = structlog.get_logger()

MOST_WAITING = 20
SIGN_OF_LIFE_SECONDS = 60.0
RETRY_SECONDS = 5.0
STOP_SECONDS = 10.0

ListSheets = Callable[[Path], tuple[str, ...]]
ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class AtWorkParts:
    """list_sheets: names of a workbook's sheets, read in a thread. region: ISO 3166. dial_rules: by trunk."""

    importing: Importing
    imports: ImportStore
    uploads: Uploads
    audit: AuditStore
    clock: Clock
    list_sheets: ListSheets
    region: str
    dial_rules: Mapping[str, DialRules]


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks for an import."""

    account_id: str
    login: str
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Seat:
    """Where an import of this service stands. ahead: imports that run before it; 0: it runs itself."""

    ahead: int
    progress: Progress | None

    @property
    def percent(self) -> int | None:
        """Of the file, 0 to 100; None before anything is known."""
        if self.progress is None:
            return None
        return min(100, self.progress.position * 100 // self.progress.total) if self.progress.total else 100


class Standing(StrEnum):
    """Where an import stands. WAITING: behind others; in the books it is RUNNING."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


def standing(record: Import, seat: Seat | None) -> Standing:
    waits = record.state is ImportState.RUNNING and seat is not None and seat.ahead > 0
    return Standing.WAITING if waits else Standing(record.state.value)


class TooManyWaitingError(Exception):
    """So many imports wait already that no more is taken."""


@dataclass(eq=False, slots=True)
class _Job:
    order: ImportOrder
    record: Import
    asker: Asker
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    progress: Progress | None = None


class ImportsAtWork:
    """To be begun before the first upload, and closed before the books are."""

    def __init__(self, parts: AtWorkParts) -> None:
        self._parts = parts
        self._waiting: list[_Job] = []
        self._running: _Job | None = None
        self._news = asyncio.Event()
        self._left: list[Path] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._closing = False
        # A look at a file may decode all of it: a few at a time.
        self._looking = asyncio.Semaphore(2)

    @property
    def uploads(self) -> Uploads:
        return self._parts.uploads

    # --- a life ----------------------------------------------------------------------------------------------------

    async def begin(self) -> None:
        """Raises OSError where the folder of uploads cannot be used."""
        self._left = await self._parts.uploads.sweep()
        self._tasks = [
            asyncio.create_task(self._work(), name="imports"),
            asyncio.create_task(self._watch(), name="imports watch"),
        ]

    async def close(self) -> None:
        self._closing = True
        self._news.set()
        if self._running is not None:
            self._running.stop.set()
        for task in self._tasks[1:]:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks[:1], timeout=STOP_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for job in [*self._waiting]:
            await self._drop(job)
        await self._parts.uploads.close()

    async def _work(self) -> None:
        await self._tell_of_left()
        while not self._closing:
            if not self._waiting:
                self._news.clear()
                await self._news.wait()
                continue
            self._running = self._waiting.pop(0)
            try:
                await self._run(self._running)
            finally:
                self._running = None

    async def _watch(self) -> None:
        """What waits is not lost, and says so; what nobody wants any more goes."""
        while True:
            await self._parts.clock.sleep(SIGN_OF_LIFE_SECONDS)
            try:
                await self._parts.uploads.expire()
                for job in [*self._waiting]:
                    alive = replace(job.record, seen_at=self._parts.clock.now())
                    if job in self._waiting:
                        await self._parts.imports.note(alive)
            except Exception:  # the next round may fare better, and imports go on meanwhile
                log.exception("uploads could not be looked after")

    async def _tell_of_left(self) -> None:
        """Imports that an earlier life was killed in: told so, and their files removed."""
        for path in self._left:
            try:
                record = await self._persistent(partial(self._parts.imports.get, path.name))
                if record is not None and record.state is ImportState.RUNNING:
                    ended = replace(record, state=ImportState.INTERRUPTED, ended_at=record.seen_at)
                    await self._persistent(partial(self._parts.imports.note, ended))
                    log.warning("an import was interrupted", import_id=record.id, rows=record.counts.rows)
                await remove(path)
            except Exception:  # what one of them met must not keep all others from being imported
                log.exception("an earlier import could not be closed", import_id=path.name)

    # --- what is asked ---------------------------------------------------------------------------------------------

    def order_of(self, upload: Upload, plan: Plan, by: str = "") -> ImportOrder:
        choices = upload.choices
        return ImportOrder(
            plan=plan,
            file=upload.path,
            file_name=upload.file_name,
            by=by,
            region=self._parts.region,
            mapping=choices.mapping,
            sheet=choices.sheet,
            due=choices.due,
            dial_rules=self._parts.dial_rules.get(plan.trunk),
        )

    async def sheets(self, upload: Upload) -> tuple[str, ...]:
        """Names of a workbook's sheets; none for a text file. Raises FileProblemError, OSError."""
        return await asyncio.to_thread(self._parts.list_sheets, upload.path)

    async def preview(self, upload: Upload, plan: Plan) -> Preview:
        """Raises FileProblemError, OSError."""
        async with self._looking:
            return await self._parts.importing.preview(self.order_of(upload, plan))

    async def submit(self, upload: Upload, plan: Plan, asker: Asker) -> Import:
        """Begin the import, or put it in line; its record. The same upload again is the same import.

        Raises FileProblemError, and then the upload stays; TooManyWaitingError, OSError.
        """
        if upload.import_id and (begun := await self._parts.imports.get(upload.import_id)) is not None:
            return begun
        if self._closing or len(self._waiting) >= MOST_WAITING:
            raise TooManyWaitingError
        import_id = new_import_id()
        path = await self._parts.uploads.give_to(upload, import_id)
        order = replace(self.order_of(upload, plan, asker.name), file=path, id=import_id)
        try:
            record = await self._parts.importing.read(order)
            # Who asked is written down before anything is imported.
            await self._tell(record, asker)
            await self._parts.imports.begin(record)
        except BaseException:
            await asyncio.shield(self._parts.uploads.take_back(upload))
            raise
        self._waiting.append(_Job(order, record, asker))
        self._news.set()
        return record

    def seat(self, import_id: str) -> Seat | None:
        """None where this service does not have it."""
        if self._running is not None and self._running.record.id == import_id:
            return Seat(0, self._running.progress)
        place = next((index for index, job in enumerate(self._waiting) if job.record.id == import_id), None)
        return None if place is None else Seat(place + (1 if self._running else 0), None)

    async def stop(self, import_id: str) -> bool:
        """End it after its batch; False where this service does not have it. Raises OSError."""
        if self._running is not None and self._running.record.id == import_id:
            self._running.stop.set()
            return True
        job = next((job for job in self._waiting if job.record.id == import_id), None)
        if job is None:
            return False
        self._waiting.remove(job)
        await self._drop(job)
        return True

    # --- one import ------------------------------------------------------------------------------------------------

    async def _run(self, job: _Job) -> None:
        """Whatever goes wrong with it ends this import alone."""

        def told(progress: Progress) -> None:
            job.progress = progress

        try:
            ended = await self._parts.importing.run(job.order, told, job.stop, job.record)
            await self._tell(ended, job.asker)
        except asyncio.CancelledError:
            await self._end(job, ImportState.CANCELLED)
            raise
        except FileProblemError as error:
            await self._end(job, ImportState.FAILED, error)
        except Exception:  # one bad import never ends the service, nor those that wait
            log.exception("import broke off", import_id=job.record.id)
            await self._end(job, ImportState.INTERRUPTED)
        finally:
            await asyncio.shield(remove(job.order.file))

    async def _drop(self, job: _Job) -> None:
        """It waited, and is not run."""
        if job in self._waiting:
            self._waiting.remove(job)
        try:
            ended = replace(job.record, state=ImportState.CANCELLED, ended_at=self._parts.clock.now())
            await self._parts.imports.note(ended)
            await self._tell(ended, job.asker)
        finally:
            await remove(job.order.file)

    async def _end(self, job: _Job, state: ImportState, failure: FileProblemError | None = None) -> None:
        """Where the run itself could not write its end."""
        record = await self._persistent(partial(self._parts.imports.get, job.record.id))
        if record is None or record.state is not ImportState.RUNNING:
            ended = record
        else:
            ended = replace(record, state=state, ended_at=self._parts.clock.now())
            if failure is not None:
                ended = replace(ended, failure=failure.problem, failure_detail=failure.detail)
            await self._persistent(partial(self._parts.imports.note, ended))
        if ended is not None:
            await self._persistent(partial(self._tell, ended, job.asker))

    async def _persistent(self, work: Callable[[], Awaitable[ResultT]]) -> ResultT:
        """Ask the books until they can be had; while they are away no other import could run either."""
        while True:
            try:
                return await work()
            except OSError as error:
                if self._closing:
                    raise
                log.warning("imports wait for the books", why=error.strerror or type(error).__name__)
                await self._parts.clock.sleep(RETRY_SECONDS)

    async def _tell(self, record: Import, asker: Asker) -> None:
        counts = record.counts
        detail = {
            "file": record.file_name,
            "sha256": record.sha256,
            "plan": record.plan_id,
            "state": record.state.value,
            "rows": str(counts.rows),
            "new": str(counts.new),
            "known": str(counts.known),
            "bad": str(counts.bad),
        }
        await self._parts.audit.write(
            Deed(
                at=self._parts.clock.now(),
                action=Action.IMPORTED,
                who=asker.account_id,
                login=asker.login,
                on_kind="import",
                on_id=record.id,
                detail=detail,
                address=asker.address,
            )
        )
