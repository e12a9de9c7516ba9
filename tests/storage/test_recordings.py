"""Recordings: every step of their life, forward only, and the file that is kept."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from callcenter.domain.outcomes import Outcome
from callcenter.domain.people import CallbackState
from callcenter.domain.recording import Fallback, MissingReason, Pause, PauseEnd, RecordingState
from callcenter.domain.visits.records import RecordingRecord, RecordingStep
from callcenter.domain.visits.searches import RecordingSearch
from callcenter.storage.errors import AttemptNotFoundError, ConstraintBrokenError
from callcenter.storage.searches import SqlSearches
from callcenter.storage.tables import UNFINISHED
from storage import cases
from storage.cases import NOW, YEARS
from storage.conftest import Stores, only_sqlite

S = RecordingState


async def record(stores: Stores, attempt_id: str) -> RecordingRecord:
    found = await stores.recordings.get(attempt_id)
    assert found is not None
    return found


async def test_a_recording_lives_from_requested_to_verified(stores: Stores) -> None:
    await stores.seed()
    attempt = await stores.begin()
    await stores.recordings.step(attempt.id, S.STARTED, NOW, detail="ri1")
    await stores.recordings.step(attempt.id, S.STARTED, NOW, detail="ri2")
    await stores.attempts.finish(cases.closing(attempt))
    await stores.recordings.keep(attempt.id, cases.kept(attempt.id), NOW + YEARS, NOW)
    await stores.recordings.step(attempt.id, S.VERIFIED, NOW, detail="sound")
    found = await record(stores, attempt.id)
    assert found.kept == cases.kept(attempt.id)
    assert (found.state, found.reason, found.keep_until) == (S.VERIFIED, None, NOW + YEARS)
    assert [step.state for step in found.steps] == [S.REQUESTED, S.STARTED, S.STARTED, S.STOPPED, S.STORED, S.VERIFIED]
    assert found.steps[2] == RecordingStep(NOW, S.STARTED, "ri2")


@pytest.mark.parametrize("late", [S.REQUESTED, S.STARTED, S.STOPPED])
async def test_what_is_verified_is_not_moved_back(stores: Stores, late: RecordingState) -> None:
    await stores.seed()
    attempt = await stores.begin()
    await stores.recordings.keep(attempt.id, cases.kept(attempt.id), NOW + YEARS, NOW)
    await stores.recordings.step(attempt.id, S.VERIFIED, NOW)
    before = await record(stores, attempt.id)
    await stores.recordings.step(attempt.id, late, NOW)
    await stores.recordings.keep(attempt.id, replace(cases.kept(attempt.id), sha256="00" * 32), NOW + YEARS, NOW)
    assert await record(stores, attempt.id) == before


@pytest.mark.parametrize("late", [S.REQUESTED, S.STARTED, S.STOPPED])
async def test_what_is_missing_is_not_moved_back(stores: Stores, late: RecordingState) -> None:
    await stores.seed()
    attempt = await stores.begin()
    await stores.recordings.step(attempt.id, S.MISSING, NOW, reason=MissingReason.NEVER_STARTED)
    before = await record(stores, attempt.id)
    assert (before.state, before.reason) == (S.MISSING, MissingReason.NEVER_STARTED)
    await stores.recordings.step(attempt.id, late, NOW)
    assert await record(stores, attempt.id) == before


async def test_a_kept_file_that_is_lost_becomes_missing_and_is_remembered(stores: Stores) -> None:
    await stores.seed()
    attempt = await stores.begin()
    await stores.recordings.keep(attempt.id, cases.kept(attempt.id), NOW + YEARS, NOW)
    await stores.recordings.step(attempt.id, S.VERIFIED, NOW)
    await stores.recordings.step(attempt.id, S.MISSING, NOW, reason=MissingReason.ARCHIVE_FILE_ABSENT)
    lost = await record(stores, attempt.id)
    assert (lost.state, lost.kept) == (S.MISSING, cases.kept(attempt.id))
    await stores.recordings.step(attempt.id, S.VERIFIED, NOW)
    found = await record(stores, attempt.id)
    assert (found.state, found.reason) == (S.VERIFIED, None)


async def test_keeping_twice_is_safe_and_never_shortens(stores: Stores) -> None:
    await stores.seed()
    attempt = await stores.begin()
    await stores.attempts.finish(cases.closing(attempt))
    longer = NOW + YEARS + timedelta(days=700)
    await stores.recordings.keep(attempt.id, cases.kept(attempt.id), longer, NOW)
    await stores.recordings.keep(attempt.id, cases.kept(attempt.id), NOW + YEARS, NOW)
    log = await stores.logs.get(attempt.id)
    assert log is not None
    assert log.keep_until == (await record(stores, attempt.id)).keep_until == longer


async def test_one_file_belongs_to_one_attempt(stores: Stores) -> None:
    await stores.seed(2)
    first, second = await stores.begin(1), await stores.begin(2)
    await stores.recordings.keep(first.id, cases.kept(first.id), NOW + YEARS, NOW)
    with pytest.raises(ConstraintBrokenError, match="uq_recordings_path"):
        await stores.recordings.keep(second.id, cases.kept(first.id), NOW + YEARS, NOW)


async def test_a_missing_recording_has_a_reason(stores: Stores) -> None:
    await stores.seed()
    attempt = await stores.begin()
    with pytest.raises(ConstraintBrokenError, match="ck_recordings_reason"):
        await stores.recordings.step(attempt.id, S.MISSING, NOW)


async def test_a_recording_without_a_file_is_not_verified(stores: Stores) -> None:
    await stores.seed()
    attempt = await stores.begin()
    await stores.recordings.step(attempt.id, S.VERIFIED, NOW)
    assert (await record(stores, attempt.id)).state is S.REQUESTED
    await stores.recordings.step(attempt.id, S.MISSING, NOW, reason=MissingReason.NEVER_STARTED)
    with pytest.raises(ConstraintBrokenError, match="ck_recordings_file"):
        await stores.recordings.step(attempt.id, S.VERIFIED, NOW)


async def test_unfinished_are_those_of_ended_calls_oldest_first(stores: Stores) -> None:
    await stores.seed(5)
    begun = [await stores.begin(index) for index in range(1, 6)]
    for attempt, minutes in zip(begun, (9, 8, 7, 6), strict=False):
        older = replace(attempt, started_at=attempt.started_at - timedelta(minutes=10 - minutes))
        await stores.attempts.finish(cases.closing(older))
    await stores.recordings.step(begun[1].id, S.MISSING, NOW, reason=MissingReason.RAW_FILE_EMPTY)
    await stores.recordings.keep(begun[2].id, cases.kept(begun[2].id), NOW + YEARS, NOW)
    assert await stores.recordings.unfinished() == [begun[3].id, begun[2].id, begun[0].id]
    await stores.recordings.step(begun[2].id, S.VERIFIED, NOW)
    assert await stores.recordings.unfinished() == [begun[3].id, begun[0].id]


async def test_an_undialled_attempt_leaves_nothing_unfinished(stores: Stores) -> None:
    await stores.seed()
    await stores.attempts.finish(cases.closing(await stores.begin(), Outcome.NOT_DIALLED, CallbackState.WAITING))
    assert await stores.recordings.unfinished() == []


@only_sqlite
async def test_unfinished_are_found_through_their_index(stores: Stores) -> None:
    query = sa.text(f"EXPLAIN QUERY PLAN SELECT attempt_id FROM recordings WHERE {UNFINISHED}")
    async with stores.database.read() as connection:
        plan = [row[3] for row in await connection.execute(query)]
    assert any("ix_recordings_unfinished" in step for step in plan), plan


async def test_kept_files_are_listed_page_by_page(stores: Stores) -> None:
    await stores.seed(4)
    begun = [await stores.begin(index) for index in range(1, 5)]
    for attempt in (begun[2], begun[0], begun[1]):
        await stores.recordings.keep(attempt.id, cases.kept(attempt.id), NOW + YEARS, NOW)
    first = await stores.recordings.all_kept(limit=2)
    rest = await stores.recordings.all_kept(limit=2, after=first[-1].attempt_id)
    assert [item.attempt_id for item in (*first, *rest)] == [attempt.id for attempt in begun[:3]]
    assert first[0].kept == cases.kept(begun[0].id)


async def test_an_unknown_attempt_has_no_recording(stores: Stores) -> None:
    assert await stores.recordings.get("nowhere") is None
    with pytest.raises(AttemptNotFoundError):
        await stores.recordings.step("nowhere", S.STARTED, NOW)
    with pytest.raises(AttemptNotFoundError):
        await stores.recordings.keep("nowhere", cases.kept("nowhere"), NOW + YEARS, NOW)


async def test_pauses_stand_with_the_recording_and_it_is_found_by_them(stores: Stores) -> None:
    await stores.seed()
    attempt = await stores.begin()
    pauses = (
        Pause(NOW, "卡号 O'Neill", "agent-1", NOW + timedelta(seconds=12.345), PauseEnd.AGENT),
        Pause(NOW + timedelta(seconds=20), "密码", "agent-1", NOW + timedelta(seconds=50), PauseEnd.LIMIT),
    )
    closing = cases.closing(attempt)
    await stores.attempts.finish(replace(closing, call=replace(closing.call, pauses=pauses)))
    await stores.attempts.finish(closing)
    assert (await record(stores, attempt.id)).pauses == pauses
    (found,) = await SqlSearches(stores.database).recordings(RecordingSearch(paused=True), None, 10)
    assert found.record.pauses == pauses


async def test_a_recording_without_a_pause_is_not_among_those(stores: Stores) -> None:
    await stores.seed()
    attempt = await stores.begin()
    await stores.attempts.finish(cases.closing(attempt))
    assert (await record(stores, attempt.id)).pauses == ()
    assert await SqlSearches(stores.database).recordings(RecordingSearch(paused=True), None, 10) == []
    assert len(await SqlSearches(stores.database).recordings(RecordingSearch(), None, 10)) == 1


MARK = Fallback("duty mobile", "通话 1.mp3", "cd" * 32, NOW, "li")


async def test_what_was_made_on_another_phone_is_attached_once_and_marked(stores: Stores) -> None:
    await stores.seed()
    attempt = await stores.begin()
    await stores.attempts.finish(cases.closing(attempt, Outcome.BUSY))
    kept = cases.kept(attempt.id)
    assert await stores.recordings.attach(attempt.id, kept, MARK, NOW + YEARS, NOW)
    found = await record(stores, attempt.id)
    assert (found.state, found.reason, found.kept, found.fallback) == (S.STORED, None, kept, MARK)
    assert [step.state for step in found.steps][-1] is S.STORED
    other = replace(kept, path="2026/11/23/other.flac")
    assert not await stores.recordings.attach(attempt.id, other, replace(MARK, name="other"), NOW + YEARS, NOW)
    assert (await record(stores, attempt.id)) == found
    (searched,) = await SqlSearches(stores.database).recordings(RecordingSearch(fallback=True), None, 10)
    assert searched.record.fallback == MARK


async def test_a_recording_of_our_own_is_never_replaced(stores: Stores) -> None:
    await stores.seed()
    attempt = await stores.begin()
    kept, other = cases.kept(attempt.id), replace(cases.kept(attempt.id), path="2026/11/23/other.flac")
    assert not await stores.recordings.attach(attempt.id, other, MARK, NOW + YEARS, NOW)
    await stores.attempts.finish(cases.closing(attempt))
    await stores.recordings.keep(attempt.id, kept, NOW + YEARS, NOW)
    assert not await stores.recordings.attach(attempt.id, other, MARK, NOW + YEARS, NOW)
    await stores.recordings.step(attempt.id, S.MISSING, NOW, reason=MissingReason.ARCHIVE_FILE_CHANGED)
    assert not await stores.recordings.attach(attempt.id, other, MARK, NOW + YEARS, NOW)
    found = await record(stores, attempt.id)
    assert (found.kept, found.fallback) == (kept, None)
    assert await SqlSearches(stores.database).recordings(RecordingSearch(fallback=True), None, 10) == []
