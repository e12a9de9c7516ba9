"""Imports are read back as they were written, and rows are taken in once, on every database."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.domain.intake.ids import KEY_BYTES
from callcenter.domain.intake.problems import FileProblem, Problem, RowProblem
from callcenter.domain.intake.row import Import, ImportCounts, ImportProblem, ImportState
from callcenter.storage.errors import ConstraintBrokenError
from callcenter.storage.imports import PAGE, SqlImports
from storage import cases
from storage.cases import NOW
from storage.conftest import Stores

RECORD = Import(
    id="import-1",
    plan_id="plan-1",
    file_name="名单 11 月.xlsx",
    sha256="ab" * 32,
    size_bytes=3_000_000_000,
    started_at=NOW,
    seen_at=NOW,
    by="wang",
    sheet="名单",
    headings=("姓名", "", "电话"),
    columns=(("姓名", "name"), ("电话", "number")),
    unread=("备注",),
)


@pytest.fixture
async def imports(stores: Stores) -> SqlImports:
    await stores.people.add_plan(cases.plan())
    return SqlImports(stores.database)


async def test_an_import_is_read_back_as_it_was_written(imports: SqlImports) -> None:
    await imports.begin(RECORD)
    assert await imports.get("import-1") == RECORD
    ended = replace(
        RECORD,
        state=ImportState.FAILED,
        ended_at=NOW + timedelta(minutes=1),
        seen_at=NOW + timedelta(minutes=1),
        counts=ImportCounts(10, 5, 3, 2, 1),
        failure=FileProblem.QUOTE_OPEN,
        failure_detail={"line": "7"},
    )
    await imports.note(ended)
    assert await imports.get("import-1") == ended
    assert await imports.get("another") is None


async def test_the_newest_import_comes_first_and_plans_are_told_apart(stores: Stores, imports: SqlImports) -> None:
    await stores.people.add_plan(cases.plan("plan-2"))
    await imports.begin(RECORD)
    later = replace(RECORD, id="import-2", plan_id="plan-2", started_at=NOW + timedelta(hours=1))
    await imports.begin(later)
    assert await imports.latest() == [later, RECORD]
    assert await imports.latest(1) == [later]
    assert await imports.latest(plan_id="plan-1") == [RECORD]


async def test_problems_come_in_the_order_of_their_rows_over_many_pages(imports: SqlImports) -> None:
    await imports.begin(RECORD)
    problems = [
        ImportProblem(line, RowProblem(Problem.NUMBER_WRONG, "电话", {"value": "1"}), ("王伟", "1\n2", ""))
        for line in range(2, PAGE * 2 + 5)
    ]
    await imports.note(RECORD, problems[:PAGE])
    await imports.note(RECORD, problems[PAGE:])
    assert [each async for each in imports.problems("import-1")] == problems
    assert [each async for each in imports.problems("another")] == []


async def test_an_import_needs_its_plan(imports: SqlImports) -> None:
    with pytest.raises(ConstraintBrokenError):
        await imports.begin(replace(RECORD, plan_id="nowhere"))


async def test_an_import_that_failed_says_why(imports: SqlImports) -> None:
    await imports.begin(RECORD)
    with pytest.raises(ConstraintBrokenError, match="ck_imports_failure"):
        await imports.note(replace(RECORD, state=ImportState.FAILED, ended_at=NOW))


async def test_only_imports_that_run_and_are_silent_are_interrupted(imports: SqlImports) -> None:
    old = NOW - timedelta(hours=1)
    await imports.begin(replace(RECORD, id="silent", seen_at=old))
    await imports.begin(replace(RECORD, id="alive"))
    await imports.begin(replace(RECORD, id="done", seen_at=old, state=ImportState.DONE, ended_at=old))
    await imports.interrupt(NOW - timedelta(minutes=10))
    found = {record.id: (record.state, record.ended_at) for record in await imports.latest()}
    assert found == {
        "silent": (ImportState.INTERRUPTED, old),
        "alive": (ImportState.RUNNING, None),
        "done": (ImportState.DONE, old),
    }


async def test_what_is_new_is_told_and_what_is_known_is_given_back_as_it_is(imports: SqlImports) -> None:
    first = await imports.take_in([cases.customer(1)], [cases.callback(1)])
    assert (first.new, first.customers, first.callbacks) == (frozenset({cases.callback(1).id}), {}, {})
    changed = replace(cases.customer(1), name="另一个")
    again = await imports.take_in(
        [changed, cases.customer(2)], [replace(cases.callback(1), priority=0), cases.callback(2)]
    )
    assert again.new == {cases.callback(2).id}
    assert again.customers == {"customer-1": cases.customer(1)}
    assert again.callbacks == {cases.callback(1).id: cases.callback(1)}
    nothing = await imports.take_in([], [])
    assert (nothing.new, nothing.customers, nothing.callbacks) == (frozenset(), {}, {})


async def test_one_batch_that_comes_twice_at_once_is_taken_in_once(imports: SqlImports) -> None:
    indexes = range(1, 301)
    customers, callbacks = [cases.customer(i) for i in indexes], [cases.callback(i) for i in indexes]
    taken = await asyncio.gather(*(imports.take_in(customers, callbacks) for _ in range(4)))
    assert sum(len(each.new) for each in taken) == 300
    assert all(len(each.new) + len(each.callbacks) == 300 for each in taken)


async def test_a_batch_with_a_callback_of_no_plan_leaves_nothing(stores: Stores, imports: SqlImports) -> None:
    with pytest.raises(ConstraintBrokenError, match=r"foreign key|fk_callbacks"):
        await imports.take_in([cases.customer(1), cases.customer(2)], [cases.callback(1), cases.callback(2, "no-plan")])
    assert await stores.callbacks.cases() == []


async def test_the_numbers_of_a_plan_are_told_with_their_callbacks(stores: Stores, imports: SqlImports) -> None:
    await stores.people.add_plan(cases.plan("plan-2"))
    indexes = range(1, PAGE + 3)
    await imports.take_in([cases.customer(i) for i in indexes], [cases.callback(i) for i in indexes])
    await imports.take_in([cases.customer(5000)], [cases.callback(5000, "plan-2")])
    found = [each async for some in imports.numbers("plan-1") for each in some]
    assert dict(found) == {
        cases.callback(i).id: tuple(number.e164 for number in cases.customer(i).numbers) for i in indexes
    }
    assert len(found) == PAGE + 2


async def test_imports_and_problems_are_read_on_from_where_one_stopped(imports: SqlImports) -> None:
    for number in range(5):
        await imports.begin(replace(RECORD, id=f"import-{number}", started_at=NOW + timedelta(hours=number // 2)))
    newest = await imports.latest()
    seen = await imports.latest(2)
    while more := await imports.latest(2, after=(seen[-1].started_at, seen[-1].id)):
        seen += more
    assert seen == newest
    kinds = (Problem.EMPTY, Problem.DIFFERS, Problem.NUMBER_WRONG, Problem.DATE_PAST, Problem.FORMULA)
    found = [ImportProblem(line, RowProblem(kind), ("a",)) for line, kind in enumerate(kinds, 2)]
    await imports.note(replace(RECORD, id="import-1"), found)
    first = await imports.problem_page("import-1", limit=2)
    rest = await imports.problem_page("import-1", limit=9, after=first[-1][0])
    assert [each for _, each in first + rest] == found
    bad = await imports.problem_page("import-1", limit=9, remarks=False)
    assert [each.line for _, each in bad] == [2, 4, 6]


async def test_every_process_has_the_same_key_of_ids_and_no_other_installation_has_it(stores: Stores) -> None:
    several = [SqlImports(stores.database) for _ in range(5)]
    keys = set(await asyncio.gather(*(each.id_key() for each in several)))
    assert len(keys) == 1
    [key] = keys
    assert await SqlImports(stores.database).id_key() == key
    assert len(key) == KEY_BYTES
    assert len(set(key)) > 10
