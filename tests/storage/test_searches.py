"""The evidence, searched: on every database the same is found, in the same order, and a page loses nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from callcenter.domain.outcomes import Disposition, Outcome
from callcenter.domain.recording import MissingReason, RecordingState
from callcenter.domain.visits.searches import AttemptFound, AttemptSearch, LogSearch, Place, RecordingSearch
from callcenter.storage.searches import SqlSearches
from storage import cases
from storage.cases import NOW
from storage.conftest import Stores

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def searches(stores: Stores) -> SqlSearches:
    """Three dials: 1 talked, archived and verified; 2 was busy; 3 talked, and its raw file was lost."""
    await stores.seed(3)
    for index, outcome in enumerate((Outcome.ANSWERED, Outcome.BUSY, Outcome.ANSWERED), start=1):
        closing = cases.closing(await stores.begin(index), outcome)
        said = {1: "was asked for 100% of it", 3: "under_line"}.get(index, "")
        log = replace(closing.log, content=said, disposition=Disposition.SUCCESS if index == 1 else None)
        await stores.attempts.finish(replace(closing, log=log))
    kept = "attempt-00001-1"
    await stores.recordings.keep(kept, cases.kept(kept), NOW + cases.YEARS, NOW)
    await stores.recordings.step(kept, RecordingState.VERIFIED, NOW)
    await stores.recordings.step("attempt-00003-1", RecordingState.MISSING, NOW, reason=MissingReason.RAW_FILE_ABSENT)
    return SqlSearches(stores.database)


def numbers(found: Sequence[AttemptFound]) -> list[int]:
    return [int(each.attempt.id.split("-")[1]) for each in found]


def place(found: AttemptFound) -> Place:
    return found.attempt.started_at, found.attempt.id


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        (AttemptSearch(), [3, 2, 1]),
        (AttemptSearch(callback_id="callback-00002"), [2]),
        (AttemptSearch(agent_id="agent-3"), [3]),
        (AttemptSearch(plan_id="plan-1", outcome=Outcome.ANSWERED), [3, 1]),
        (AttemptSearch(plan_id="plan-2"), []),
        (AttemptSearch(since=NOW, until=NOW + MINUTE), [3, 2, 1]),
        (AttemptSearch(since=NOW + MINUTE), []),
        (AttemptSearch(until=NOW), []),
        (AttemptSearch(number_tail="0002"), [2]),
        (AttemptSearch(customer="& SöHNE"), [3, 2, 1]),
        (AttemptSearch(customer="雷"), [3, 2, 1]),
        (AttemptSearch(customer="%"), []),
        (AttemptSearch(customer="李_"), []),
        (AttemptSearch(customer="/"), []),
        (AttemptSearch(customer="'; DROP TABLE attempts; --"), []),
    ],
)
async def test_attempts_are_found_by(searches: SqlSearches, search: AttemptSearch, expected: list[int]) -> None:
    assert numbers(await searches.attempts(search, None, 10)) == expected


async def test_pages_of_dials_of_one_instant_neither_repeat_nor_lose_one(searches: SqlSearches) -> None:
    seen: list[int] = []
    after: Place | None = None
    while page := await searches.attempts(AttemptSearch(), after, 1):
        seen += numbers(page)
        after = place(page[-1])
    assert seen == [3, 2, 1]


async def test_an_attempt_tells_how_far_its_evidence_is(searches: SqlSearches, stores: Stores) -> None:
    found = [await searches.attempt(f"attempt-0000{index}-1") for index in (1, 2, 3)]
    told = [(each.recording, each.reason, each.log_open) for each in found if each]
    assert told == [
        (RecordingState.VERIFIED, None, True),
        (RecordingState.MISSING, MissingReason.NOT_DIALLED, False),
        (RecordingState.MISSING, MissingReason.RAW_FILE_ABSENT, True),
    ]
    assert await searches.attempt("nowhere") is None
    await stores.add(cases.callback(4))
    await stores.people.add_agent(cases.agent(4))
    running = await searches.attempt((await stores.begin(4)).id)
    assert running is not None
    assert (running.recording, running.log_open) == (RecordingState.REQUESTED, None)


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        (LogSearch(), [3, 2, 1]),
        (LogSearch(open_only=True), [3, 1]),
        (LogSearch(disposition=Disposition.SUCCESS), [1]),
        (LogSearch(text="100% OF"), [1]),
        (LogSearch(text="1%0"), []),
        (LogSearch(text="under_line"), [3]),
        (LogSearch(text="under-line"), []),
        (LogSearch(AttemptSearch(agent_id="agent-2"), text=""), [2]),
    ],
)
async def test_logs_are_found_by(searches: SqlSearches, search: LogSearch, expected: list[int]) -> None:
    found = await searches.logs(search, None, 10)
    assert numbers([each.attempt for each in found]) == expected
    assert [each.record.log.attempt_id for each in found] == [each.attempt.attempt.id for each in found]


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        (RecordingSearch(), [3, 1]),
        (RecordingSearch(state=RecordingState.VERIFIED), [1]),
        (RecordingSearch(state=RecordingState.MISSING), [3]),
        (RecordingSearch(reason=MissingReason.RAW_FILE_ABSENT), [3]),
        (RecordingSearch(reason=MissingReason.NOT_DIALLED), [2]),
        (RecordingSearch(missing=True), [3]),
        (RecordingSearch(flawed=True), [1]),
        (RecordingSearch(min_duration_ms=61_250), [1]),
        (RecordingSearch(min_duration_ms=61_251), []),
        (RecordingSearch(disposition=Disposition.SUCCESS), [1]),
    ],
)
async def test_recordings_are_found_by(searches: SqlSearches, search: RecordingSearch, expected: list[int]) -> None:
    found = await searches.recordings(search, None, 10)
    assert numbers([each.attempt for each in found]) == expected
    for each in found:
        assert (each.record.kept is not None) is (each.attempt.attempt.id == "attempt-00001-1")


async def test_every_dial_of_a_span_is_accounted_for(searches: SqlSearches) -> None:
    def span(first: datetime) -> tuple[datetime, datetime]:
        return first, first + MINUTE

    before, now = await searches.accounted([span(NOW - MINUTE), span(NOW)])
    assert (before.attempts, before.complete) == (0, True)
    assert (now.attempts, now.not_dialled, now.dials, now.talks) == (3, 1, 2, 2)
    assert (now.verified, now.stored, now.pending, now.talks_missing, now.unaccounted) == (1, 0, 0, 1, 0)
    assert (before.flawed, now.flawed) == (0, 1)
    assert now.missing == {MissingReason.RAW_FILE_ABSENT: 1}
    assert not now.complete
    assert now.dials == now.verified + now.stored + now.pending + now.unaccounted + sum(now.missing.values())
