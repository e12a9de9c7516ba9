"""How is the service, and may anything be dialled just now?"""

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Permission
from callcenter.web.api.answers import Answer, Instant, RefusalShown, answer
from callcenter.web.parts import parts_of, words_of
from callcenter.web.problems import Problem
from callcenter.web.routes import Open, Route
from callcenter.web.shown import show_refusal, show_status


class Status(Answer):
    node: str = Field(description="Name of this instance.")
    version: str
    switch_in_sight: bool = Field(description="Asterisk is connected and looked over.")
    calls: int = Field(description="Calls of this instance that are going on.")
    stopping: bool
    archive_trouble: str = Field(description="Why a recording waits to be archived; empty when none does.")
    recorder_refuses_until: Instant | None = Field(description="After the recorder failed, nothing is dialled before.")
    may_dial: bool = Field(description="Whether anybody may dial anything just now.")
    hindrances: list[RefusalShown] = Field(description="Why nobody may.")
    newer_presets: list[str] = Field(description="Policies whose presets have been put right since they were stored.")


class Health(Answer):
    status: str = Field(description="`ok`.")


async def status(request: web.Request) -> web.Response:
    parts, language = parts_of(request), words_of(request).language
    hindrances = [
        RefusalShown.model_validate(show_refusal(refusal, parts.terms.zone, language))
        for refusal in parts.service.asking.hindrances()
    ]
    shown = show_status(parts.service)
    newer = [each.name for each in await parts.rulebook.renewals()]
    more = {"may_dial": not hindrances, "hindrances": hindrances, "newer_presets": newer}
    return answer(Status.model_validate(shown | more))


async def health(request: web.Request) -> web.Response:
    service = parts_of(request).service
    if service.health.stopping or not service.calls.sighted:
        raise Problem("unavailable")
    return answer(Health(status="ok"))


ROUTES = (
    Route(
        "GET",
        "/status",
        status,
        Permission.READ_STATUS,
        "status",
        "What the service sees of Asterisk, recorder and archive, and what keeps everybody from dialling.",
        answer=Status,
    ),
    Route(
        "GET",
        "/health",
        health,
        Open.TO_ALL,
        "health",
        "For load balancers: 200 while calls can be made here, else 503.",
        answer=Health,
    ),
)
