"""Writes that are asked for while another is under way are committed together: one transaction, one flush to the disk.

Whoever asked is told once his write is on the disk, as if it had been alone. A write that fails takes back the whole
transaction; each of it is then made alone, so that only the one that is at fault fails.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from dataclasses import dataclass
from typing import Any, TypeVar

from callcenter.storage.statements import Statements

MOST_TOGETHER = 64

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")
Work = Callable[[Statements, Sequence[ItemT]], Sequence[ResultT]]
"""Makes all writes of one kind that came together; one result an item, in order."""

Transaction = Callable[[Callable[[Statements], list[Any]]], Awaitable[list[Any]]]
"""Runs what it is given in a transaction of its own, and commits."""


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    work: Work[Any, Any]
    item: Any
    done: asyncio.Future[Any]


class GroupCommit:
    """Writes of one kind keep their order; so does whatever one caller
    asks for after he was told of the write before.
    """

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._waiting: deque[_Job] = deque()
        self._task: asyncio.Task[None] | None = None

    async def write(self, work: Work[ItemT, ResultT], item: ItemT) -> ResultT:
        """The result once it is committed. Raises what the work raises, and what the database does.

        Whoever is cancelled while he waits cannot know whether it was made.
        """
        loop = asyncio.get_running_loop()
        job = _Job(work, item, loop.create_future())
        self._waiting.append(job)
        if self._task is None:
            # A context of its own: what is bound to the one who came first concerns no other.
            self._task = loop.create_task(self._run(), name="group-commit", context=Context())
        result: ResultT = await job.done
        return result

    async def close(self) -> None:
        """Until nothing is under way."""
        while self._task is not None:
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        jobs: list[_Job] = []
        try:
            while self._waiting:
                jobs = [self._waiting.popleft() for _ in range(min(MOST_TOGETHER, len(self._waiting)))]
                jobs = [job for job in jobs if not job.done.done()]
                if not await self._together(jobs):
                    for job in jobs:
                        await self._together([job])
        finally:
            self._task = None
            for job in (*jobs, *self._waiting):
                job.done.cancel()
            self._waiting.clear()

    async def _together(self, jobs: Sequence[_Job]) -> bool:
        """In one transaction; False where one of several failed, and nothing of any is written."""
        made = False

        def make(connection: Statements) -> list[Any]:
            nonlocal made
            results = _made(connection, jobs)
            made = True
            return results

        try:
            results = await self._transaction(make)
        except Exception as error:  # noqa: BLE001 (each goes to the one who asked)
            # A commit that failed may have been made all the same: it is not repeated.
            if len(jobs) > 1 and not made:
                return False
            for job in jobs:
                if not job.done.done():
                    job.done.set_exception(error)
        else:
            for job, result in zip(jobs, results, strict=True):
                if not job.done.done():
                    job.done.set_result(result)
        return True


def _made(connection: Statements, jobs: Sequence[_Job]) -> list[Any]:
    """The jobs' results, in their order; those of one kind are made at once."""
    kinds: dict[Work[Any, Any], list[int]] = {}
    for index, job in enumerate(jobs):
        kinds.setdefault(job.work, []).append(index)
    results: list[Any] = [None] * len(jobs)
    for work, indexes in kinds.items():
        answers = work(connection, [jobs[index].item for index in indexes])
        for index, answer in zip(indexes, answers, strict=True):
            results[index] = answer
    return results
