"""The recordings: searched, looked at, verified, and the proof that none is missing."""

from datetime import date, timedelta

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Permission
from callcenter.domain.audit import Action
from callcenter.domain.outcomes import Disposition
from callcenter.domain.recording import AudioFormat, KeptRecording, Levels, MissingReason, RecordingState
from callcenter.domain.times.days import days_from, span_of_day
from callcenter.domain.visits.searches import Accounted, AttemptFound, RecordingFound, RecordingSearch
from callcenter.web.api.answers import Answer, Instant, Page, answer
from callcenter.web.api.attempts import StepShown, show_step
from callcenter.web.api.evidence import (
    READERS,
    AttemptItem,
    VisitsAsked,
    found_by_path,
    next_of,
    place_of,
    readable,
    searched,
    show_attempt,
)
from callcenter.web.api.fallback import FallbackShown, show_fallback
from callcenter.web.api.pausing import PauseShown, show_pauses
from callcenter.web.asked import Asked, Day, query_of
from callcenter.web.language import N_
from callcenter.web.parts import account_of, audit, parts_of, words_of
from callcenter.web.problems import Problem, wrong
from callcenter.web.routes import Route

MOST_DAYS = 92


class MissingAsked(VisitsAsked):
    """Which calls without a recording."""

    reason: MissingReason | None = Field(default=None, description="Why there is none.")


class RecordingsAsked(VisitsAsked):
    """Which recordings."""

    disposition: Disposition | None = Field(default=None, description="What the agent says of the talk.")
    state: RecordingState | None = Field(default=None, description="How far the recording is.")
    reason: MissingReason | None = Field(
        default=None, description="Why it is missing. Dials that never left are found by `not_dialled` alone."
    )
    paused: bool = Field(default=False, description="Only those that were paused in the talk.")
    fallback: bool = Field(default=False, description="Only those that were made on another phone (C6-21).")
    flawed: bool = Field(default=False, description="Only files that lack something: see `warnings`.")
    min_seconds: int = Field(default=0, ge=0, le=86_400, description="Least duration of the file, in seconds.")


class DaysAsked(Asked):
    first: Day = Field(alias="from", description="The first day, where the institution is.")
    last: Day = Field(alias="to", description=f"The last day, at most {MOST_DAYS} in all.")


class RecordingItem(Answer):
    attempt: AttemptItem
    state: RecordingState
    reason: MissingReason | None = Field(description="Why it is missing.")
    disposition: Disposition | None
    duration_ms: int | None = Field(description="null where no file is kept.")
    size_bytes: int | None
    format: AudioFormat | None
    keep_until: Instant | None = Field(description="Not deleted before.")
    warnings: list[str] = Field(description="What one should know of the file.")
    pauses: int = Field(description="How often it was paused in the talk.")
    fallback: bool = Field(description="It was made on another phone, and handed in (C6-21).")


class LevelsShown(Answer):
    """One channel, in dBFS: 0 is full scale, -120 digital silence."""

    peak_dbfs: float
    rms_dbfs: float
    silent_share: float = Field(description="Of 100 ms blocks below the silence threshold, 0 to 1.")


class FileShown(Answer):
    """The file that is kept."""

    format: AudioFormat
    sha256: str = Field(description="Of the file's bytes.")
    size_bytes: int
    duration_ms: int
    sample_rate: int
    started_at: Instant = Field(description="Of its first sample.")
    left: LevelsShown = Field(description="What the customer and his network said.")
    right: LevelsShown = Field(description="What he heard: the agent.")
    segments: int
    repaired: bool = Field(description="Whether a header had to be mended.")
    lost_tail_ms: int = Field(description="What the raw files lack against the switch's times.")
    warnings: list[str]
    unread: list[str] = Field(description="Raw parts that could not be read; they are kept apart.")


class RecordingShown(Answer):
    """The recording of one dial, with its whole life."""

    attempt: AttemptItem
    state: RecordingState
    reason: MissingReason | None
    keep_until: Instant | None
    file: FileShown | None = Field(description="null where none is kept.")
    steps: list[StepShown]
    pauses: list[PauseShown] = Field(description="Silence on purpose, in the order of time.")
    fallback: FallbackShown | None = Field(description="It was made on another phone, and handed in; null: it was not.")


class Verified(Answer):
    """What a comparison with the hash just found."""

    unchanged: bool
    reason: MissingReason | None = Field(description="What is wrong.")
    sha256: str = Field(description="What the file's hash should be.")


class Counts(Answer):
    """What became of each attempt's recording. dials = verified + stored + pending + unaccounted + all of missing."""

    attempts: int
    not_dialled: int = Field(description="Never dialled, so that there was nothing to record.")
    dials: int
    talks: int = Field(description="Dials that were answered.")
    verified: int = Field(description="A file is kept, and was compared with its hash.")
    stored: int = Field(description="A file is kept, and not compared yet.")
    pending: int = Field(description="The call still runs, or its recording waits to be archived.")
    missing: dict[MissingReason, int] = Field(description="By reason; only those that occur.")
    talks_missing: int = Field(description="Talks without a recording.")
    unaccounted: int = Field(description="Attempts of which the books hold no recording at all; must be 0.")
    flawed: int = Field(description="Files kept that lack something, say their end: see `warnings`.")
    complete: bool = Field(description="Whether every dial has its recording, verified.")


class DayCounts(Counts):
    day: date


class Proof(Answer):
    zone: str = Field(description="In which the days are meant; IANA.")
    total: Counts
    days: list[DayCounts] = Field(description="Every day that was asked for, in order; all as of one moment.")


async def list_recordings(request: web.Request) -> web.Response:
    asked = query_of(request, RecordingsAsked)
    search = RecordingSearch(
        await searched(request, asked),
        disposition=asked.disposition,
        state=asked.state,
        reason=asked.reason,
        flawed=asked.flawed,
        paused=asked.paused,
        fallback=asked.fallback,
        min_duration_ms=asked.min_seconds * 1000,
    )
    return await _listed(request, search, asked)


async def list_missing(request: web.Request) -> web.Response:
    asked = query_of(request, MissingAsked)
    search = RecordingSearch(await searched(request, asked), reason=asked.reason, missing=True)
    return await _listed(request, search, asked)


async def _listed(request: web.Request, search: RecordingSearch, asked: VisitsAsked) -> web.Response:
    found = await parts_of(request).searches.recordings(search, place_of(asked), asked.limit)
    follows = next_of([each.attempt for each in found], asked.limit)
    return answer(Page[RecordingItem](items=[_item(request, each) for each in found], next=follows))


async def get_recording(request: web.Request) -> web.Response:
    return answer(await _shown(request, await readable(request, "recording")))


async def verify_recording(request: web.Request) -> web.Response:
    found = await found_by_path(request)
    kept, reason = await checked_now(request, found.attempt.id)
    return answer(Verified(unchanged=reason is None, reason=reason, sha256=kept.sha256))


async def checked_now(request: web.Request, attempt_id: str) -> tuple[KeptRecording, MissingReason | None]:
    """The whole file read, compared with its hash, and that written down: what is wrong. Raises Problem: not_found."""
    parts = parts_of(request)
    record = await parts.recordings.get(attempt_id)
    if record is None or record.kept is None:
        raise Problem("not_found", N_("No recording of this dial is kept."))
    reason = await parts.evidence.verify(record)
    await audit(request, Action.CHECKED, "recording", attempt_id, found=reason or "unchanged")
    return record.kept, reason


async def prove(request: web.Request) -> web.Response:
    asked = query_of(request, DaysAsked)
    if asked.last < asked.first or asked.last - asked.first >= timedelta(days=MOST_DAYS):
        raise Problem("invalid", errors=[wrong("to", N_("0 to {count} days after from"), count=MOST_DAYS - 1)])
    parts = parts_of(request)
    zone, days = parts.terms.zone, days_from(asked.first, asked.last)
    spans = [span_of_day(day, zone) for day in days]
    *each, total = await parts.searches.accounted([*spans, (spans[0][0], spans[-1][1])])
    told = [DayCounts(day=day, **_counts(one).model_dump()) for day, one in zip(days, each, strict=True)]
    return answer(Proof(zone=zone, total=_counts(total), days=told))


def _counts(one: Accounted) -> Counts:
    return Counts(**{name: getattr(one, name) for name in Counts.model_fields})


async def _shown(request: web.Request, found: AttemptFound) -> RecordingShown:
    record = await parts_of(request).recordings.get(found.attempt.id)
    if record is None:
        raise Problem("not_found")
    return RecordingShown(
        attempt=show_attempt(found, account_of(request)),
        state=record.state,
        reason=record.reason,
        keep_until=record.keep_until,
        file=_file(record.kept) if record.kept else None,
        steps=[show_step(step) for step in record.steps],
        pauses=show_pauses(record.pauses, words_of(request), record.kept),
        fallback=show_fallback(record.fallback) if record.fallback else None,
    )


def _item(request: web.Request, found: RecordingFound) -> RecordingItem:
    record, kept = found.record, found.record.kept
    return RecordingItem(
        attempt=show_attempt(found.attempt, account_of(request)),
        state=record.state,
        reason=record.reason,
        disposition=found.disposition,
        duration_ms=kept.duration_ms if kept else None,
        size_bytes=kept.size_bytes if kept else None,
        format=kept.format if kept else None,
        keep_until=record.keep_until,
        warnings=list(kept.warnings) if kept else [],
        pauses=len(record.pauses),
        fallback=record.fallback is not None,
    )


def _file(kept: KeptRecording) -> FileShown:
    same = {name: getattr(kept, name) for name in FileShown.model_fields}
    return FileShown(**same | {"left": _levels(kept.left), "right": _levels(kept.right)})


def _levels(levels: Levels) -> LevelsShown:
    return LevelsShown(**{name: getattr(levels, name) for name in LevelsShown.model_fields})


ROUTES = (
    Route(
        "GET",
        "/recordings",
        list_recordings,
        READERS,
        "listRecordings",
        "Recordings, the newest dial first; agents see their own.",
        query=RecordingsAsked,
        answer=Page[RecordingItem],
    ),
    Route(
        "GET",
        "/recordings/missing",
        list_missing,
        Permission.READ_VISITS,
        "listMissingRecordings",
        "Calls that were dialled and have no recording, each with its reason; the newest first.",
        query=MissingAsked,
        answer=Page[RecordingItem],
    ),
    Route(
        "GET",
        "/recordings/proof",
        prove,
        Permission.READ_VISITS,
        "proveRecordings",
        "Day by day: how many dials, how many of them have their recording, and why the others have none.",
        query=DaysAsked,
        answer=Proof,
    ),
    Route(
        "GET",
        "/recordings/{attempt}",
        get_recording,
        READERS,
        "getRecording",
        "The recording of one dial: its file, its levels, its hash, every step of its life.",
        answer=RecordingShown,
    ),
    Route(
        "POST",
        "/recordings/{attempt}/verify",
        verify_recording,
        Permission.HEAR_RECORDINGS,
        "verifyRecording",
        "Read the whole file now and compare it with its hash.",
        answer=Verified,
    ),
)
