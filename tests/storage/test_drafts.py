"""A log that is written while the call goes on: field by field, each with its version, and nothing lost at its end."""

import asyncio
from dataclasses import replace

import pytest

from callcenter.domain.outcomes import Disposition
from callcenter.domain.visits.drafting import NO_DRAFT, FieldChange, FieldKept
from callcenter.domain.visits.visitlog import VisitLog
from callcenter.storage.drafts import SqlDrafts
from callcenter.storage.errors import AttemptNotFoundError
from storage import cases
from storage.cases import NOW
from storage.conftest import Stores
from storage.test_logs import DONE


@pytest.fixture
def drafts(stores: Stores) -> SqlDrafts:
    return SqlDrafts(stores.database)


def content(words: str, based_on: int = 0) -> list[FieldChange]:
    return [FieldChange("content", words, based_on)]


async def log_of(stores: Stores, attempt_id: str) -> tuple[VisitLog, int]:
    record = await stores.logs.get(attempt_id)
    assert record is not None
    return record.log, record.version


async def test_what_is_written_during_the_call_stands_in_the_log_that_it_leaves(
    stores: Stores, drafts: SqlDrafts
) -> None:
    await stores.seed()
    attempt = await stores.begin()
    assert await drafts.of(attempt.id) == NO_DRAFT
    changes = [
        *content("说了"),
        FieldChange("disposition", Disposition.APPOINTMENT, 0),
        FieldChange("next_visit_at", NOW, 0),
        FieldChange("resolved", False, 0),
        FieldChange("dislikes_calls", False, 0),
    ]
    kept = await drafts.write(attempt.id, changes, NOW)
    assert kept == tuple(FieldKept(each.name, each.value, 1, NOW) for each in changes)
    draft = await drafts.of(attempt.id)
    assert draft.values == {each.name: each.value for each in changes}
    assert set(draft.versions.values()) == {1}
    closing = cases.closing(attempt)
    await stores.attempts.finish(replace(closing, log=replace(closing.log, dislikes_calls=True)))
    log, version = await log_of(stores, attempt.id)
    assert (log.content, log.disposition, log.next_visit_at) == ("说了", Disposition.APPOINTMENT, NOW)
    assert (log.resolved, log.dislikes_calls, version) == (False, False, 1)


async def test_after_the_end_both_are_written_together(stores: Stores, drafts: SqlDrafts) -> None:
    await stores.seed()
    attempt = await stores.begin()
    await drafts.write(attempt.id, content("one"), NOW)
    await stores.attempts.finish(cases.closing(attempt))
    (kept,) = await drafts.write(attempt.id, content("two", 1), NOW) or ()
    assert (kept.version, kept.stale) == (2, False)
    log, version = await log_of(stores, attempt.id)
    assert (log.content, version) == ("two", 2)
    await drafts.write(attempt.id, content("two", 1), NOW)
    assert (await log_of(stores, attempt.id))[1] == 2


async def test_the_later_of_two_windows_is_told_and_writes_nothing(stores: Stores, drafts: SqlDrafts) -> None:
    await stores.seed()
    attempt = await stores.begin()
    await drafts.write(attempt.id, content("first"), NOW)
    for ended in (False, True):
        if ended:
            await stores.attempts.finish(cases.closing(attempt))
        stale = await drafts.write(attempt.id, [*content("second"), FieldChange("problems", f"无{ended}", ended)], NOW)
        assert stale is not None
        assert stale[0] == FieldKept("content", "first", 1, NOW, stale=True)
        assert (stale[1].version, stale[1].stale) == (1 + ended, False)
    assert (await log_of(stores, attempt.id))[0].content == "first"


async def test_who_writes_the_whole_log_gives_what_he_changed_a_new_version(stores: Stores, drafts: SqlDrafts) -> None:
    await stores.seed()
    attempt = await stores.begin()
    await drafts.write(attempt.id, [*content("one"), FieldChange("problems", "无", 0)], NOW)
    await stores.attempts.finish(cases.closing(attempt))
    log, version = await log_of(stores, attempt.id)
    assert await stores.logs.save(replace(log, content="whole"), version, NOW)
    assert (await drafts.of(attempt.id)).versions == {"content": 2, "problems": 1}
    (kept,) = await drafts.write(attempt.id, content("mine", 1), NOW) or ()
    assert (kept.value, kept.stale) == ("whole", True)


async def test_a_closed_log_takes_nothing_more(stores: Stores, drafts: SqlDrafts) -> None:
    await stores.seed()
    attempt = await stores.begin()
    await stores.attempts.finish(cases.closing(attempt))
    log, version = await log_of(stores, attempt.id)
    assert await stores.logs.close(replace(log, content="last"), version, NOW, DONE)
    assert await drafts.write(attempt.id, content("late", 1), NOW) is None
    assert (await log_of(stores, attempt.id))[0].content == "last"


async def test_no_attempt_no_draft(drafts: SqlDrafts) -> None:
    with pytest.raises(AttemptNotFoundError):
        await drafts.write("nobody", content("x"), NOW)


async def test_a_version_that_never_was_is_stale(stores: Stores, drafts: SqlDrafts) -> None:
    await stores.seed()
    attempt = await stores.begin()
    (kept,) = await drafts.write(attempt.id, content("x", 7), NOW) or ()
    assert kept == FieldKept("content", "", 0, None, stale=True)


@pytest.mark.parametrize("live", [True, False])
async def test_of_many_who_write_one_field_at_once_one_does(stores: Stores, drafts: SqlDrafts, *, live: bool) -> None:
    await stores.seed()
    attempt = await stores.begin()
    if not live:
        await stores.attempts.finish(cases.closing(attempt))
    told = await asyncio.gather(*(drafts.write(attempt.id, content(f"words {index}"), NOW) for index in range(6)))
    assert sorted(kept[0].stale for kept in told if kept) == [False, True, True, True, True, True]


async def test_what_is_written_while_the_call_ends_is_in_the_log(stores: Stores, drafts: SqlDrafts) -> None:
    await stores.seed()
    attempt = await stores.begin()
    names = ("content", "problems", "contact", "handling_result", "own_words", "offer_text")
    writing = [drafts.write(attempt.id, [FieldChange(name, name, 0)], NOW) for name in names]
    await asyncio.gather(*writing[:3], stores.attempts.finish(cases.closing(attempt)), *writing[3:])
    log, _ = await log_of(stores, attempt.id)
    assert [getattr(log, name) for name in names] == list(names)
