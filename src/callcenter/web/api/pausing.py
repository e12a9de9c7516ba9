"""A talk's recording is paused and resumed; and where a pause lies in its file."""

from collections.abc import Iterable
from typing import Annotated, Self

from aiohttp import web
from pydantic import Field, StringConstraints, model_validator

from callcenter.domain.access import Permission
from callcenter.domain.recording import KeptRecording, Pause, PauseEnd, PauseReason
from callcenter.domain.words.pause_words import pause_told
from callcenter.web import mine
from callcenter.web.api.answers import Answer, Instant
from callcenter.web.asked import Asked, body_of
from callcenter.web.language import N_, Translator
from callcenter.web.parts import by_of, parts_of
from callcenter.web.problems import refused
from callcenter.web.routes import Route

LONGEST_REASON = 500


class PauseAsked(Asked):
    """Why the recording is to be silent."""

    kind: PauseReason = PauseReason.OTHER
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_REASON)] = Field(
        default="", description="In the agent's own words; `other` needs them."
    )

    @model_validator(mode="after")
    def _said(self) -> Self:
        if self.kind is PauseReason.OTHER and not self.reason:
            raise ValueError(N_("Say why it is paused."))
        return self


class PauseShown(Answer):
    """A stretch of a talk that is silence in its recording, on purpose; as long there as it lasted."""

    began_at: Instant
    ended_at: Instant | None = Field(description="null while it lasts.")
    ended_by: PauseEnd | None = Field(
        description="`failed`: the recorder was not paused, and what was said meanwhile may be in the file."
    )
    kind: PauseReason = Field(description="The reason that the agent chose.")
    reason: str = Field(description="His own words, as he wrote them.")
    told: str = Field(description="Both, the chosen reason in your language.")
    agent_id: str = Field(description="Who paused it.")
    from_ms: int | None = Field(description="Its beginning in the file; null where no file is kept.")
    to_ms: int | None = Field(description="Its end in the file.")


def show_pauses(pauses: Iterable[Pause], _: Translator, kept: KeptRecording | None = None) -> list[PauseShown]:
    return [
        PauseShown(
            began_at=pause.began_at,
            ended_at=pause.ended_at,
            ended_by=pause.ended_by,
            kind=pause.kind,
            reason=pause.reason,
            told=pause_told(pause, _.language),
            agent_id=pause.by,
            from_ms=kept.place_of(pause.began_at) if kept else None,
            to_ms=kept.place_of(pause.ended_at) if kept and pause.ended_at else None,
        )
        for pause in pauses
    ]


async def pause(request: web.Request) -> web.Response:
    record = await mine.own_attempt(request)
    asked = await body_of(request, PauseAsked)
    pausing = parts_of(request).service.pausing
    refusal = await pausing.pause(record.attempt.id, asked.reason, by_of(request), asked.kind)
    if refusal is not None:
        raise refused(refusal, mine.zone_of(request))
    return web.Response(status=202)


async def resume(request: web.Request) -> web.Response:
    record = await mine.own_attempt(request)
    refusal = await parts_of(request).service.pausing.resume(record.attempt.id, by_of(request))
    if refusal is not None:
        raise refused(refusal, mine.zone_of(request))
    return web.Response(status=202)


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
