"""A file becomes callbacks: once, whatever happens on the way, and beside everything else."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callcenter.domain.intake.problems import FileProblem, FileProblemError, Problem
from callcenter.domain.intake.row import Field, Import, ImportCounts, ImportState, Understood
from callcenter.domain.people import Case, Channel, Plan, PlanState, VisitType
from callcenter.domain.policies.policy import load_policy
from callcenter.engine.import_ports import Table
from callcenter.engine.importing import BATCH, LOST_AFTER, Importing, ImportOrder, Progress
from callcenter.sheets.opening import open_table
from engine.story import Story
from sheets.files import text_file, workbook_file

PLAN = Plan(
    "autumn",
    "秋季回访",
    "满意度",
    VisitType.SPECIAL,
    Channel.PHONE,
    "quick",
    "Asia/Shanghai",
    "network",
    PlanState.RUNNING,
)
HEADINGS = "客户姓名,电话,目的,客户编号,单位,截止日期\n"
LIST = HEADINGS + "王伟,13800000001,核对,C1,晨光,2026-11-30\n李芳,13800000002,核对,C2,,\n张敏,13800000003,核对,C3,,\n"


class Desk:
    """Imports files into one plan of a story's books."""

    def __init__(self, story: Story, folder: Path) -> None:
        self.story = story
        self.folder = folder
        self.importing = Importing(story.books.imports, open_table, story.clock, story.books.policies)

    def file(self, text: str, name: str = "list.csv") -> Path:
        return text_file(self.folder / name, text)

    def order(self, file: Path) -> ImportOrder:
        return ImportOrder(plan=PLAN, file=file, file_name=file.name, by="tester", region="CN")

    async def run(self, text: str) -> Import:
        return await self.importing.run(self.order(self.file(text)))

    async def cases(self) -> dict[str, Case]:
        cases = await self.story.books.callbacks.cases(plan_id=PLAN.id, limit=10_000)
        return {case.customer.name: case for case in cases}

    async def problems(self, record: Import) -> list[tuple[int, Problem, str]]:
        return [
            (each.line, each.problem.problem, each.problem.column)
            async for each in self.story.books.imports.problems(record.id)
        ]


@pytest.fixture
async def desk(story: Story, tmp_path: Path) -> Desk:
    await story.books.people.add_plan(PLAN)
    return Desk(story, tmp_path)


def many(count: int, *, broken_at: int = 0) -> str:
    rows = [f"客户{index},138{index:08},核对,C{index},,\n" for index in range(1, count + 1)]
    if broken_at:
        rows[broken_at - 1] = '"客户,1\n'
    return HEADINGS + "".join(rows)


async def test_a_file_becomes_callbacks_and_its_run_is_kept(desk: Desk) -> None:
    record = await desk.run(LIST)
    assert record.state is ImportState.DONE
    assert record.counts == ImportCounts(rows=3, new=3)
    assert await desk.story.books.imports.get(record.id) == record
    cases = await desk.cases()
    assert set(cases) == {"王伟", "李芳", "张敏"}
    assert cases["王伟"].callback.due_at == datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC)
    assert cases["李芳"].callback.due_at == datetime(2026, 11, 28, 15, 59, 59, tzinfo=UTC), "in five days"


async def test_the_same_file_again_changes_nothing(desk: Desk) -> None:
    await desk.run(LIST)
    before = await desk.cases()
    again = await desk.run(LIST)
    assert again.counts == ImportCounts(rows=3, known=3)
    assert await desk.cases() == before


async def test_the_same_list_as_a_workbook_changes_nothing_either(desk: Desk) -> None:
    await desk.run(LIST)
    rows = [line.split(",") for line in LIST.splitlines()]
    book = workbook_file(desk.folder / "list.xlsx", {"名单": rows})
    record = await desk.importing.run(desk.order(book))
    assert (record.counts, record.sheet) == (ImportCounts(rows=3, known=3), "名单")


async def test_good_rows_are_kept_beside_bad_ones_which_are_named(desk: Desk) -> None:
    text = HEADINGS + "王伟,13800000001,,,,\n,1,,,,\n\n , ,,,,\n李芳,13800000002,,,,soon\n张敏,13800000003,,,,\n"
    record = await desk.run(text)
    assert record.counts == ImportCounts(rows=4, new=2, bad=2)
    assert await desk.problems(record) == [
        (3, Problem.EMPTY, "客户姓名"),
        (3, Problem.NUMBER_WRONG, "电话"),
        (6, Problem.DATE_WRONG, "截止日期"),
    ]
    assert set(await desk.cases()) == {"王伟", "张敏"}
    first, *_ = [each async for each in desk.story.books.imports.problems(record.id)]
    assert first.cells == ("", "1", "", "", "", "")


async def test_a_known_row_with_other_data_is_told_and_changes_nothing(desk: Desk) -> None:
    await desk.run(LIST)
    before = await desk.cases()
    record = await desk.run(LIST.replace("13800000001", "13900000001").replace("晨光", "安居").replace("-30", "-29"))
    assert record.counts == ImportCounts(rows=3, known=3, remarks=1)
    (found,) = [each async for each in desk.story.books.imports.problems(record.id)]
    assert (found.line, found.problem.problem) == (2, Problem.DIFFERS)
    assert found.problem.detail == {"fields": "number, organisation, due"}
    assert await desk.cases() == before


async def test_a_customer_twice_in_one_file_with_other_data_is_told(desk: Desk) -> None:
    record = await desk.run(HEADINGS + "王伟,13800000001,核对,C1,,\n王伟,13900000001,投诉,C1,,\n")
    assert record.counts == ImportCounts(rows=2, new=2, remarks=1)
    assert await desk.problems(record) == [(3, Problem.DIFFERS, "")]


async def test_the_same_row_twice_in_a_file_counts_once(desk: Desk) -> None:
    far = many(BATCH + 5) + "客户1,13800000001,核对,C1,,\n"
    record = await desk.run(far)
    assert record.counts == ImportCounts(rows=BATCH + 6, new=BATCH + 5, known=1, remarks=1)
    assert await desk.problems(record) == [(BATCH + 7, Problem.ROW_AGAIN, "")]


async def test_a_number_that_the_plan_has_already_is_a_remark(desk: Desk) -> None:
    await desk.run(LIST)
    record = await desk.run(
        HEADINGS + "赵磊,13800000001,核对,C9,,\n孙洋,13800000008,核对,C10,,\n周娟,13800000008,核对,C11,,\n"
    )
    assert record.counts == ImportCounts(rows=3, new=3, remarks=2)
    assert await desk.problems(record) == [(2, Problem.NUMBER_AGAIN, ""), (4, Problem.NUMBER_AGAIN, "")]


async def test_a_file_that_breaks_off_keeps_what_was_before_and_goes_on_when_mended(desk: Desk) -> None:
    record = await desk.run(many(1200, broken_at=900))
    assert (record.state, record.failure) == (ImportState.FAILED, FileProblem.QUOTE_OPEN)
    assert record.failure_detail == {"line": "901"}
    assert record.counts == ImportCounts(rows=899, new=899)
    mended = await desk.run(many(1200))
    assert mended.counts == ImportCounts(rows=1200, new=301, known=899)


async def test_an_import_that_is_stopped_says_so_and_goes_on_next_time(desk: Desk) -> None:
    stop = asyncio.Event()

    def told(progress: Progress) -> None:
        if progress.counts.rows >= 2 * BATCH:
            stop.set()

    file = desk.file(many(4 * BATCH))
    record = await desk.importing.run(desk.order(file), told, stop)
    assert (record.state, record.counts) == (ImportState.CANCELLED, ImportCounts(rows=2 * BATCH, new=2 * BATCH))
    again = await desk.importing.run(desk.order(file))
    assert again.counts == ImportCounts(rows=4 * BATCH, new=2 * BATCH, known=2 * BATCH)


async def test_a_task_that_is_cancelled_leaves_a_record_that_says_so(desk: Desk) -> None:
    begun = asyncio.Event()
    order = desk.order(desk.file(many(20 * BATCH)))
    task = asyncio.create_task(desk.importing.run(order, lambda _: begun.set()))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (record,) = await desk.story.books.imports.latest()
    assert record.state is ImportState.CANCELLED
    assert 0 < record.counts.rows < 20 * BATCH
    assert len(await desk.cases()) >= record.counts.new


async def test_two_imports_of_one_file_at_once_add_every_row_once(desk: Desk) -> None:
    file = desk.file(many(3 * BATCH))
    records = await asyncio.gather(*(desk.importing.run(desk.order(file)) for _ in range(3)))
    assert sum(record.counts.new for record in records) == 3 * BATCH
    assert all(record.counts.rows == 3 * BATCH and record.counts.bad == 0 for record in records)
    assert len(await desk.cases()) == 3 * BATCH


async def test_progress_is_told_after_each_batch_and_reaches_the_end(desk: Desk) -> None:
    told: list[Progress] = []
    record = await desk.importing.run(desk.order(desk.file(many(2 * BATCH + 1))), told.append)
    assert [each.counts.rows for each in told] == [BATCH, 2 * BATCH, 2 * BATCH + 1]
    assert [each.position for each in told] == sorted(each.position for each in told)
    assert (told[-1].position, told[-1].import_id) == (told[-1].total, record.id)


async def test_an_import_whose_process_died_is_interrupted_by_the_next_one(desk: Desk) -> None:
    done = await desk.run(LIST)
    imports = desk.story.books.imports
    now = desk.story.clock.now()
    lost = replace(done, id="lost", state=ImportState.RUNNING, ended_at=None, seen_at=now - LOST_AFTER * 2)
    alive = replace(lost, id="alive", seen_at=now - timedelta(seconds=30))
    await imports.begin(lost)
    await imports.begin(alive)
    await desk.run(LIST)
    states = {record.id: (record.state, record.ended_at) for record in await imports.latest()}
    assert states["lost"] == (ImportState.INTERRUPTED, lost.seen_at)
    assert states["alive"] == (ImportState.RUNNING, None)


async def test_a_preview_writes_nothing(desk: Desk) -> None:
    preview = await desk.importing.preview(desk.order(desk.file(LIST + "x,1,,,,\n" * 20)))
    assert len(preview.rows) == 10
    assert [isinstance(row.said, Understood) for row in preview.rows] == [True] * 3 + [False] * 7
    assert await desk.story.books.imports.latest() == []
    assert await desk.cases() == {}


@pytest.mark.parametrize(
    ("text", "problem"),
    [("", FileProblem.EMPTY), ("\n \n,,\n", FileProblem.EMPTY), ("甲,乙\n1,2\n", FileProblem.HEADINGS_MISSING)],
)
async def test_a_file_without_a_list_is_refused_and_no_run_begins(desk: Desk, text: str, problem: FileProblem) -> None:
    with pytest.raises(FileProblemError) as refused:
        await desk.run(text)
    assert refused.value.problem is problem
    assert await desk.story.books.imports.latest() == []


async def test_headings_without_a_row_are_an_import_of_nothing(desk: Desk) -> None:
    assert (await desk.run(HEADINGS)).counts == ImportCounts()


async def test_a_finished_plan_takes_nothing(desk: Desk) -> None:
    order = replace(desk.order(desk.file(LIST)), plan=replace(PLAN, state=PlanState.FINISHED))
    with pytest.raises(FileProblemError) as refused:
        await desk.importing.run(order)
    assert refused.value.problem is FileProblem.PLAN_FINISHED


async def test_what_the_caller_says_of_columns_and_the_due_day_is_kept(desk: Desk) -> None:
    order = desk.order(desk.file("谁,哪里\n王伟,13800000001\n"))
    order = replace(
        order, mapping={"谁": Field.NAME, "哪里": Field.NUMBER}, due=datetime(2026, 12, 24, tzinfo=UTC).date()
    )
    record = await desk.importing.run(order)
    assert (record.counts.new, record.columns) == (1, (("谁", "name"), ("哪里", "number")))
    assert (await desk.cases())["王伟"].callback.due_at == datetime(2026, 12, 24, 15, 59, 59, tzinfo=UTC)


async def test_files_are_read_in_one_thread_that_is_not_the_loops_and_closed_there(desk: Desk) -> None:
    threads: set[int] = set()
    closed = threading.Event()

    class Spied:
        """A table that notes who reads it."""

        def __init__(self, table: Table) -> None:
            self._table = table
            self.delimited, self.sheet, self.size_bytes = table.delimited, table.sheet, table.size_bytes

        @property
        def position(self) -> int:
            return self._table.position

        def rows(self) -> Iterator:  # type: ignore[type-arg]  # whatever they are
            for row in self._table.rows():
                threads.add(threading.get_ident())
                yield row

        def close(self) -> None:
            threads.add(threading.get_ident())
            self._table.close()
            closed.set()

    importing = Importing(
        desk.story.books.imports, lambda path, sheet: Spied(open_table(path, sheet)), desk.story.clock
    )
    await importing.run(desk.order(desk.file(many(BATCH * 2))))
    assert await asyncio.to_thread(closed.wait, 10)
    assert len(threads) == 1
    assert threading.get_ident() not in threads


async def test_a_row_with_a_trigger_is_due_by_the_plans_policy(desk: Desk) -> None:
    """C6-25: signed on a Friday, five working days end with the next one."""
    own = """
name = "quick"
version = 9
effective_from = 2026-11-01
windows = "window.always"
due = "due.tongjiang_new"
title = {zh = "例", en = "Example"}
"""
    text = "客户姓名,电话,触发事件,触发日期\n王伟,13800000001,签约,2026-11-20\n李芳,13800000002,婚礼,2026-11-20\n"
    without = await desk.run(text)
    assert (without.counts.new, without.counts.bad) == (0, 2)
    await desk.story.books.policies.add(load_policy(own))
    record = await desk.run(text)
    assert (record.counts.new, record.counts.bad) == (1, 1)
    callback = (await desk.cases())["王伟"].callback
    assert (callback.trigger, callback.due_at) == ("signing", datetime(2026, 11, 27, 15, 59, 59, tzinfo=UTC))
    assert (3, Problem.TRIGGER_REFUSED, "触发事件") in await desk.problems(record)
