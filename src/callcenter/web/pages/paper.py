"""Visits without a call, on a page: written down, and their scans attached."""

from datetime import datetime
from typing import Any, Literal

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Permission
from callcenter.domain.dials.retry import zone_name
from callcenter.domain.people import Callback, Case, Channel
from callcenter.domain.refusal import Rule, Strength
from callcenter.domain.visits.paper import LARGEST_SCAN, PAPER_CHANNELS, PaperResult, may_write_paper
from callcenter.domain.visits.paper_follows import MOVED_FROM
from callcenter.web.api.evidence import READERS
from callcenter.web.api.paper import (
    WRITERS,
    PaperAsked,
    attached,
    case_read,
    case_written,
    check_scan,
    no_scan,
    seen_by,
    visit_written,
    written,
)
from callcenter.web.asked import Asked
from callcenter.web.language import Translator
from callcenter.web.pages.forms import Form, FormError, checked, go
from callcenter.web.pages.messages import SAID
from callcenter.web.pages.rendering import render
from callcenter.web.pages.times import from_field, known_zone
from callcenter.web.parts import account_of, parts_of, words_of
from callcenter.web.problems import Problem
from callcenter.web.routes import Route
from callcenter.web.uploading import forget, receive_form

UNPROCESSABLE = 422


class PaperForm(Asked):
    channel: Channel
    visited_at: str = Field(max_length=30, pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$")
    result: PaperResult
    agent: str = Field(default="", max_length=200)
    content: str = Field(default="", max_length=10_000)
    problems: str = Field(default="", max_length=10_000)
    handling_result: str = Field(default="", max_length=10_000)
    own_words: str = Field(default="", max_length=10_000)
    resolved: Literal["", "true", "false"] = ""
    next_visit_at: str = Field(default="", max_length=30)
    reason: str = Field(default="", max_length=500)


async def paper_page(request: web.Request) -> web.Response:
    return await _page(request, await case_read(request), Form())


async def _page(request: web.Request, case: Case, form: Form, status: int = 200) -> web.Response:
    account, parts = account_of(request), parts_of(request)
    values: dict[str, Any] = {
        "case": case,
        "visits": await seen_by(request, case),
        "form": form,
        "writes": may_write_paper(account, case.callback.leased_to),
        "agents": await parts.people.agents() if account.may(Permission.CHANGE_QUEUE) else [],
        "names": {agent.id: agent.name for agent in await parts.people.agents()},
        "channels": PAPER_CHANNELS,
        "results": tuple(PaperResult),
        "zone": known_zone(zone_name(case))[1],
        "largest": LARGEST_SCAN,
        "moves": case.callback.state in MOVED_FROM,
    }
    return render(request, "paper.html", values, status)


async def write(request: web.Request) -> web.Response:
    """The visit, and the scan with it; neither where one of both is not right."""
    case, _ = await case_written(request), words_of(request)
    received = await receive_form(request)
    try:
        if received.upload is not None:
            await check_scan(request, received.upload)
        visit = await written(request, case, _asked(request, received.fields, case))
    except FormError as error:
        await forget(request, received.upload)
        return await _page(request, case, error.form, UNPROCESSABLE)
    except Problem as error:
        await forget(request, received.upload)
        wrong = {each.field: each.said(_).message for each in error.errors} | _refusal(error, _)
        if not wrong:
            raise
        return await _page(request, case, Form(received.fields, wrong), UNPROCESSABLE)
    if received.upload is not None:
        await attached(request, visit, received.upload)
    after = await parts_of(request).callbacks.case(case.callback.id) or case
    raise go(f"/paper/{case.callback.id}", _said(case.callback, after.callback))


def _refusal(error: Problem, _: Translator) -> dict[str, str]:
    """What a rule says against it: where a reason goes round it, that is asked for."""
    told = error.details(_)
    if not told.rule:
        return {}
    return {"refused" if told.strength == Strength.HARD else "reason": told.detail}


def _said(before: Callback, after: Callback) -> str:
    """What became of the callback."""
    told = f"visit_{after.state.value}"
    return told if after.version != before.version and told in SAID else "visit_written"


def _asked(request: web.Request, fields: dict[str, str], case: Case) -> PaperAsked:
    """Raises FormError."""
    _ = words_of(request)
    model = checked(fields, PaperForm, _).model
    times = {name: _instant(getattr(model, name), case) for name in ("visited_at", "next_visit_at")}
    wrong = {name: _("This is no date and time.") for name, at in times.items() if at is None and getattr(model, name)}
    if wrong:
        raise FormError(Form(fields, wrong))
    given = {name: at.isoformat() if at else None for name, at in times.items()}
    resolved = None if model.resolved == "" else model.resolved == "true"
    overrides = {Rule.SECOND_VISIT: model.reason} if model.reason.strip() else {}
    values = {**model.model_dump(exclude={"reason"}), **given, "resolved": resolved, "overrides": overrides}
    return PaperAsked.model_validate(values)


def _instant(text: str, case: Case) -> datetime | None:
    """In the customer's zone; None for none, and for what is none."""
    try:
        return from_field(text, zone_name(case))
    except (ValueError, OverflowError):
        return None


async def add_scan(request: web.Request) -> web.Response:
    visit = await visit_written(request)
    upload = (await receive_form(request)).upload
    if upload is None:
        raise no_scan()
    await attached(request, visit, upload)
    raise go(f"/paper/{visit.callback_id}", "scan_added")


ROUTES = (
    Route("GET", "/paper/{callback}", paper_page, READERS, "pagePaper", page=True),
    Route("POST", "/paper/{callback}", write, WRITERS, "pagePaperWrite", page=True),
    Route("POST", "/paper/visits/{visit}/scans", add_scan, WRITERS, "pagePaperScan", page=True),
)
