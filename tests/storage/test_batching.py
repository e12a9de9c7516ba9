"""Writes that come together share one transaction, and each is answered as if it had been alone."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, cast

import pytest

from callcenter.storage.batching import GroupCommit
from callcenter.storage.statements import Statements


class Books:
    """Transactions that last until the test lets them go, and what each of them held."""

    def __init__(self) -> None:
        self.committed: list[list[str]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.commit_fails: list[Exception] = []
        self._held: list[str] = []
        self.group = GroupCommit(self._transaction)

    async def _transaction(self, make: Callable[[Statements], list[Any]]) -> list[Any]:
        await self.open.wait()
        self._held = []
        results = make(cast(Statements, self))
        if self.commit_fails:
            raise self.commit_fails.pop()
        self.committed.append(self._held)
        return results

    def write(self, _connection: Statements, items: Sequence[str]) -> list[str]:
        if "bad" in items:
            raise ValueError("bad")
        self._held += items
        return [item.upper() for item in items]

    def other(self, _connection: Statements, items: Sequence[str]) -> list[str]:
        self._held += [f"other {item}" for item in items]
        return list(items)


async def asked(books: Books, *items: str) -> list[asyncio.Task[str]]:
    """These writes, asked for one after another while none can be made."""
    books.open.clear()
    tasks = [asyncio.create_task(books.group.write(books.write, item)) for item in ("first", *items)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    books.open.set()
    return tasks[1:]


async def test_writes_that_wait_are_committed_together_and_answered_one_by_one() -> None:
    books = Books()
    await books.group.write(books.write, "alone")
    tasks = [asyncio.create_task(books.group.write(books.write, item)) for item in "abc"]
    assert await asyncio.gather(*tasks) == ["A", "B", "C"]
    assert books.committed == [["alone"], ["a", "b", "c"]]


async def test_different_kinds_share_a_transaction() -> None:
    books = Books()
    both = asyncio.gather(books.group.write(books.write, "a"), books.group.write(books.other, "b"))
    assert list(await both) == ["A", "b"]
    assert books.committed == [["a", "other b"]]


async def test_only_the_write_at_fault_fails() -> None:
    books = Books()
    told = await asyncio.gather(
        *(books.group.write(books.write, item) for item in ("a", "bad", "c")), return_exceptions=True
    )
    assert told[0] == "A"
    assert isinstance(told[1], ValueError)
    assert told[2] == "C"
    assert books.committed == [["a"], ["c"]]


async def test_a_commit_that_may_have_been_made_is_not_repeated() -> None:
    books = Books()
    books.commit_fails.append(OSError("lost"))
    told = await asyncio.gather(*(books.group.write(books.write, item) for item in "ab"), return_exceptions=True)
    assert [type(each) for each in told] == [OSError, OSError]
    assert books.committed == []


async def test_nobody_is_told_before_the_commit() -> None:
    books = Books()
    (task,) = await asked(books, "a")
    assert not task.done()
    assert await task == "A"


async def test_one_who_went_away_holds_up_no_other() -> None:
    books = Books()
    gone, stays = await asked(books, "a", "b")
    gone.cancel()
    assert await stays == "B"
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_closing_waits_for_what_is_under_way() -> None:
    books = Books()
    (task,) = await asked(books, "a")
    await books.group.close()
    assert task.done()
    assert books.committed[-1][-1] == "a"
