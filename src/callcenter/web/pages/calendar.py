"""The calendar on the wall: a year with its holidays and closing days, and the form that closes a day."""

from itertools import groupby

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Permission
from callcenter.domain.times.calendar import DayMark, last_known_year
from callcenter.domain.times.closing_days import running_out, year_of
from callcenter.web.api.calendar import (
    HOLIDAY_LANGUAGES,
    YearAsked,
    add_closing_day,
    calendar_of,
    day_of,
    remove_closing_day,
    today_of,
)
from callcenter.web.asked import Asked, Day, query_of
from callcenter.web.language import N_
from callcenter.web.pages.forms import Form, FormError, checked, fields_of, go
from callcenter.web.pages.rendering import render
from callcenter.web.parts import parts_of, words_of
from callcenter.web.problems import Problem
from callcenter.web.routes import Route

UNPROCESSABLE = 422
WEEKDAYS = (N_("Mo"), N_("Tu"), N_("We"), N_("Th"), N_("Fr"), N_("Sa"), N_("Su"))


class CloseForm(Asked):
    day: Day
    name: str = Field(min_length=1, max_length=200)


class YearSought(YearAsked):
    """said: what was just done; see `messages`."""

    said: str = Field(default="", max_length=40)


async def calendar_page(request: web.Request) -> web.Response:
    return await _calendar(request, Form())


async def _calendar(request: web.Request, form: Form, status: int = 200) -> web.Response:
    asked = query_of(request, YearSought)
    today = today_of(request)
    calendar, closed = await calendar_of(request)
    days = year_of(calendar, closed, asked.year or today.year, HOLIDAY_LANGUAGES[words_of(request).language])
    values = {
        "form": form,
        "year": asked.year or today.year,
        "today": today,
        "country": calendar.country,
        "known_until": last_known_year(calendar, today.year),
        "runs_out": running_out(calendar, today),
        "months": [list(month) for _, month in groupby(days, key=lambda each: each.day.month)],
        "marks": tuple(DayMark),
        "weekdays": WEEKDAYS,
        "closed": closed,
    }
    return render(request, "calendar.html", values, status)


async def close_day(request: web.Request) -> web.Response:
    _ = words_of(request)
    given = await fields_of(request)
    try:
        filled = checked(given, CloseForm, _)
        try:
            await add_closing_day(request, filled.model.day, filled.model.name.strip())
        except Problem as problem:
            if problem.code != "taken":
                raise
            raise FormError(Form(given, {"day": _("This day is a closing day already.")})) from problem
    except FormError as error:
        return await _calendar(request, error.form, UNPROCESSABLE)
    raise go(f"/calendar?year={filled.model.day.year}", "day_closed")


async def open_day(request: web.Request) -> web.Response:
    day = day_of(request.match_info["day"])
    await fields_of(request)
    await remove_closing_day(request, day)
    raise go(f"/calendar?year={day.year}", "day_opened")


async def calendar_warning(request: web.Request) -> int | None:
    """The year whose working days are not known though it is near; None where all is well."""
    parts = parts_of(request)
    if not parts.terms.region:
        return None
    calendar, _closed = await calendar_of(request)
    return running_out(calendar, today_of(request))


ROUTES = (
    Route("GET", "/calendar", calendar_page, Permission.READ_STATUS, "pageCalendar", page=True),
    Route("POST", "/calendar", close_day, Permission.CHANGE_CALENDAR, "pageCloseDay", page=True),
    Route("POST", "/calendar/{day}/open", open_day, Permission.CHANGE_CALENDAR, "pageOpenDay", page=True),
)
