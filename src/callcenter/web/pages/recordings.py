"""The recordings for compliance: searched, heard, checked, and the proof that none is missing."""

import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from aiohttp import web
from pydantic import BeforeValidator, Field

from callcenter.domain.access import Permission, may_take
from callcenter.domain.attempt import Attempt
from callcenter.domain.outcomes import Outcome
from callcenter.domain.recording import RecordingState
from callcenter.domain.times.days import days_from, span_of_day
from callcenter.domain.visits.records import JournalEntry
from callcenter.domain.visits.searches import AttemptSearch, RecordingFound, RecordingSearch
from callcenter.web.api.answers import Paged, to_cursor
from callcenter.web.api.evidence import place_of
from callcenter.web.api.recordings import checked_now
from callcenter.web.asked import Asked, Day
from callcenter.web.pages.forms import Form, go
from callcenter.web.pages.rendering import render, times_of
from callcenter.web.pages.searching import asked_of, span
from callcenter.web.parts import account_of, parts_of, words_of
from callcenter.web.problems import Problem
from callcenter.web.routes import Route

PAGE = 50
MOST_DAYS = 31
SHOWN_DIGITS = 4


def _digits(given: object) -> object:
    """As people write and copy numbers: with blanks, dashes, a plus."""
    return re.sub(r"[\s+()-]", "", given) if isinstance(given, str) else given


class Sought(Asked):
    """Which recordings; days are those of the installation."""

    first: Day | None = None
    last: Day | None = None
    agent: str = Field(default="", max_length=100)
    plan: str = Field(default="", max_length=200)
    customer: str = Field(default="", max_length=100)
    number: Annotated[str, BeforeValidator(_digits)] = Field(default="", pattern=r"^[0-9]{2,15}$")
    outcome: Outcome | None = None
    state: RecordingState | None = None
    flawed: bool = False
    paused: bool = False
    fallback: bool = False
    cursor: str = Field(default="", max_length=500)


class Days(Asked):
    first: Day | None = None
    last: Day | None = None


async def list_page(request: web.Request) -> web.Response:
    asked, form = asked_of(request, Sought)
    _, account = words_of(request), account_of(request)
    if asked and len(asked.number) > SHOWN_DIGITS and not account.may(Permission.SEE_NUMBERS):
        asked, form = None, Form(form.values, {"number": _("At most {count} digits.", count=SHOWN_DIGITS)})
    if asked and asked.first and asked.last and asked.last < asked.first:
        asked, form = None, Form(form.values, {"last": _("Lies before the first day.")})
    found = await _found(request, asked) if asked else []
    follows = to_cursor(_place(found[-1])) if len(found) == PAGE else ""
    values = {"form": form, "found": found, "follows": follows, **await _choices(request)}
    if "HX-Request" in request.headers and asked and asked.cursor:
        return render(request, "recordings_rows.html", values)
    return render(request, "recordings.html", values)


async def _found(request: web.Request, asked: Sought) -> list[RecordingFound]:
    parts = parts_of(request)
    since, until = span(asked.first, asked.last, parts.terms.zone)
    agent = await parts.people.agent(asked.agent) if asked.agent else None
    search = AttemptSearch(
        agent_id=agent.id if agent else asked.agent,
        plan_id=asked.plan,
        outcome=asked.outcome,
        since=since,
        until=until,
        number_tail=asked.number,
        customer=asked.customer,
    )
    place = place_of(Paged(cursor=asked.cursor))
    marks = {name: getattr(asked, name) for name in ("flawed", "paused", "fallback")}
    wanted = RecordingSearch(search, state=asked.state, **marks)
    return await parts.searches.recordings(wanted, place, PAGE)


def _place(found: RecordingFound) -> tuple[object, ...]:
    return found.attempt.attempt.started_at, found.attempt.attempt.id


async def _choices(request: web.Request) -> dict[str, object]:
    people = parts_of(request).people
    return {
        "agents": [(agent.id, f"{agent.name} · {agent.staff_number}") for agent in await people.agents()],
        "plans": [(plan.id, plan.name) for plan in await people.plans()],
        "outcomes": tuple(Outcome),
        "states": tuple(RecordingState),
    }


async def one_page(request: web.Request) -> web.Response:
    parts, account = parts_of(request), account_of(request)
    attempt_id = request.match_info["attempt"]
    found = await parts.searches.attempt(attempt_id)
    record = await parts.attempts.get(attempt_id)
    if found is None or record is None:
        raise Problem("not_found")
    log = await parts.logs.get(attempt_id)
    values = {
        "found": found,
        "call": record.call,
        "recording": await parts.recordings.get(attempt_id),
        "log": log,
        "case": await parts.callbacks.case(found.attempt.callback_id),
        "attempts": await parts.attempts.of_callback(found.attempt.callback_id),
        "journal": [_entry(entry, found.attempt) for entry in await parts.attempts.journal(attempt_id)],
        "may_take": may_take(account),
        "rang": _rang(record.call.first_sign_at, record.call.answered_at or record.call.ended_at),
    }
    return render(request, "recording.html", values)


def _rang(since: datetime | None, until: datetime | None) -> int | None:
    """Whole seconds; None where it never rang, or still rings."""
    return int((until - since).total_seconds()) if since and until else None


def _entry(entry: JournalEntry, attempt: Attempt) -> tuple[JournalEntry, Sequence[tuple[str, str]]]:
    """The event with its values, and without the number in clear."""
    try:
        values = json.loads(entry.detail)
    except ValueError:
        values = {}
    told = values if isinstance(values, dict) else {}
    return entry, [(name, _hidden(str(value), attempt)) for name, value in told.items() if value not in (None, "", {})]


def _hidden(text: str, attempt: Attempt) -> str:
    for number in (attempt.number.e164, attempt.number.e164.removeprefix("+"), attempt.number.national):
        text = text.replace(number, attempt.number.masked)
    return text[:300]


async def verify(request: web.Request) -> web.Response:
    """Read the whole file and compare it with its hash."""
    attempt_id = request.match_info["attempt"]
    await checked_now(request, attempt_id)
    raise go(f"/recordings/{attempt_id}")


async def proof_page(request: web.Request) -> web.Response:
    """For each day: has every dial its recording?"""
    parts, _ = parts_of(request), words_of(request)
    asked, form = asked_of(request, Days)
    today = times_of(request).today()
    last = (asked and asked.last) or today
    first = (asked and asked.first) or last - timedelta(days=6)
    if first > last or last - first >= timedelta(days=MOST_DAYS):
        form = Form(form.values, {"last": _("At most {count} days from the first one.", count=MOST_DAYS)})
        first = last - timedelta(days=6)
    days = days_from(first, last)
    spans = [span_of_day(day, parts.terms.zone) for day in days]
    *each, total = await parts.searches.accounted([*spans, (spans[0][0], spans[-1][1])])
    form = Form({"first": first.isoformat(), "last": last.isoformat()}, form.errors)
    values = {"form": form, "days": list(zip(days, each, strict=True))[::-1], "total": total}
    return render(request, "proof.html", values)


_HEAR = Permission.HEAR_RECORDINGS
ROUTES = (
    Route("GET", "/recordings", list_page, _HEAR, "pageRecordings", page=True),
    Route("GET", "/recordings/proof", proof_page, _HEAR, "pageProof", page=True),
    Route("GET", "/recordings/{attempt}", one_page, _HEAR, "pageRecording", page=True),
    Route("POST", "/recordings/{attempt}/verify", verify, _HEAR, "pageVerify", page=True),
)
