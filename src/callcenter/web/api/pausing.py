"""A talk's recording is paused and resumed; and where a pause lies in its file."""

from collections.abc import Iterable
from typing import Annotated

from aiohttp import web
from pydantic import Field, StringConstraints

from callcenter.domain.access import Permission
from callcenter.domain.recording import KeptRecording, Pause, PauseEnd
from callcenter.engine.decisions import By
from callcenter.web import mine
from callcenter.web.api.answers import Answer, Instant
from callcenter.web.asked import Asked, body_of
from callcenter.web.parts import account_of, parts_of, visitor_of
from callcenter.web.problems import refused
from callcenter.web.routes import Route

LONGEST_REASON = 500


class PauseAsked(Asked):
    """Why the recording is to be silent."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_REASON)]


class PauseShown(Answer):
    """A stretch of a talk that is silence in its recording, on purpose; as long there as it lasted."""

    began_at: Instant
    ended_at: Instant | None = Field(description="null while it lasts.")
    ended_by: PauseEnd | None = Field(
        description="`failed`: the recorder was not paused, and what was said meanwhile may be in the file."
    )
    reason: str = Field(description="Given by the agent.")
    agent_id: str = Field(description="Who paused it.")
    from_ms: int | None = Field(description="Its beginning in the file; null where no file is kept.")
    to_ms: int | None = Field(description="Its end in the file.")


def show_pauses(pauses: Iterable[Pause], kept: KeptRecording | None = None) -> list[PauseShown]:
    return [
        PauseShown(
            began_at=pause.began_at,
            ended_at=pause.ended_at,
            ended_by=pause.ended_by,
            reason=pause.reason,
            agent_id=pause.by,
            from_ms=kept.place_of(pause.began_at) if kept else None,
            to_ms=kept.place_of(pause.ended_at) if kept and pause.ended_at else None,
        )
        for pause in pauses
    ]


async def pause(request: web.Request) -> web.Response:
    record = await mine.own_attempt(request)
    asked = await body_of(request, PauseAsked)
    refusal = await parts_of(request).service.pausing.pause(record.attempt.id, asked.reason, by_of(request))
    if refusal is not None:
        raise refused(refusal, mine.zone_of(request))
    return web.Response(status=202)


async def resume(request: web.Request) -> web.Response:
    record = await mine.own_attempt(request)
    refusal = await parts_of(request).service.pausing.resume(record.attempt.id, by_of(request))
    if refusal is not None:
        raise refused(refusal, mine.zone_of(request))
    return web.Response(status=202)


def by_of(request: web.Request) -> By:
    return By(account_of(request), visitor_of(request).address)


ROUTES = (
    Route(
        "POST",
        "/attempts/{attempt}/recording/pause",
        pause,
        Permission.USE_DESK,
        "pauseRecording",
        "Pause the recording of my talk, where the policy allows it: silence is written until it is resumed, until the "
        "policy's longest pause is over, or until the call ends.",
        body=PauseAsked,
        status=202,
        problems=("refused",),
    ),
    Route(
        "POST",
        "/attempts/{attempt}/recording/resume",
        resume,
        Permission.USE_DESK,
        "resumeRecording",
        "Record my talk again.",
        status=202,
        problems=("refused",),
    ),
)
