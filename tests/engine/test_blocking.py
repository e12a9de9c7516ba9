"""A file replaces a blocklist: however it is written, however large; a broken one leaves the list as it is."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from callcenter.app.offline import blocking
from callcenter.domain.audit import Action
from callcenter.domain.intake.blocklists import Load, LoadState, Owner
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.refusal import Refusal, Rule
from callcenter.engine import blocking as module
from callcenter.engine.blocking import LoadOrder, LoadRunningError
from callcenter.engine.excluding import Who
from engine.story import Story

WHO = Who("u1", "boss", "192.0.2.1")


def number(index: int) -> str:
    return f"138{index:08}"


def order(file: Path, name: str = "regulator") -> LoadOrder:
    return LoadOrder(name, Owner.REGULATOR, file, file.name, "CN", WHO)


def written(folder: Path, text: str, name: str = "list.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_text(text, encoding=encoding)
    return path


async def loaded(story: Story, file: Path, told: Callable[[Load], None] = lambda _: None) -> Load:
    lists = blocking(story.books, story.clock)
    asked = order(file)
    return await lists.run(await lists.begin(asked), asked, told)


async def blocked(story: Story, *indexes: int) -> list[bool]:
    ask = story.books.restraints.blocked
    return [bool(await ask(PhoneNumber(f"+86{number(index)}"))) for index in indexes]


@pytest.mark.parametrize(
    ("text", "encoding", "taken", "bad"),
    [
        (f"{number(1)}\n{number(2)}\n", "utf-8", 2, 0),
        (f"{number(1)}\n{number(2)}", "utf-8", 2, 0),
        (f"电话\n{number(1)}\n+86{number(2)}\n", "gb18030", 2, 0),
        (f"姓名;电话;备注\n李雷;{number(1)};\n王芳;{number(2)};x\n", "utf-8", 2, 0),
        (f"{number(1)}\n{number(1)}\n\n{number(2)}\nn/a\n", "utf-8", 2, 1),
        (f"{number(1)},2026\n{number(2)},2026\n空号,2026\n", "utf-8-sig", 2, 1),
    ],
)
async def test_numbers_are_found_however_the_file_is_written(
    story: Story, tmp_path: Path, text: str, encoding: str, taken: int, bad: int
) -> None:
    load = await loaded(story, written(tmp_path, text, encoding=encoding))
    assert (load.state, load.taken, load.bad) == (LoadState.DONE, taken, bad)
    assert await blocked(story, 1, 2, 3) == [True, True, False]


async def test_a_workbook_is_a_list_too(story: Story, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (("号码", "日期"), (int(number(1)), "2026-01-01"), (number(2), None)):
        sheet.append(row)
    book.save(tmp_path / "list.xlsx")
    assert (await loaded(story, tmp_path / "list.xlsx")).taken == 2
    assert await blocked(story, 1, 2) == [True, True]


async def test_a_number_on_a_list_is_not_dialled_and_the_audit_tells_who_put_it_there(
    story: Story, tmp_path: Path
) -> None:
    await story.add_callback()
    await story.start()
    load = await loaded(story, written(tmp_path, f"{number(1)}\n"))
    refusal = await story.dial()
    assert isinstance(refusal, Refusal)
    assert (refusal.rule, refusal.detail["lists"]) == (Rule.NUMBER_BLOCKED, "regulator")
    (entry,) = await story.books.audit.entries(on_kind="blocklist")
    assert (entry.deed.action, entry.deed.login, entry.deed.on_id) == (Action.BLOCKLIST_REPLACED, "boss", "regulator")
    assert (entry.deed.detail["sha256"], entry.deed.detail["numbers"]) == (load.sha256, "1")


@pytest.mark.parametrize(
    ("text", "failure"),
    [
        ("姓名\n李雷\n王芳\n", "no_number"),
        (f"{number(5)}\nx1\nx2\n", "mostly_bad"),
        ("", "unreadable"),
        ("%PDF-1.7 nothing of ours", "unreadable"),
        (f"{number(5)}\n\0\n", "unreadable"),
    ],
)
async def test_a_file_that_is_obviously_broken_leaves_the_old_list(
    story: Story, tmp_path: Path, text: str, failure: str
) -> None:
    await loaded(story, written(tmp_path, f"{number(1)}\n"))
    load = await loaded(story, written(tmp_path, text, "broken.csv"))
    assert (load.state, load.failure) == (LoadState.REFUSED, failure)
    assert await story.books.blocklists.load(load.id) == load
    assert await blocked(story, 1, 5) == [True, False]
    last = (await story.books.audit.entries(on_kind="blocklist"))[0].deed
    assert (last.action, last.detail["failure"]) == (Action.BLOCKLIST_KEPT, failure)
    again = await loaded(story, written(tmp_path, f"{number(2)}\n"))
    assert again.state is LoadState.DONE
    assert await blocked(story, 1, 2, 5) == [False, True, False]


async def test_a_large_list_is_never_empty_nor_half_while_it_is_replaced(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 50)
    count = 1000
    await loaded(story, written(tmp_path, "".join(f"{number(index)}\n" for index in range(count))))
    new = written(tmp_path, "".join(f"{number(index)}\n" for index in range(count, 2 * count)), "new.csv")
    lists, asked = blocking(story.books, story.clock), order(new)
    load, seen = await lists.begin(asked), list[Load]()
    running = asyncio.create_task(lists.run(load, asked, seen.append))
    looked: list[bool] = []
    while not running.done():
        # The last of the old list, then the first of the new one: one of them is on it at any time.
        looked.append(any(await blocked(story, count - 1, count)))
        await asyncio.sleep(0)
    assert (await running).taken == count
    assert [each.rows for each in seen] == [*range(50, count + 1, 50)]
    assert [each.position for each in seen] == sorted(each.position for each in seen)
    assert looked
    assert all(looked)
    assert await blocked(story, 0, count - 1, count, 2 * count - 1) == [False, False, True, True]


async def test_what_is_cut_off_leaves_the_old_list_and_the_next_one_goes_through(story: Story, tmp_path: Path) -> None:
    file = written(tmp_path, f"{number(1)}\n")
    await loaded(story, file)

    def cut(_load: Load) -> None:
        raise asyncio.CancelledError

    await story.clock.advance(1)
    with pytest.raises(asyncio.CancelledError):
        await loaded(story, written(tmp_path, f"{number(2)}\n", "new.csv"), cut)
    assert (await story.books.blocklists.loads())[0].state is LoadState.INTERRUPTED
    assert await blocked(story, 1, 2) == [True, False]
    assert (await loaded(story, written(tmp_path, f"{number(3)}\n", "third.csv"))).state is LoadState.DONE
    assert await blocked(story, 1, 2, 3) == [False, False, True]


async def test_one_file_at_a_time_replaces_a_list_until_one_is_dead(story: Story, tmp_path: Path) -> None:
    file = written(tmp_path, f"{number(1)}\n")
    lists = blocking(story.books, story.clock)
    await lists.begin(order(file))
    with pytest.raises(LoadRunningError):
        await lists.begin(order(file))
    await lists.begin(order(file, "own"))
    await story.clock.advance(module.LOST_AFTER.total_seconds() + 1)
    await lists.begin(order(file))
